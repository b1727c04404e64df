"""Proofs over the whole API: what holds for every operation that the schema lists."""
