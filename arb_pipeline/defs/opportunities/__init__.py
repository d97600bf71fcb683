"""Opportunities: one analysis, one transaction."""
