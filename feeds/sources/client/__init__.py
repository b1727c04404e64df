"""A polite HTTP client: one request per service, retries, limits, deadlines."""
