"""Pokemon."""
