"""Hugging Face's API of papers, for clients that were made for it: its addresses, parameters, fields and errors."""
