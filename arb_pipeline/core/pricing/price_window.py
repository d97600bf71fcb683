"""The price window: the daily rollup with a row per key and a column per day.

Statistics over days are then sums over columns of one row: no sort, no window function, no join of 30 million
rows with themselves. Features of the window belong to `features.py`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from arb_pipeline.core.params import Prices
from arb_pipeline.core.pricing.rollup import KEY

if TYPE_CHECKING:
    import ibis.expr.types as ir

PRICE = "price"
"""Reference price of a day in cents; negative where it is an ask (no market price that day); null: no row.
One signed column in place of two: half the work, as the rollup's reference is the market price where there is
one."""
RECENT = ("low_cents", "seller_count", "quality")
"""Stated for the latest day only, so kept for the days that can be the latest."""
Step = Callable[["ir.Table"], "ir.Table"]
"""Receives a table, and returns one of the same rows from which later steps read."""


def column(kind: str, day: date) -> str:
    """The column of a day: `price_2025-10-10`."""
    return f"{kind}_{day.isoformat()}"


def window_days(as_of: date, prices: Prices) -> list[date]:
    """The days that features read, newest first: the window, and a day to compare its first with."""
    return [as_of - timedelta(days=age) for age in range(prices.window_days + 1)]


def recent_days(as_of: date, prices: Prices) -> list[date]:
    """Days whose price can be the latest one."""
    return [as_of - timedelta(days=age) for age in range(prices.stale_days + 1)]


def days_in(columns: Collection[str], days: Iterable[date], kind: str = PRICE) -> list[date]:
    """Days of which a window has a column."""
    return [day for day in days if column(kind, day) in columns]


def price_window(rollup: "ir.Table", *, days: Sequence[date], recent: Collection[date]) -> "ir.Table":
    """The rollup's rows of some days as a window. Its other days are left out."""
    import ibis  # half of what a command that explains one product takes to import

    is_market = rollup.market_cents == rollup.reference_cents
    signed = ibis.cases((is_market, rollup.reference_cents), else_=-rollup.reference_cents)
    columns: dict[str, ir.Value] = {}
    for day in days:
        is_day = rollup.day == ibis.literal(day)
        values = {PRICE: signed} | ({kind: rollup[kind] for kind in RECENT} if day in recent else {})
        columns |= {
            column(kind, day): ibis.cases((is_day, value), else_=None).max() for kind, value in values.items()
        }
    return rollup.group_by(KEY).agg(**columns)


def merged(older: "ir.Table", newer: "ir.Table") -> "ir.Table":
    """Two windows of different days as one."""
    import ibis

    joined = older.outer_join(newer, list(KEY))
    keys = {key: ibis.coalesce(joined[key], joined[f"{key}_right"]) for key in KEY}
    days = [name for name in (*older.columns, *newer.columns) if name not in KEY]
    return joined.select(**keys, **{name: joined[name] for name in days})


def total(terms: "Iterable[ir.Value]") -> "ir.Value":
    """The sum of columns of a row, nulls left out."""
    import ibis

    return reduce(add, (term.fill_null(0) for term in terms), ibis.literal(0, "int64"))
