"""Yu-Gi-Oh."""
