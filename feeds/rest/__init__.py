"""The REST API of papers, votes, feeds, days, rankings, models and the status, one module for each thing."""
