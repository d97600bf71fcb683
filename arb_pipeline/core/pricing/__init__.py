"""Prices: rollup, windows, features, currencies, offers, fees, and nets per card and channel."""
