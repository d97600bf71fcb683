"""Wiring only, a folder per stage in data order. Assets delegate to `core` and `stores`."""
