"""Health of the service: probes, Prometheus metrics, and operator checks."""
