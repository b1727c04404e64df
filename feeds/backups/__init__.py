"""Everything that this Paperboy knows, in one checksummed file and back: tables and model archives, not the secrets."""
