def export() -> None:
    """x."""
