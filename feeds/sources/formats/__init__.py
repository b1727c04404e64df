"""Readers that turn a source's bytes into paper records; they use neither the database nor Django."""
