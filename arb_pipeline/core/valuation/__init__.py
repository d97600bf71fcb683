"""Valuation: contents times nets against the landed price, with flags, confidence and rank."""
