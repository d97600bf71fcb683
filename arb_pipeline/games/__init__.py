"""Readers of landed packages: each source's own file format -> raw records, and the problems met."""
