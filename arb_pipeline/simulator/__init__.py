"""Simulated market in the sources' own formats. No real price is read here."""
