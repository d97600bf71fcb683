"""Measurements of the stages against named alternatives. No test depends on them, and none asserts a time."""
