"""Summary of a price window per key: price range, latest price, movement.

Kept beside the window, so that features only correct the few keys with an outlier.
"""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from arb_pipeline.core.params import Prices
from arb_pipeline.core.pricing.price_window import (
    PRICE,
    RECENT,
    column,
    days_in,
    recent_days,
    total,
    window_days,
)

SUMMARY = (
    "days_seen",
    "lowest_cents",
    "highest_cents",
    "price_day",
    "signed_cents",
    *RECENT,
    "days_priced",
    "average",
    "spread",
    "days_compared",
    "days_moved",
)
CENTS, BEFORE, COMPARED, DIFFERS = "cents", "before", "compared", "differs"


def summarised(window: ir.Table, *, as_of: date, prices: Prices) -> ir.Table:
    """The window with the columns of `SUMMARY`. Days without a column have no prices."""
    days = window_days(as_of, prices)
    days, first = days_in(window.columns, days), days[-1]
    counted = [day for day in days if day > first]  # the first only serves to compare the next with
    comparable = [day for day in counted if day > days[-1]]
    latest = days_in(window.columns, recent_days(as_of, prices), RECENT[0])
    kept = window.columns
    # Each step is a view, or Ibis writes its columns out again wherever the next one uses them.
    table = window.mutate(
        **{column(CENTS, day): _price(window, day).abs() for day in days}, **_before(window, days, comparable)
    ).view()
    cents = [table[column(CENTS, day)] for day in days]
    table = table.mutate(
        days_seen=total(price.notnull().cast("int64") for price in cents),
        lowest_cents=ibis.least(*cents, ibis.null("int64")),
        highest_cents=ibis.greatest(*cents, ibis.null("int64")),
        days_priced=total(table[column(CENTS, day)].notnull().cast("int64") for day in counted),
        sum_cents=total(table[column(CENTS, day)] for day in counted),
        **_steps(table, comparable),
    ).view()
    table = table.mutate(average=table.sum_cents.cast("float64") / table.days_priced.nullif(0)).view()
    off = [table[column(CENTS, day)] - table.average for day in counted]
    steps = [(table[column(COMPARED, day)], table[column(DIFFERS, day)]) for day in comparable]
    squares = total(distance * distance for distance in off)
    newest = {
        kind: _at_latest(table, latest, [table[column(kind, day)] for day in latest]) for kind in RECENT
    }
    return table.select(
        *kept,
        "days_seen",
        "lowest_cents",
        "highest_cents",
        "days_priced",
        "average",
        price_day=_at_latest(table, latest, [ibis.literal(day) for day in latest]),
        signed_cents=_at_latest(table, latest, [_price(table, day) for day in latest]),
        spread=(squares / (table.days_priced - 1).nullif(0)).sqrt(),
        days_compared=total(compared for compared, _ in steps),
        days_moved=total(compared * differs for compared, differs in steps),
        **newest,
    )


def _before(window: ir.Table, days: Sequence[date], comparable: Sequence[date]) -> dict[str, ir.Value]:
    """Per day: the price of the row before, as many days ago as that is."""
    earlier = {day: [_price(window, d) for d in days if d < day] for day in comparable}
    return {column(BEFORE, day): ibis.coalesce(*prices) for day, prices in earlier.items()}


def _steps(table: ir.Table, comparable: Sequence[date]) -> dict[str, ir.Value]:
    """Per day: could its market price be compared with the row before (1 or 0)? Is it another?"""
    steps = {}
    for day in comparable:
        price, before = _price(table, day), table[column(BEFORE, day)]
        # Both are market prices if neither is negative. An OR of bits, as AND takes DuckDB far longer.
        steps[column(COMPARED, day)] = ((price | before) > 0).cast("int64")
        steps[column(DIFFERS, day)] = (price != before).cast("int64")
    return steps


def _price(table: ir.Table, day: date) -> ir.Value:
    return table[column(PRICE, day)]


def _at_latest(table: ir.Table, latest: Sequence[date], values: Sequence[ir.Value]) -> ir.Value:
    """Value of the latest day with a price, from one value per day."""
    has_price = [_price(table, day).notnull() for day in latest]
    return ibis.cases(*zip(has_price, values, strict=True), else_=None)
