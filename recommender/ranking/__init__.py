"""One reader, one list: candidates, profile, ranking, placement and reasons."""
