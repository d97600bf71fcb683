"""Fee arithmetic of the simulation, only used to set the planted prices.

Deliberately separate from the project's own fee rules, which it is meant to test. The constants are
valuation.md's defaults of the day the simulator was written; they do not follow the market.
"""

import numpy as np
from numpy.typing import NDArray

Cents = NDArray[np.float64]

LETTER_LIMIT_CENTS = 2_000
LETTER_CENTS = 82.0
TRACKED_CENTS = 550.0
CARDS_PER_ORDER = 3
PER_ORDER_CENTS = 30.0
TRACKED_FROM_CENTS = LETTER_LIMIT_CENTS / CARDS_PER_ORDER
BULK_CENTS = 50.0
DIRECT_SPLIT_CENTS = 250.0
WORTHLESS_CENTS = 100.0
"""Lowest price that the pessimistic rule counts."""


def shipping(price: Cents) -> Cents:
    """Postage that the buyer of a sealed product pays, in cents."""
    return np.where(price <= LETTER_LIMIT_CENTS, LETTER_CENTS, TRACKED_CENTS)


def usual(price: Cents) -> Cents:
    """A marketplace seller: 10.75 % and 2.5 %, fixed costs shared by three cards, bulk worth nothing."""
    postage = np.where(price > TRACKED_FROM_CENTS, TRACKED_CENTS, LETTER_CENTS)
    net = price * (1 - 0.1075 - 0.025) - (PER_ORDER_CENTS + postage) / CARDS_PER_ORDER
    return np.where(price < BULK_CENTS, 0.0, net)


def pessimistic(price: Cents) -> Cents:
    """15 %, $2 for a card that needs tracking and $0.40 for one that does not; under $1 worth nothing."""
    net = price * 0.85 - np.where(price > TRACKED_FROM_CENTS, 200.0, 40.0)
    return np.where(price < WORTHLESS_CENTS, 0.0, net)


def optimistic(price: Cents) -> Cents:
    """The best channel that a detector may know: fulfilled sale, which pays a half below $2.50."""
    fulfilled = np.where(price >= DIRECT_SPLIT_CENTS, price * (1 - 0.0895 - 0.025) - 112, price * 0.5)
    return np.where(price < BULK_CENTS, 0.0, np.maximum(usual(price), fulfilled))
