"""How the site speaks HTTP: errors, JSON, authentication, limits, conditional requests."""
