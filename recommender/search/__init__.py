"""Search: what a person typed -> papers, over SQLite's FTS5 or PostgreSQL's tsvector behind one function."""
