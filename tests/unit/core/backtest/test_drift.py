"""Drift of reference prices, on a handful of prices."""

from math import log

import polars as pl
import pytest
from builders import DAY, frame, offer_row

from arb_pipeline.contracts.valuation import Features
from arb_pipeline.core.backtest.drift import drifts, histogram, moves

SINGLES = pl.DataFrame({"tcg_product_id": ["1", "2", "3", "4", "5", None], "printing": ["normal"] * 6})
SEALED = pl.DataFrame({"tcg_product_id": ["9001", None]}, schema={"tcg_product_id": pl.String})


def prices(**cents: int | None) -> pl.DataFrame:
    """`c1=300`: the single 1 at $3.00; `s9001`: a sealed product's market price."""
    rows = [
        offer_row(source_product_id=name[1:], reference_cents=price, market_cents=price)
        for name, price in cents.items()
    ]
    return frame(rows, Features)


THEN = prices(c1=300, c2=400, c3=2000, c4=500, c5=200, c6=900, s9001=10_000)
LATER = prices(c1=600, c2=200, c3=2000, c5=400, c6=100, s9001=11_000)
"""Of the singles that count the fourth has no price any more."""


def moved() -> pl.DataFrame:
    return moves(THEN, LATER, singles=SINGLES, sealed=SEALED, day=DAY)


def test_only_prices_over_two_dollars_of_what_contents_hold_count() -> None:
    # 5 is at $2.00, 6 is in no contents.
    assert moved()["product_id"].to_list() == [
        *(f"mtg:{n}:normal" for n in (1, 2, 3, 4)),
        "mtg:9001:normal",
    ]


def test_moves_by_hand() -> None:
    everything, low = drifts(moved().filter(kind="singles"))
    # ln 2, -ln 2, 0, and one gone. Deviation sqrt((ln2^2 + ln2^2 + 0) / 2) = ln 2; distances ln 2, ln 2, 0.
    assert (everything.rows, everything.products, everything.gone) == (4, 4, 0.25)
    assert everything.sd.value == pytest.approx(log(2))
    assert everything.robust_sd == pytest.approx(1.4826 * log(2))
    assert (everything.mean, everything.median) == (pytest.approx(0), 0)
    assert everything.unmoved == pytest.approx(1 / 3)
    # Over $2 to $5: 1, 2 and 4, the limit itself included. Over $5 to $20: 3 alone, of which there is no deviation.
    assert (low.over, low.up_to, low.rows) == (200, 500, 3)


def test_a_band_with_one_price_tells_no_deviation() -> None:
    assert [d.up_to for d in drifts(moved().filter(kind="singles"))] == [None, 500]


def test_asks_are_apart_from_sales() -> None:
    requested = THEN.with_columns(
        quality=pl.when(pl.col("source_product_id") == "1").then(0.6).otherwise("quality")
    )
    kinds = moves(requested, LATER, singles=SINGLES, sealed=SEALED, day=DAY)
    assert kinds["kind"].to_list() == ["singles, asks alone", "singles", "singles", "singles", "sealed"]


def test_bars_hold_every_move_once() -> None:
    bars = histogram(moved(), "singles")
    shares = {round(low, 2): share for low, share in bars if share}
    assert shares == {-0.3: pytest.approx(1 / 3), 0.0: pytest.approx(1 / 3), 0.28: pytest.approx(1 / 3)}
    assert histogram(moved(), "none") == []
    # ln 1.1 = 0.0953 is in the bar from 0.08.
    assert [round(low, 2) for low, share in histogram(moved(), "sealed") if share] == [0.08]
