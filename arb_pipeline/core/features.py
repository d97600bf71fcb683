"""Features of the price history as Ibis expressions: what is trusted, how it moved (valuation.md 2 and 7).

One expression for every engine that Ibis speaks; the input is the daily rollup of the last 30 days and
the day before them.
"""

from datetime import date
from math import exp

import ibis
import ibis.expr.types as ir

from arb_pipeline.core.params import Outliers, Prices
from arb_pipeline.core.rollup import KEY

TO_SIGMA = 0.6745
"""MAD / standard deviation of a normal distribution: makes z-scores of the median comparable."""


def outliers_held_back(rollup: ir.Table, outliers: Outliers) -> ir.Table:
    """Observations (key, day, reference_cents) that wait for confirmation.

    A price more than `z` modified z-scores (median and MAD of the log price) from its own history waits
    until `confirmations` further observations stand at its level. With fewer than `min_days` others,
    nothing is an outlier.
    """
    least_reach = outliers.min_spread * outliers.z / TO_SIGMA
    ranges = rollup.group_by(KEY).agg(
        n=lambda t: t.count(), low=lambda t: t.reference_cents.min(), high=lambda t: t.reference_cents.max()
    )
    # Five keys of six never moved far enough to hold an outlier: only the others pay for the medians.
    wide = ranges.filter((ranges.n > outliers.min_days) & (ranges.high > ranges.low * exp(least_reach)))
    logs = rollup.semi_join(wide, KEY).select(*KEY, "day", "reference_cents")
    logs = logs.mutate(log_price=logs.reference_cents.cast("float64").ln())
    middle = logs.group_by(KEY).agg(middle=logs.log_price.median())
    spread = logs.join(middle, KEY)
    spread = spread.mutate(distance=(spread.log_price - spread.middle).abs())
    scale = spread.group_by(KEY).agg(mad=spread.distance.median())
    scored = spread.join(scale, KEY)
    scored = scored.mutate(reach=ibis.greatest(scored.mad, outliers.min_spread) * outliers.z / TO_SIGMA)
    far = scored.filter(scored.distance > scored.reach)
    far = far.select(*KEY, "day", "reference_cents", "log_price", "reach")
    # Outliers confirm each other; a price of the old level, within reach or not, says nothing of the new.
    others = far.select(*KEY, other_day=far.day, other_log=far.log_price)
    pairs = far.join(others, KEY)
    is_near = (pairs.other_day != pairs.day) & ((pairs.other_log - pairs.log_price).abs() <= pairs.reach)
    confirmed = (
        pairs.filter(is_near)
        .group_by(*KEY, "day")
        .agg(confirmations=lambda t: t.count())
        .filter(lambda t: t.confirmations >= outliers.confirmations)
    )
    return far.anti_join(confirmed, [*KEY, "day"]).select(*KEY, "day", "reference_cents")


def features(rollup: ir.Table, *, as_of: date, prices: Prices, outliers: Outliers) -> ir.Table:
    """One row per key with a price not older than `stale_days` at `as_of` (columns of `Features`).

    `rollup` holds days as_of - window_days .. as_of; its first day only serves to compare the next with.
    """
    today = ibis.literal(as_of)
    refused = outliers_held_back(rollup, outliers)
    latest_refused = (
        refused.filter(refused.day >= today - ibis.interval(days=prices.stale_days))
        .group_by(KEY)
        .agg(refused_day=lambda t: t.day.max(), refused_cents=lambda t: t.reference_cents.argmax(t.day))
    )
    trusted = rollup.anti_join(refused, [*KEY, "day"])
    history = ibis.window(group_by=list(KEY), order_by=trusted.day)
    before = trusted.market_cents.lag().over(history)
    compared = (before.notnull() & trusted.market_cents.notnull()).cast("int32")
    moved = (compared == 1) & (before != trusted.market_cents)
    # argmax passes over nulls: an unknown of the latest day must not become a number of an older one.
    trusted = trusted.mutate(
        compared=compared,
        moved=moved.cast("int32"),
        market_or_0=trusted.market_cents.fill_null(0),
        low_or_0=trusted.low_cents.fill_null(0),
        sellers=trusted.seller_count.fill_null(-1),
    )
    in_window = trusted.day > today - ibis.interval(days=prices.window_days)
    is_recent = trusted.day >= today - ibis.interval(days=prices.stale_days)
    price = trusted.reference_cents.cast("float64")
    latest = {
        name: trusted[name].argmax(trusted.day, where=is_recent)
        for name in ("reference_cents", "quality", "market_or_0", "low_or_0", "sellers")
    }
    summary = trusted.group_by(KEY).agg(
        **latest,
        price_day=trusted.day.max(where=is_recent),
        days_priced=in_window.sum().cast("int32"),
        days_moved=trusted.moved.sum(where=in_window).cast("int32"),
        days_compared=trusted.compared.sum(where=in_window).cast("int32"),
        spread=price.std(where=in_window, how="sample"),
        average=price.mean(where=in_window),
    )
    joined = _looked_up(summary, latest_refused, list(KEY))
    is_newer = joined.price_day.isnull() | (joined.refused_day > joined.price_day)
    result = joined.mutate(
        cv=(joined.spread / joined.average).round(9),
        refused_cents=ibis.cases((is_newer, joined.refused_cents), else_=None),
        market_cents=joined.market_or_0.nullif(0),
        low_cents=joined.low_or_0.nullif(0),
        seller_count=joined.sellers.nullif(-1),
    )
    result = result.filter(result.price_day.notnull() | result.refused_cents.notnull())
    return result.select(
        *KEY,
        "reference_cents",
        "quality",
        "market_cents",
        "low_cents",
        "price_day",
        "refused_cents",
        "days_priced",
        "days_moved",
        "days_compared",
        "cv",
        "seller_count",
    )


def _looked_up(left: ir.Table, right: ir.Table, keys: list[str]) -> ir.Table:
    """Left join without the second copy of the keys."""
    return left.left_join(right, keys).drop(*(f"{key}_right" for key in keys))
