"""A Model Context Protocol server on the REST API."""
