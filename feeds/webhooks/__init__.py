"""Telling readers' own software what happened: signed messages to addresses that they name."""
