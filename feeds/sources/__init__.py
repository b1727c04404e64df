"""Bytes from outside -> paper records; knows no database."""
