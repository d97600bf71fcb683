"""From nets of two days to a sample of log movements, and to the coverage of bands."""

from datetime import date, timedelta
from math import exp, log
from typing import Any

import polars as pl
import pytest
from builders import frame, line_row, net_row, parameters

from arb_pipeline.contracts.contents import Lines
from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.backtest.coverage import bands, by_day, coverages, pit_histogram
from arb_pipeline.core.backtest.movement_sample import day_values, movement_sample, with_last_nets

DAY = date(2026, 1, 1)
LINES = frame(
    [
        line_row(quantity=2, expected_copies=2.0),
        line_row(single_product_id="b", quantity=1, expected_copies=1.0),
    ],
    Lines,
)
BOX = pl.DataFrame({"product_id": ["box"]})


def nets(a: float | None, b: float | None) -> pl.DataFrame:
    rows = [net_row(net_cents=a), net_row(single_product_id="b", net_cents=b)]
    return frame(rows, CardNets)


def values(of_day: pl.DataFrame, before: pl.DataFrame | None = None) -> pl.DataFrame:
    return day_values(LINES, of_day, with_last_nets(of_day, before), BOX, untraded_days=7)


def test_a_card_that_lost_its_price_keeps_its_last() -> None:
    # Two at 4.00 and one at 2.00; then the first is gone and the second is at 3.00: 11.00, of which 8.00 is kept.
    (row,) = values(nets(None, 300.0), nets(400.0, 200.0)).to_dicts()

    assert row["value"] == pytest.approx(1100)
    assert row["carried"] == pytest.approx(800 / 1100)
    assert row["is_random"] is False


def test_traits_are_weighted_by_what_the_cards_net() -> None:
    # 8.00 and 2.00 of 10.00: squares of 0.8 and 0.2 are 0.68. Both cards cost 10.00 and moved on 5 of 29 days.
    (row,) = values(nets(400.0, 200.0)).to_dicts()

    assert row["concentration"] == pytest.approx(0.68)
    assert row["level"] == pytest.approx(1000)
    assert row["trading"] == pytest.approx(5 / 29)


def test_a_pair_of_days_is_a_log_movement() -> None:
    days = {DAY: values(nets(400.0, 200.0)), DAY + timedelta(days=14): values(nets(500.0, 100.0))}
    sample, left_out = movement_sample(days, category="mtg", horizons=(7, 14))

    assert (sample["horizon_days"].to_list(), left_out) == ([14], 0)
    assert sample["moved"].to_list() == pytest.approx([log(1100 / 1000)])


def test_what_lost_over_two_percent_to_missing_prices_is_left_out_and_counted() -> None:
    first = nets(400.0, 200.0)
    days = {DAY: values(first), DAY + timedelta(days=14): values(nets(400.0, None), first)}
    sample, left_out = movement_sample(days, category="mtg", horizons=(14,))

    assert (sample.height, left_out) == (0, 1)


def sample_row(moved: float, product: str = "a") -> dict[str, Any]:
    named = {"product_id": product, "category": "mtg", "is_random": False, "horizon_days": 14}
    return named | {"value": 1000.0, "level": 1.0, "concentration": 1.0, "trading": 0.0, "moved": moved}


def test_a_band_holds_what_lies_between_its_ends() -> None:
    # The log is linear from -0.2 at 0.5 % to 0.2 at 99.5 %: 5 and 95 % are at -+0.1818.
    table = {"logs": {0.005: -0.2, 0.995: 0.2}, "typical": {}, "slopes": {}, "products": 100}
    law = parameters(movement={"fixed": table, "random": table}).movement
    rows = pl.DataFrame([sample_row(moved, f"p{moved}") for moved in (-0.3, -0.1, 0.0, 0.1)])
    rows = rows.with_columns(bands(rows, law))
    (result, *_) = coverages(rows)

    assert rows["high"].to_list() == pytest.approx([0.1818 - rows_shift()] * 4, abs=1e-3)
    assert (result.group, result.rows, result.held, result.below, result.above) == (
        "fixed contents",
        4,
        0.75,
        0.25,
        0,
    )
    assert sum(pit_histogram(rows)) == pytest.approx(1)
    # One band for all of the same coverage, from the quantiles 1/8 and 7/8 of -0.3, -0.1, 0, 0.1: three eighths
    # of the way from -0.3 to -0.1, and five eighths from 0 to 0.1.
    assert result.constant_width == pytest.approx(exp(0.0625) - exp(-0.225))
    # The middle of the table is at 0 less what centring takes; half of the rows came to e^-0.1, or 1, or more.
    assert result.bias == pytest.approx((1 + exp(-0.1)) / 2 * exp(rows_shift()) - 1, abs=1e-3)


def test_bands_by_day_are_of_fixed_contents_alone() -> None:
    table = {"logs": {0.005: -0.2, 0.995: 0.2}, "typical": {}, "slopes": {}, "products": 100}
    law = parameters(movement={"fixed": table, "random": table}).movement
    drawn = sample_row(0.5, "box") | {"is_random": True}
    days = [(sample_row(0.0), 0), (sample_row(0.3, "b"), 1), (sample_row(0.1, "c"), 1), (drawn, 1)]
    rows = pl.DataFrame([row | {"day": DAY + timedelta(days=n)} for row, n in days])
    result = by_day(rows.with_columns(bands(rows, law)))

    assert [(day.group, day.rows, day.held) for day in result] == [
        (str(DAY), 1, 1.0),
        (str(DAY + timedelta(days=1)), 2, 0.5),
    ]


def rows_shift() -> float:
    """Amount that centring takes from the logs: about half of the variance, 0.4 ** 2 / 12 / 2."""
    return 0.16 / 24
