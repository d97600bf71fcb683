"""Portfolio: sold items by purchase, results against forecasts, and listing sheets."""
