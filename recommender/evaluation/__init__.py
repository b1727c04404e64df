"""Offline evaluation: the engine compared with other systems on folders of papers and votes."""
