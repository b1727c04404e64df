"""Feeds that feed readers poll: Atom, RSS and JSON Feed of rankings and collections, and their addresses."""
