"""Crawling only: one polite path for every byte from outside. Of ours, it knows contracts and settings."""
