"""Backup and restore in one checksummed file.

It has all tables and model archives, but no secrets.
"""
