"""Folders of papers and votes: read, load into the database, dump from it."""
