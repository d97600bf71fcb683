"""Features of the price history as Ibis expressions: trusted prices and movement (valuation.md 2 and 7).

One expression for every engine that Ibis speaks. The input is the daily rollup of the last 30 days and the
day before them, or the summarised price window that a store keeps of it.
"""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from arb_pipeline.core.params import Outliers, Prices
from arb_pipeline.core.pricing.outliers import keys_with_outliers
from arb_pipeline.core.pricing.price_window import (
    PRICE,
    RECENT,
    Step,
    column,
    days_in,
    price_window,
    recent_days,
    window_days,
)
from arb_pipeline.core.pricing.rollup import KEY
from arb_pipeline.core.pricing.window_summary import SUMMARY, summarised

OF_ASKS = ("low_cents", "seller_count")
CORRECTED = tuple(name for name in SUMMARY[3:] if name not in OF_ASKS)
"""Columns of the summary that exclude outliers. The first three columns of the summary serve to find them."""
DOUBTED = (
    *("refused_day", "refused_cents", "refused_signed", "refused_quality"),
    *("accepted_day", "accepted_cents", "accepted_signed"),
)
"""The newest price in doubt, and the last one accepted, of keys with an outlier."""


def features(
    rollup: ir.Table, *, as_of: date, prices: Prices, outliers: Outliers, kept: Step = ir.Table.view
) -> ir.Table:
    """Features of a daily rollup. Only its days as_of - window_days .. as_of count. `kept`: as below."""
    days, recent = window_days(as_of, prices), recent_days(as_of, prices)
    window = kept(price_window(rollup, days=days, recent=recent))
    window = kept(summarised(window, as_of=as_of, prices=prices))
    return window_features(window, as_of=as_of, prices=prices, outliers=outliers, kept=kept)


def window_features(
    window: ir.Table, *, as_of: date, prices: Prices, outliers: Outliers, kept: Step = ir.Table.view
) -> ir.Table:
    """Features of a summarised window: a row per key with a price not older than `stale_days` at `as_of`.

    `kept`: makes a table of each step of many columns, for engines that would plan all steps as one.
    """
    days = days_in(window.columns, window_days(as_of, prices))
    latest = days_in(window.columns, recent_days(as_of, prices), RECENT[0])
    doubted = kept(keys_with_outliers(window, days, latest, outliers, kept))
    trusted = kept(_trusted(doubted, days, latest))
    corrected = kept(summarised(trusted, as_of=as_of, prices=prices))
    corrected = corrected.select(*KEY, *DOUBTED, *CORRECTED, is_corrected=True)
    joined = window.left_join(corrected, list(KEY))
    is_corrected = joined.is_corrected.notnull()
    # Asks of today count, whether or not the reference price of the day is an outlier.
    of_asks = {name: joined[name] for name in OF_ASKS} | {"asked_day": joined.price_day}
    corrections = {
        name: ibis.cases((is_corrected, joined[f"{name}_right"]), else_=joined[name]) for name in CORRECTED
    }
    table = joined.select(*KEY, *DOUBTED, **of_asks, **corrections).view()
    table = table.filter(table.price_day.notnull() | table.refused_day.notnull())
    is_newer = table.price_day.isnull() | (table.refused_day > table.price_day)
    # A price in doubt is worth the lower of itself and the last one accepted (valuation.md 2).
    is_lower = is_newer & (table.accepted_cents.isnull() | (table.refused_cents < table.accepted_cents))
    signed = ibis.cases(
        (is_lower, table.refused_signed), (is_newer, table.accepted_signed), else_=table.signed_cents
    )
    return table.select(
        *KEY,
        *OF_ASKS,
        "asked_day",
        quality=ibis.cases((is_newer, table.refused_quality), else_=table.quality),
        price_day=ibis.cases(
            (is_lower, table.refused_day), (is_newer, table.accepted_day), else_=table.price_day
        ),
        reference_cents=signed.abs(),
        market_cents=ibis.greatest(signed, 0).nullif(0),
        refused_cents=ibis.cases((is_newer, table.refused_cents), else_=None),
        accepted_cents=ibis.cases((is_newer, table.accepted_cents), else_=None),
        days_priced=table.days_priced.cast("int32"),
        days_moved=table.days_moved.cast("int32"),
        days_compared=table.days_compared.cast("int32"),
        cv=(table.spread / table.average).round(9),
    )


def _trusted(held: ir.Table, days: Sequence[date], latest: Sequence[date]) -> ir.Table:
    """Keys with outliers as a window without them; beside it `DOUBTED`, the refused price only if recent."""
    # Slices of one day: Ibis cannot write a place in an array for Spark with this sqlglot.
    waits = {day: held.waits[place : place + 1].anys() for place, day in enumerate(days)}
    prices = {day: held.prices[place : place + 1].maxs() for place, day in enumerate(days)}
    table = held.select(
        *KEY,
        *(column(kind, day) for kind in RECENT for day in latest),
        refused_day=ibis.cases(*((waits[day], ibis.literal(day)) for day in latest), else_=None),
        refused_signed=ibis.cases(*((waits[day], prices[day]) for day in latest), else_=None),
        refused_quality=ibis.cases(
            *((waits[day], held[column("quality", day)]) for day in latest), else_=None
        ),
        **{column(PRICE, day): ibis.cases((waits[day], None), else_=prices[day]) for day in days},
    ).view()
    trusted = {day: table[column(PRICE, day)] for day in days}
    return table.mutate(
        refused_cents=table.refused_signed.abs(),
        accepted_day=ibis.cases(*((trusted[day].notnull(), ibis.literal(day)) for day in days), else_=None),
        accepted_signed=ibis.coalesce(*trusted.values()),
        accepted_cents=ibis.coalesce(*(price.abs() for price in trusted.values())),
    )
