"""Wiring only, a folder per stage in data order. Assets delegate to services, storage and core."""
