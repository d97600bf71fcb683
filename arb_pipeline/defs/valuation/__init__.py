"""Valuation: features, nets, valued products."""
