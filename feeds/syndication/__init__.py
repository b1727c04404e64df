"""Feeds that readers' software polls: Atom, RSS and JSON Feed of rankings and collections, and their addresses."""
