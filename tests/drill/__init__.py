"""The drill: real processes, real trouble, and the alerts of a real Prometheus."""
