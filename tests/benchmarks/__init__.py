"""Benchmarks: commands that print ratios measured side by side in one run; nothing here is asserted in tests."""
