"""Hugging Face’s API of papers."""
