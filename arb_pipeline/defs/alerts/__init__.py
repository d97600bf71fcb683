"""Alerts: jobs that decide and send, and sensors that start them."""
