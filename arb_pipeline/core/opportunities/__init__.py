"""Opportunities: their life cycle, and the transitions that persons cause."""
