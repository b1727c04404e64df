"""A server of the Model Context Protocol, with which assistants use a Paperboy elsewhere through its REST API."""
