"""Data set folders of papers and votes: read, import, dump."""
