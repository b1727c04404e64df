"""Readers, their interests, API tokens and preferences; imports no other package."""
