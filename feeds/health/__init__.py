"""Is this Paperboy well? Answers for load balancers, for Prometheus, and for the person who runs it."""
