"""Features of the price history, computed over the lake by an engine."""
