"""Backup and restore: all tables and model archives in one checksummed file, without the secrets."""
