"""The health of the service: probes for load balancers, metrics for Prometheus, and checks for its operator."""
