"""Compatible APIs for the clients of other services."""
