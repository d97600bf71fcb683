"""Price rows day by day: log-price walks, and the asks around a market price. Integer cents, no file."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arb_pipeline.simulator.cards import ListingKey, Quote

NULL = -1
"""Marker of a price that the source leaves null."""
PULL_BACK = 0.99
ANCHOR_REACH = 1.6
ANCHOR_PERIOD_DAYS = (5.0, 9.0)
"""An anchored price swings evenly between so many volatilities below and above its base. Its median absolute
deviation is then about half of that for any seed: none of its prices is an outlier of its own history."""
PARKED_SHARE = NO_DIRECT_SHARE = 0.4
UNSOLD_UNDER_CENTS, UNSOLD_SHARE = 60, 0.02
"""One cheap row in fifty has no market price."""
PARKED_CENTS = np.array([9_999, 49_999, 99_999, 100_021, 999_999])

Grid = NDArray[np.int64]


@dataclass
class PriceTable:
    """Prices in cents by day and row. `listed` is False where the day's archive lacks the row."""

    quotes: list[Quote]
    market: Grid
    low: Grid
    mid: Grid
    high: Grid
    direct: Grid
    listed: NDArray[np.bool_]

    def __post_init__(self) -> None:
        self.column: dict[ListingKey, int] = {quote.key: n for n, quote in enumerate(self.quotes)}

    def reference(self) -> NDArray[np.float64]:
        """Market price in cents, else the lowest ask."""
        return np.where(self.market == NULL, np.minimum(self.low, self.mid), self.market).astype(np.float64)

    def joined(self, other: "PriceTable") -> "PriceTable":
        """Both tables' rows side by side."""
        grids = ("market", "low", "mid", "high", "direct", "listed")
        stacked = (np.hstack([getattr(self, name), getattr(other, name)]) for name in grids)
        return PriceTable(self.quotes + other.quotes, *stacked)

    def multiply_last_day(self, key: ListingKey, factor: int) -> None:
        """Multiplies market price and asks on the last day."""
        for grid in (self.market, self.low, self.mid, self.high):
            grid[-1, self.column[key]] *= factor

    def undercut_last_day(self, key: ListingKey, share: float) -> None:
        """Sets the lowest ask far below the market price on the last day."""
        column = self.column[key]
        self.low[-1, column] = round(self.market[-1, column] * share)

    def raise_last_day(self, key: ListingKey, factor: float) -> None:
        """Multiplies the market price of the last day; the asks stay."""
        column = self.column[key]
        self.market[-1, column] = round(self.market[-1, column] * factor)

    def strand(self, key: ListingKey, share: float) -> None:
        """Sets all asks far below the market price on every day."""
        column = self.column[key]
        for grid in (self.low, self.mid):
            grid[:, column] = np.maximum(1, np.rint(self.market[:, column] * share))

    def vanish(self, product_id: int, days: int) -> None:
        """Removes the product's rows from the archives of the last days."""
        for quote in self.quotes:
            if quote.product_id == product_id:
                self.listed[-days:, self.column[quote.key]] = False


def simulate(rng: np.random.Generator, quotes: Sequence[Quote], days: int) -> PriceTable:
    """Prices of every row by day, around its base price."""
    rows = len(quotes)
    base = np.array([quote.base_cents for quote in quotes])
    moves = np.array([quote.mood.moves for quote in quotes])
    sold = np.maximum(1, np.rint(base * np.exp(_walk(rng, quotes, days))))
    ratio = np.array([quote.low_ratio for quote in quotes])
    low = np.maximum(1, sold * ratio * _jitter(rng, moves, days, 0.006))
    mid = np.maximum(2, sold * rng.uniform(1.02, 1.25, rows) * _jitter(rng, moves, days, 0.01))
    unsold = np.array([quote.mood.is_unsold for quote in quotes])
    unsold |= (base < UNSOLD_UNDER_CENTS) & (rng.random(rows) < UNSOLD_SHARE)
    is_parked = rng.random(rows) < PARKED_SHARE
    high = np.where(is_parked, rng.choice(PARKED_CENTS, rows), base * rng.uniform(1.5, 30, rows))
    direct = np.where(rng.random(rows) < NO_DIRECT_SHARE, NULL, np.maximum(1, sold * 1.06))
    return PriceTable(
        list(quotes),
        market=np.where(unsold, NULL, sold).astype(np.int64),
        low=np.rint(low).astype(np.int64),
        mid=np.rint(mid).astype(np.int64),
        high=np.rint(np.maximum(high, mid * 1.1)).astype(np.int64),
        direct=np.rint(direct).astype(np.int64),
        listed=np.ones((days, rows), dtype=np.bool_),
    )


def _walk(rng: np.random.Generator, quotes: Sequence[Quote], days: int) -> NDArray[np.float64]:
    """Log price relative to the base, with moves on some days only."""
    moods = [quote.mood for quote in quotes]
    volatility = np.array([mood.volatility for mood in moods])
    anchored = np.array([mood.is_anchored for mood in moods])
    moving = rng.random((days, len(quotes))) < np.array([mood.moves for mood in moods])
    shocks = np.clip(rng.standard_normal((days, len(quotes))), -3, 3) * volatility
    swings = _swings(rng, len(quotes), days) * ANCHOR_REACH * volatility
    path = np.zeros((days, len(quotes)))
    for day in range(1, days):
        moved = np.where(anchored, swings[day], PULL_BACK * path[day - 1] + shocks[day])
        path[day] = np.where(moving[day], moved, path[day - 1])
    return path


def _swings(rng: np.random.Generator, rows: int, days: int) -> NDArray[np.float64]:
    """A triangle wave between -1 and 1 for each row, with a period and a phase of its own."""
    turns = np.arange(days)[:, None] / rng.uniform(*ANCHOR_PERIOD_DAYS, rows) + rng.random(rows)
    waves: NDArray[np.float64] = 2 * np.abs(2 * (turns % 1) - 1) - 1
    return waves


def _jitter(
    rng: np.random.Generator, moves: NDArray[np.float64], days: int, size: float
) -> NDArray[np.float64]:
    """A bounded factor around 1 that changes about as often as the row moves."""
    drawn = np.exp(np.clip(rng.standard_normal((days, len(moves))), -2, 2) * size)
    changing = rng.random((days, len(moves))) < np.maximum(moves, 0.1)
    for day in range(1, days):
        drawn[day] = np.where(changing[day], drawn[day], drawn[day - 1])
    return drawn
