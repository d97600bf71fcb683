"""Catalogue: sealed products, printings, the products table."""
