"""Prices: observations, rollup, history."""
