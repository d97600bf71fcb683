"""What the stages' wiring shares: partitions, the lake I/O manager, resources, previews."""
