"""Asking the outside world for papers: politely, within limits, and so that a crash loses nothing."""
