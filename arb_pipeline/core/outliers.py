"""Which prices wait for confirmation (valuation.md 2): Ibis expressions over a summarised price window."""

from collections.abc import Sequence
from datetime import date
from math import exp

import ibis
import ibis.expr.types as ir

from arb_pipeline.core.params import Outliers
from arb_pipeline.core.price_window import PRICE, RECENT, column
from arb_pipeline.core.rollup import KEY

TO_SIGMA = 0.6745
"""MAD / standard deviation of a normal distribution: makes z-scores of the median comparable."""


def held_back(window: ir.Table, days: Sequence[date], latest: Sequence[date], outliers: Outliers) -> ir.Table:
    """Keys with an outlier: `prices`, newest first, which of them `waits`, and what was told of `latest`.

    A price more than `z` modified z-scores (median and MAD of the log price) from its own history waits
    until `confirmations` further observations stand at its level. With fewer than `min_days` others,
    nothing is an outlier.
    """
    told = [column(kind, day) for kind in RECENT for day in latest]
    rows = _far(window, days, told, outliers).view()
    rows = rows.mutate(waits=_unconfirmed(rows.far, rows.reach, outliers.confirmations)).view()
    return rows.filter(rows.waits.anys()).select(*KEY, "prices", "waits", *told)


def _far(window: ir.Table, days: Sequence[date], told: Sequence[str], outliers: Outliers) -> ir.Table:
    """Keys with a price beyond the reach of their history; `far`: log price where it is, by place."""
    # Nine keys of ten never moved far enough to hold an outlier: only the others pay for the medians.
    least_reach = outliers.min_spread * outliers.z / TO_SIGMA
    is_wide = window.highest_cents > window.lowest_cents.cast("float64") * exp(least_reach)
    rows = window.filter(is_wide & (window.days_seen > outliers.min_days))
    prices = ibis.array([rows[column(PRICE, day)] for day in days])
    # Each step is a view, or Ibis writes its columns out again wherever the next one uses them.
    rows = rows.select(*KEY, *told, prices=prices).view()
    logs = rows.prices.filter(lambda price: price.notnull()).map(lambda price: _log(price.abs()))
    rows = rows.mutate(logs=logs.sort()).view()
    rows = rows.mutate(middle=_median(rows.logs)).view()
    rows = rows.mutate(distances=_distances(rows.logs, rows.middle).sort()).view()
    rows = rows.mutate(mad=_median(rows.distances)).view()
    rows = rows.mutate(reach=ibis.greatest(rows.mad, outliers.min_spread) * outliers.z / TO_SIGMA).view()
    rows = rows.filter(rows.distances.maxs() > rows.reach)
    rows = rows.mutate(logs=rows.prices.map(lambda price: _log(price.abs()))).view()
    return rows.mutate(far=_beyond(rows.logs, rows.middle, rows.reach))


def _unconfirmed(far: ir.ArrayValue, reach: ir.Value, confirmations: int) -> ir.ArrayValue:
    # Outliers confirm each other; a price of the old level, within reach or not, says nothing of the new.
    def waits(mine: ir.Value) -> ir.Value:
        near = far.filter(lambda other: (other - mine).abs() <= reach)
        return mine.notnull() & (near.length() <= confirmations)  # it is near to itself

    return far.map(waits)


def _distances(logs: ir.ArrayValue, middle: ir.Value) -> ir.ArrayValue:
    return logs.map(lambda log: (log - middle).abs())


def _beyond(logs: ir.ArrayValue, middle: ir.Value, reach: ir.Value) -> ir.ArrayValue:
    return logs.map(lambda log: ibis.cases(((log - middle).abs() > reach, log), else_=None))


def _log(cents: ir.Value) -> ir.Value:
    return cents.cast("float64").ln()


def _median(ordered: ir.ArrayValue) -> ir.Value:
    """The middle of an array in order."""
    n = ordered.length()
    # Spark takes no bigint as a place in an array.
    low, high = ordered[((n - 1) // 2).cast("int32")], ordered[(n // 2).cast("int32")]
    return low + (high - low) * 0.5
