"""The HTTP layer of pages and API: errors, JSON, authentication, limits, conditional requests."""
