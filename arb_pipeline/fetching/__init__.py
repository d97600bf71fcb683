"""Fetching: crawls in processes of their own, live look-ups, and what to look up."""
