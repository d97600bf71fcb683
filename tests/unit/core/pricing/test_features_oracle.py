"""Features against the plain words of valuation.md 2 and 7, one key and one row at a time, on hostile histories."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from math import log
from statistics import fmean, median, stdev
from typing import Any

import ibis
import polars as pl
import pytest
from builders import DAY, days_before, parameters, rollup_row
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.core.pricing.features import features

CONNECTION = ibis.duckdb.connect()
ROLLUP = "rollup"
SCHEMA = {
    "source": pl.String,
    "source_product_id": pl.String,
    "printing": pl.String,
    "day": pl.Date,
    "reference_cents": pl.Int64,
    "quality": pl.Float64,
    "market_cents": pl.Int64,
    "low_cents": pl.Int64,
    "seller_count": pl.Int32,
}
Row = dict[str, Any]


@pytest.fixture(autouse=True, scope="module")
def _closed() -> Iterator[None]:
    yield
    CONNECTION.disconnect()


def refused_days(rows: list[Row]) -> set[date]:
    """Days whose price waits for confirmation."""
    outliers = parameters().outliers
    logs = {row["day"]: log(row["reference_cents"]) for row in rows}
    if len(logs) <= outliers.min_days:
        return set()
    middle = median(logs.values())
    mad = median(abs(value - middle) for value in logs.values())
    reach = max(mad, outliers.min_spread) * outliers.z / 0.6745
    before = dict(pairwise(sorted(logs)))  # day -> the next one
    gaps = {after: (after - day).days for day, after in before.items()}
    # Of the days whose price can be today's: what a gap long ago hid is judged by the days since.
    latest = DAY - timedelta(days=parameters().prices.stale_days)
    width = {day: gaps.get(day, 1) ** outliers.gap_exponent if day >= latest else 1.0 for day in logs}
    far = {day: value for day, value in logs.items() if abs(value - middle) > reach * width[day]}
    near = {day: sum(abs(value - other) <= reach for other in far.values()) - 1 for day, value in far.items()}
    return {day for day in far if near[day] < outliers.confirmations}


def expected(rows: list[Row]) -> Row | None:
    """The features of one key."""
    prices = parameters().prices
    rows = sorted(rows, key=lambda row: row["day"])
    refused = refused_days(rows)
    trusted = [row for row in rows if row["day"] not in refused]
    oldest = DAY - timedelta(days=prices.stale_days)
    latest = next((row for row in reversed(trusted) if row["day"] >= oldest), None)
    held = next((row for row in reversed(rows) if row["day"] in refused and row["day"] >= oldest), None)
    if latest is None and held is None:
        return None
    inside = [row for row in trusted if row["day"] > DAY - timedelta(days=prices.window_days)]
    pairs = [
        (a["market_cents"], b["market_cents"])
        for a, b in pairwise(trusted)
        if b in inside and a["market_cents"] and b["market_cents"]
    ]
    cents = [row["reference_cents"] for row in inside]
    is_newer = held is not None and (latest is None or held["day"] > latest["day"])
    newest = rows[-1]  # what is asked is asked, trusted or not
    accepted = trusted[-1] if trusted else None
    used, quality = latest, latest and latest["quality"]
    if held and is_newer:
        # In doubt: the lower of the price itself and the last accepted one, however old that is.
        is_lower = accepted is None or held["reference_cents"] < accepted["reference_cents"]
        used, quality = held if is_lower else accepted, held["quality"]
    return {name: used and used[name] for name in ("reference_cents", "market_cents")} | {
        "quality": quality,
        "low_cents": newest["low_cents"],
        "seller_count": newest["seller_count"],
        "asked_day": newest["day"],
        "price_day": used and used["day"],
        "refused_cents": held["reference_cents"] if held and is_newer else None,
        "accepted_cents": accepted["reference_cents"] if held and is_newer and accepted else None,
        "days_priced": len(inside),
        "days_compared": len(pairs),
        "days_moved": sum(a != b for a, b in pairs),
        "cv": stdev(cents) / fmean(cents) if len(cents) > 1 else None,
    }


@st.composite
def histories(draw: st.DrawFn) -> list[Row]:
    """One key's rows: gaps, days with asks alone, spikes, levels that change for good."""
    level = draw(st.integers(50, 5000))
    ages = draw(st.lists(st.integers(0, 30), min_size=1, max_size=31, unique=True))
    rows = []
    for age in ages:
        factor = draw(st.sampled_from([1.0, 1.0, 1.0, 1.0, 1.01, 0.98, 1.3, 2.0, 2.05, 0.4]))
        cents = max(1, round(level * factor))
        market = cents if draw(st.integers(0, 4)) else None
        rows.append(
            rollup_row(
                day=days_before(age),
                reference_cents=cents,
                market_cents=market,
                quality=1.0 if market else 0.6,
                low_cents=draw(st.sampled_from([None, cents])),
                seller_count=draw(st.sampled_from([None, 0, 7])),
            )
        )
    return rows


@cache
def query() -> str:
    """The features of the table `ROLLUP`. Compiled once: that takes longer than to run it."""
    params = parameters()
    expression = features(CONNECTION.table(ROLLUP), as_of=DAY, prices=params.prices, outliers=params.outliers)
    return str(CONNECTION.compile(expression))


@settings(max_examples=25, deadline=None)
@given(st.lists(histories(), min_size=1, max_size=30))
def test_features_are_what_the_words_say(keys: list[list[Row]]) -> None:
    named = {f"{n:03}": rows for n, rows in enumerate(keys)}
    rows = [row | {"source_product_id": name} for name, history in named.items() for row in history]
    table = pl.DataFrame(rows, schema_overrides=SCHEMA).select(list(SCHEMA))
    CONNECTION.con.register(ROLLUP, table.to_arrow())
    result = {row["source_product_id"]: row for row in CONNECTION.con.sql(query()).pl().to_dicts()}
    wanted = {name: row for name, history in named.items() if (row := expected(history))}
    assert result.keys() == wanted.keys()
    for name, row in wanted.items():
        assert {key: result[name][key] for key in row} == pytest.approx(row, abs=1e-9)
