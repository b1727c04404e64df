"""Sources of papers: fetch them, parse their formats, and store records."""
