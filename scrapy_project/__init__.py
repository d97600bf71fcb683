"""Crawling: the only code that fetches from sources. It imports the sources, settings and contracts."""
