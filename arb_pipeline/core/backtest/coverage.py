"""Bands of net value: coverage, width, and the constant band as a baseline."""

from dataclasses import dataclass
from math import nan

import numpy as np
import polars as pl

from arb_pipeline.core.backtest.movement_fit import BAND
from arb_pipeline.core.outcome.movement_law import TRAITS, MovementLaw, Traits

THIRDS = ("value", "level", "concentration", "trading")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Bands from 5 to 95 % of one group of forecasts. Shares and relative widths."""

    group: str
    rows: int
    products: int
    held: float
    below: float
    above: float
    width: float
    """Mean of (p95 - p5) / value."""
    constant_held: float
    constant_width: float
    """Of one band for all of the group, with its own 5 and 95 % quantiles."""


def coverages(rows: pl.DataFrame) -> list[Coverage]:
    """Coverage by contents, game, and thirds of value, price level, concentration and trading.

    `rows`: a sample with the columns of `bands`.
    """
    found = []
    for name, is_random in (("fixed contents", False), ("random contents", True)):
        kind = rows.filter(pl.col("is_random") == is_random)
        if kind.is_empty():
            continue
        found.append(_coverage(name, kind))
        for (game,), mine in sorted(kind.group_by("category")):
            found.append(_coverage(f"{name}, {game}", mine))
        for trait in THIRDS:
            known = kind.drop_nulls(trait).sort(trait).with_row_index("place")
            for third in range(3):
                mine = known.filter(pl.col("place") * 3 // known.height == third)
                if mine.height:
                    found.append(_coverage(f"{name}, {trait}, third {third + 1}", mine))
    return found


def bands(sample: pl.DataFrame, law: MovementLaw) -> list[pl.Series]:
    """Bands per row over its own horizon: `low` and `high`, logs of the 5 and 95 % quantiles, and `pit`.

    `pit` is the forecast probability of at most the realised value: uniform where the law is right.
    """
    found: dict[str, list[float]] = {"low": [], "high": [], "pit": []}
    columns = ("is_random", "category", *TRAITS, "horizon_days", "moved")
    for is_random, category, level, concentration, trading, days, moved in sample.select(columns).iter_rows():
        known = (nan if value is None else value for value in (level, concentration, trading))
        movement = law.movement(Traits(is_random, category, *known), days)
        low, high = np.interp(BAND, movement.probabilities, movement.logs)
        found["low"].append(float(low))
        found["high"].append(float(high))
        found["pit"].append(float(movement.below(np.array([moved]))[0]))
    return [pl.Series(name, values) for name, values in found.items()]


def pit_histogram(rows: pl.DataFrame, bins: int = 10) -> list[float]:
    """Shares of `pit` per tenth: each 0.1 where the law is right."""
    counts, _ = np.histogram(rows["pit"].to_numpy(), np.linspace(0, 1, bins + 1))
    return [float(count) / rows.height for count in counts]


def _coverage(group: str, rows: pl.DataFrame) -> Coverage:
    moved, low, high = (rows[name].to_numpy() for name in ("moved", "low", "high"))
    first, last = np.quantile(moved, BAND)
    return Coverage(
        group=group,
        rows=rows.height,
        products=rows["product_id"].n_unique(),
        held=float(((moved >= low) & (moved <= high)).mean()),
        below=float((moved < low).mean()),
        above=float((moved > high).mean()),
        width=float((np.exp(high) - np.exp(low)).mean()),
        constant_held=float(((moved >= first) & (moved <= last)).mean()),
        constant_width=float(np.exp(last) - np.exp(first)),
    )
