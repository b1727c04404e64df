"""Data set folders of papers and votes: read, import into the database, dump from it."""
