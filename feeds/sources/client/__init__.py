"""A polite HTTP client: one request at a time for each service, retries, limits, deadlines."""
