"""Feeds for feed readers: Atom, RSS and JSON Feed.

They list rankings and collections.
"""
