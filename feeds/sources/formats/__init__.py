"""Bytes of a source -> records; no database, no Django."""
