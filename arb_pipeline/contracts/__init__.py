"""Frames between stages: one contract per frame, with unit and meaning per column.

Money is Int64 minor units (`*_cents`); instants are UTC; a null means "not known", never 0.
"""
