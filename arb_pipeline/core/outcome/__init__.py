"""What an opened product may net: mean, sd, quantiles, P(profit); no simulation (valuation.md 6).

`packs` and `parts` are what a product is made of, `atoms` and `grid` two ways to its distribution; `product`
picks one, `frames` makes parts of the lake's frames. Prices, fees and rates do not belong here.
"""

from arb_pipeline.core.outcome.bundle import Bundle, Mixture
from arb_pipeline.core.outcome.distribution import Outcome
from arb_pipeline.core.outcome.packs import Configuration, Pack, Sheet
from arb_pipeline.core.outcome.product import Transforms, outcome

__all__ = ["Bundle", "Configuration", "Mixture", "Outcome", "Pack", "Sheet", "Transforms", "outcome"]
