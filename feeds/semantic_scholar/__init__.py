"""Semantic Scholar's API of recommendations, for clients that were made for it: addresses, ids, fields and errors."""
