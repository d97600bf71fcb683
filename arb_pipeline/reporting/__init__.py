"""Reports and metrics, read from tables and landing."""
