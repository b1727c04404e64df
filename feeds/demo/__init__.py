"""The demo: sample papers and simulated readers."""
