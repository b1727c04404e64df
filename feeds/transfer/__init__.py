"""A reader’s own data, in and out."""
