"""Outliers that wait for confirmation (valuation.md 2): Ibis expressions over a summarised price window."""

from collections.abc import Callable, Sequence
from datetime import date
from math import exp

import ibis
import ibis.expr.types as ir

from arb_pipeline.core.params import Outliers
from arb_pipeline.core.pricing.price_window import PRICE, RECENT, Step, column
from arb_pipeline.core.pricing.rollup import KEY

WIDTH = "width"
TO_SIGMA = 0.6745
"""MAD / standard deviation of a normal distribution: makes z-scores of the median comparable."""


def keys_with_outliers(
    window: ir.Table,
    days: Sequence[date],
    latest: Sequence[date],
    outliers: Outliers,
    kept: Step = ir.Table.view,
) -> ir.Table:
    """Keys with an outlier: `prices` in signed cents, newest first, whether each `waits`, and recent columns.

    A price more than `z` modified z-scores (median and MAD of the log price) from its own history waits
    until `confirmations` further observations stand at its level. The reach of the `latest` days grows by
    `gap_exponent` with the days since the observation before: after a fortnight without one, a market has
    moved. With fewer than `min_days` others, nothing is an outlier. `kept` is applied before each filter on
    what a lambda computed: optimisers write the lambda out again inside the filter.
    """
    recent = [column(kind, day) for kind in RECENT for day in latest]
    rows = _far(window, days, latest, recent, outliers, kept).view()
    rows = kept(rows.mutate(waits=_unconfirmed(rows, outliers.confirmations)))
    return rows.filter(rows.waits.anys()).select(*KEY, "prices", "waits", *recent)


def _far(
    window: ir.Table,
    days: Sequence[date],
    latest: Sequence[date],
    recent: Sequence[str],
    outliers: Outliers,
    kept: Step,
) -> ir.Table:
    """Keys with a price beyond the reach of their history; `far`: log price where it is, by place."""
    # Five keys of six never moved far enough to hold an outlier: only the others pay for the medians.
    least_reach = outliers.min_spread * outliers.z / TO_SIGMA
    is_wide = window.highest_cents > window.lowest_cents.cast("float64") * exp(least_reach)
    rows = window.filter(is_wide & (window.days_seen > outliers.min_days))
    prices = [rows[column(PRICE, day)] for day in days]
    # Each step is a view, or Ibis writes its columns out again wherever the next one uses them.
    arrays = {"prices": ibis.array(prices), "cents": ibis.array([price.abs() for price in prices])}
    widths = _widths(rows, days, latest, outliers.gap_exponent)
    rows = rows.select(*KEY, *recent, "lowest_cents", "highest_cents", **arrays, **widths).view()
    rows = rows.mutate(ordered=rows.cents.filter(lambda cents: cents.notnull()).sort()).view()
    rows = kept(rows.mutate(middle=_median(rows.ordered, _log)))
    farthest = ibis.greatest(_log(rows.highest_cents) - rows.middle, rows.middle - _log(rows.lowest_cents))
    rows = rows.mutate(farthest=farthest).view()
    rows = rows.filter(rows.farthest > least_reach).view()
    rows = rows.mutate(distances=_distances(rows.ordered, rows.middle).sort()).view()
    rows = rows.mutate(mad=_median(rows.distances)).view()
    rows = kept(rows.mutate(reach=ibis.greatest(rows.mad, outliers.min_spread) * outliers.z / TO_SIGMA))
    rows = rows.filter(rows.farthest > rows.reach).view()
    rows = rows.mutate(far=_beyond(rows, latest)).view()
    return rows.mutate(all_far=rows.far.filter(lambda log: log.notnull()))


def _unconfirmed(rows: ir.Table, confirmations: int) -> ir.ArrayValue:
    # Outliers confirm each other; a price of the old level, within reach or not, says nothing of the new.
    def waits(price: ir.Value) -> ir.Value:
        near = rows.all_far.filter(lambda other: (other - price).abs() <= rows.reach)
        return price.notnull() & (near.length() <= confirmations)  # it is near to itself

    return rows.far.map(waits)


def _distances(cents: ir.ArrayValue, middle: ir.Value) -> ir.ArrayValue:
    return cents.map(lambda value: (_log(value) - middle).abs())


def _widths(
    rows: ir.Table, days: Sequence[date], latest: Sequence[date], exponent: float
) -> dict[str, ir.Value]:
    """Per latest day, the factor of its reach: (days since the observation before) ** exponent."""
    widths: dict[str, ir.Value] = {}
    for day in latest:
        gaps = [
            (rows[column(PRICE, before)].notnull(), ibis.literal(float((day - before).days) ** exponent))
            for before in days
            if before < day
        ]
        widths[column(WIDTH, day)] = ibis.cases(*gaps, else_=1.0) if gaps else ibis.literal(1.0)
    return widths


def _beyond(rows: ir.Table, latest: Sequence[date]) -> ir.ArrayValue:
    """Log prices, newest first, of those beyond the reach of their day; null for the others."""

    def far(cents: ir.Value, reach: ir.Value) -> ir.Value:
        return ibis.cases(((_log(cents) - rows.middle).abs() > reach, _log(cents)), else_=None)

    # Slices of one day: Ibis cannot write a place in an array for Spark with this sqlglot.
    recent = [
        far(rows.cents[place : place + 1].maxs(), rows.reach * rows[column(WIDTH, day)])
        for place, day in enumerate(latest)
    ]
    older = rows.cents[len(recent) :].map(lambda cents: far(cents, rows.reach))
    return ibis.array(recent).concat(older) if recent else older


def _log(cents: ir.Value) -> ir.Value:
    return cents.cast("float64").ln()


def _median(ordered: ir.ArrayValue, of: Callable[[ir.Value], ir.Value] = lambda value: value) -> ir.Value:
    """Median of an ordered array, or of a rising function of its values."""
    n = ordered.length()
    # Spark takes no bigint as a place in an array, and Ibis can only write slices for it with this sqlglot.
    first, after = ((n - 1) // 2).cast("int32"), (n // 2 + 1).cast("int32")
    return ordered[first:after].map(of).means()
