"""Prices of sealed products, in the same relation to their contents as on the real market."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from arb_pipeline.simulator import nets
from arb_pipeline.simulator.cards import Quote
from arb_pipeline.simulator.market import Sealed
from arb_pipeline.simulator.prices import PriceTable, simulate

WINDOW_DAYS = 10
"""Last days on which a planted product must keep its property."""
NEAR_MISS = 0.98
"""Lowest price of an ordinary product, as a share of the optimistic net value of its contents."""
PLANTED_LOW_RATIO = 0.96


def price_sealed(
    rng: np.random.Generator, singles: PriceTable, products: Sequence[Sealed], days: int
) -> PriceTable:
    """Price rows of all sealed products, derived from the prices of their contents."""
    recent = singles.reference()[-WINDOW_DAYS:]
    views = {name: view(recent) for name, view in (("gross", np.asarray), ("low", nets.pessimistic))}
    views["high"] = nets.optimistic(recent)
    quotes = []
    for product in products:
        worth = {name: _worth(view, singles, product) for name, view in views.items()}
        low_ratio = rng.uniform(0.93, 1.02) if product.pricing.rule == "share" else PLANTED_LOW_RATIO
        base = max(20.0, _base(product, worth, low_ratio))
        quotes.append(
            Quote(
                product.product_id,
                product.sub_type,
                product.category_id,
                product.group_id,
                base,
                product.pricing.mood,
                low_ratio,
            )
        )
    return simulate(rng, quotes, days)


def _worth(values: NDArray[np.float64], singles: PriceTable, product: Sealed) -> NDArray[np.float64]:
    """Value of all expected copies by day, in cents."""
    columns = [singles.column[key] for key in product.copies]
    copies = np.array(list(product.copies.values()))
    worth: NDArray[np.float64] = (values[:, columns] * copies).sum(axis=1)
    return worth


def _base(product: Sealed, worth: dict[str, NDArray[np.float64]], low_ratio: float) -> float:
    """Market price by the product's pricing rule, in cents."""
    pricing = product.pricing
    gross = float(np.mean(worth["gross"]))
    if pricing.rule == "rich":
        return _low_of(float(np.min(worth["low"])) / pricing.ratio) / low_ratio
    if pricing.rule == "bait":
        return float(np.min(worth["gross"])) / pricing.ratio / low_ratio
    floor = _low_of(float(np.max(worth["high"])) * NEAR_MISS) / low_ratio
    return max(gross / pricing.ratio, floor)


def _low_of(landed: float) -> float:
    """Low price in cents whose landed cost, with postage, is this."""
    tracked = landed - nets.TRACKED_CENTS
    return tracked if tracked > nets.LETTER_LIMIT_CENTS else landed - nets.LETTER_CENTS
