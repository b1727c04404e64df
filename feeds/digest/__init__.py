"""E-mail digests: settings, schedule, content, sending, and links."""
