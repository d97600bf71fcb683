"""Net value of an opened product: mean, sd, quantiles, P(profit), without simulation (valuation.md 6).

`packs` and `bundle` model a product, `exact_distribution` and `grid` compute its distribution; `product`
chooses between them, `frames` builds bundles from the lake's frames. Prices, fees and rates do not belong
here.
"""
