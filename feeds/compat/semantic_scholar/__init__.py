"""Semantic Scholar's API of recommendations."""
