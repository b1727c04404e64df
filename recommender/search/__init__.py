"""Search of papers: from typed text to papers, on SQLite's FTS5 or PostgreSQL's tsvector."""
