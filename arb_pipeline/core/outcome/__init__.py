"""Net value of an opened product: mean, sd, quantiles, P(profit), without simulation (valuation.md 6).

`packs` and `bundle` model a product, `exact_distribution` and `grid` compute its distribution; `product`
chooses between them, `frames` builds bundles from the lake's frames. Prices, fees and rates do not belong
here.
"""

from arb_pipeline.core.outcome.bundle import Bundle, Mixture
from arb_pipeline.core.outcome.distribution import Outcome
from arb_pipeline.core.outcome.packs import Configuration, Pack, Sheet
from arb_pipeline.core.outcome.product import Transforms, outcome

__all__ = ["Bundle", "Configuration", "Mixture", "Outcome", "Pack", "Sheet", "Transforms", "outcome"]
