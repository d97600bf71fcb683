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
    """Width of one band for the whole group with the same coverage: from its quantiles, known afterwards."""
    bias: float
    """Median of value later / forecast median, less 1."""
    pit: tuple[float, ...]
    """Shares per tenth of the forecast chance of at most what came: each 0.1 where the law is right."""


def coverages(rows: pl.DataFrame) -> list[Coverage]:
    """Coverage by contents, game, and thirds of value, price level, concentration and trading.

    `rows`: a sample with the columns of `bands`.
    """
    results = []
    for name, is_random in (("fixed contents", False), ("random contents", True)):
        kind = rows.filter(pl.col("is_random") == is_random)
        if kind.is_empty():
            continue
        results.append(_coverage(name, kind))
        for (game,), members in sorted(kind.group_by("category")):
            results.append(_coverage(f"{name}, {game}", members))
        for trait in THIRDS:
            for third, members in enumerate(thirds(kind, trait), start=1):
                if members.height:
                    results.append(_coverage(f"{name}, {trait}, third {third}", members))
    return results


def thirds(rows: pl.DataFrame, trait: str) -> list[pl.DataFrame]:
    """Three parts of the rows in which a trait is known, equal in number, the lowest first."""
    known = rows.drop_nulls(trait).sort(trait).with_row_index("place")
    return [known.filter(pl.col("place") * 3 // known.height == third) for third in range(3)]


def by_day(rows: pl.DataFrame) -> list[Coverage]:
    """Coverage of fixed contents, by day of forecast; `rows` as `coverages` takes them."""
    fixed = rows.filter(~pl.col("is_random"))
    return [_coverage(str(day), members) for (day,), members in sorted(fixed.group_by("day"))]


def bands(sample: pl.DataFrame, law: MovementLaw) -> list[pl.Series]:
    """Per row, over its own horizon: `low`, `middle`, `high` and `pit`.

    The first are logs of the 5, 50 and 95 % quantiles. `pit` is the forecast chance of at most what came:
    uniform where the law is right.
    """
    quantiles: dict[str, list[float]] = {"low": [], "middle": [], "high": [], "pit": []}
    columns = ("is_random", "category", *TRAITS, "horizon_days", "moved")
    for is_random, category, level, concentration, trading, days, moved in sample.select(columns).iter_rows():
        known = (nan if value is None else value for value in (level, concentration, trading))
        movement = law.movement(Traits(is_random, category, *known), days)
        low, middle, high = np.interp((BAND[0], 0.5, BAND[1]), movement.probabilities, movement.logs)
        quantiles["low"].append(float(low))
        quantiles["middle"].append(float(middle))
        quantiles["high"].append(float(high))
        quantiles["pit"].append(float(movement.below(np.array([moved]))[0]))
    return [pl.Series(name, values) for name, values in quantiles.items()]


def pit_histogram(rows: pl.DataFrame, bins: int = 10) -> list[float]:
    """Shares of `pit` per tenth: each 0.1 where the law is right."""
    counts, _ = np.histogram(rows["pit"].to_numpy(), np.linspace(0, 1, bins + 1))
    return [float(count) / rows.height for count in counts]


def _coverage(group: str, rows: pl.DataFrame) -> Coverage:
    moved, low, middle, high = (rows[name].to_numpy() for name in ("moved", "low", "middle", "high"))
    held = float(((moved >= low) & (moved <= high)).mean())
    first, last = np.quantile(moved, [(1 - held) / 2, (1 + held) / 2])
    return Coverage(
        group=group,
        rows=rows.height,
        products=rows["product_id"].n_unique(),
        held=held,
        below=float((moved < low).mean()),
        above=float((moved > high).mean()),
        width=float((np.exp(high) - np.exp(low)).mean()),
        constant_held=float(((moved >= first) & (moved <= last)).mean()),
        constant_width=float(np.exp(last) - np.exp(first)),
        bias=float(np.median(np.exp(moved - middle)) - 1),
        pit=tuple(pit_histogram(rows)),
    )
