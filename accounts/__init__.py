"""Who: readers, their interests, API tokens and preferences; imports no other room."""
