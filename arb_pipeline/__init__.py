"""Arbitrage detector for sealed trading-card products: prices, contents, valuation, opportunities."""
