"""Readers that turn a source's bytes into paper records.

They use neither the database nor Django.
"""
