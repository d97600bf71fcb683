"""What became of purchases: sold items by purchase, results against forecasts, and sheets for selling."""
