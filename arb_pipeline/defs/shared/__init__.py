"""Shared wiring of the stages: partitions, the lake I/O manager, resources, previews."""
