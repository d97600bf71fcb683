"""Features of the price history, run through DuckDB."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import fmean, stdev
from typing import Any

import ibis
import polars as pl
import pytest
from builders import DAY, days_before, parameters, rollup_row
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.valuation import Features
from arb_pipeline.core.pricing.features import features

SCHEMA = {
    "category": pl.String,
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
LIVELY = [819, 1221] * 4 + [819, 1000]
CONNECTION = ibis.duckdb.connect()


@pytest.fixture(autouse=True, scope="module")
def _closed() -> Iterator[None]:
    yield
    CONNECTION.disconnect()


def features_of(rows: Sequence[dict[str, Any]], **groups: Any) -> list[dict[str, Any]]:
    """Features of a rollup on the day of analysis."""
    params = parameters(**groups)
    table = ibis.memtable(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    expression = features(table, as_of=DAY, prices=params.prices, outliers=params.outliers)
    frame = CONNECTION.to_polars(expression).with_columns(category=pl.lit("mtg"))
    return conform(frame.sort("source_product_id", "printing"), Features).to_dicts()


def history(*prices: int | None, newest: int = 0, **changes: Any) -> list[dict[str, Any]]:
    """Market prices of days in a row, the last of them `newest` days before the analysis; None: no sale."""
    days = [days_before(newest + age) for age in reversed(range(len(prices)))]
    return [
        rollup_row(
            day=day,
            market_cents=price,
            reference_cents=price or 900,
            quality=1.0 if price else 0.6,
            **changes,
        )
        for day, price in zip(days, prices, strict=True)
    ]


def test_the_latest_price_counts() -> None:
    row = features_of(history(1000, 1010, 1020))[0]
    assert (row["reference_cents"], row["price_day"], row["quality"]) == (1020, DAY, 1.0)


def test_a_price_of_72_hours_ago_counts() -> None:
    row = features_of(history(1000, 1010, newest=3))[0]
    assert (row["reference_cents"], row["price_day"]) == (1010, days_before(3))


def test_a_price_older_than_72_hours_does_not() -> None:
    assert features_of(history(1000, 1010, newest=4)) == []


def test_what_is_unknown_on_the_latest_day_does_not_become_an_older_number() -> None:
    older = rollup_row(day=days_before(1), seller_count=7)
    latest = rollup_row(market_cents=None, low_cents=None, reference_cents=950, quality=0.6)
    row = features_of([older, latest])[0]
    assert (row["market_cents"], row["low_cents"], row["seller_count"]) == (None, None, None)
    assert (row["reference_cents"], row["quality"]) == (950, 0.6)


def test_days_moved_counts_changes_of_the_market_price_between_known_days() -> None:
    # 10 = 10 no; 10 -> 11 yes; 11 -> unknown and unknown -> 11 cannot be compared; 11 -> 12 yes.
    row = features_of(history(1000, 1000, 1100, None, 1100, 1200))[0]
    assert (row["days_compared"], row["days_moved"], row["days_priced"]) == (3, 2, 6)


def test_a_price_that_never_moved_is_compared_and_did_not_move() -> None:
    row = features_of(history(*[1000] * 14))[0]
    assert (row["days_compared"], row["days_moved"], row["cv"]) == (13, 0, 0.0)


def test_the_day_before_the_window_only_serves_to_compare() -> None:
    # 31 days: the first is 30 days before the analysis, and the price moves on the next.
    row = features_of(history(1000, *[1100] * 30))[0]
    assert (row["days_priced"], row["days_compared"], row["days_moved"], row["cv"]) == (30, 30, 1, 0.0)


def test_cv_is_the_sample_deviation_over_the_mean_of_the_reference_price() -> None:
    # 10, 11, 12: mean 11, deviation 1.
    assert features_of(history(1000, 1100, 1200))[0]["cv"] == pytest.approx(1 / 11)


def test_one_price_has_no_cv() -> None:
    assert features_of(history(1000))[0]["cv"] is None


def test_an_outlier_is_excluded_and_the_last_trusted_price_stays() -> None:
    row = features_of(history(*[1000] * 9, 2000))[0]
    assert (row["reference_cents"], row["price_day"], row["refused_cents"]) == (1000, days_before(1), 2000)


def test_an_ask_counts_though_the_price_of_its_day_is_an_outlier() -> None:
    rows = history(*[1000] * 9, 2000)
    rows[-1] |= {"low_cents": 1700, "seller_count": 3}  # the 900 of the days before is gone
    (row,) = features_of(rows)
    assert (row["reference_cents"], row["price_day"]) == (1000, days_before(1))
    assert (row["low_cents"], row["seller_count"], row["asked_day"]) == (1700, 3, DAY)


def test_a_fall_in_doubt_is_worth_the_lower_price() -> None:
    row = features_of(history(*[1000] * 9, 500))[0]
    assert (row["reference_cents"], row["refused_cents"], row["accepted_cents"]) == (500, 500, 1000)
    assert (row["market_cents"], row["price_day"], row["quality"]) == (500, DAY, 1.0)


def test_a_rise_in_doubt_is_worth_the_last_accepted_price() -> None:
    row = features_of(history(*[1000] * 8, 1010, 2000))[0]
    assert (row["reference_cents"], row["refused_cents"], row["accepted_cents"]) == (1010, 2000, 1010)


@pytest.mark.parametrize(("price", "refused"), [(1670, None), (1690, 1690), (600, None), (590, 590)])
def test_after_four_days_without_a_price_it_may_move_twice_as_far(price: int, refused: int | None) -> None:
    # The exponent is 0.5 here: a gap of four days doubles the reach of 0.2594 in logs, a factor of 1.680 (0.595).
    rows = history(*[1000] * 9, newest=4) + history(price)
    assert features_of(rows, outliers={"gap_exponent": 0.5})[0]["refused_cents"] == refused


def test_a_gap_widens_the_reach_of_the_price_after_it_alone() -> None:
    # Back after four days at 1600 it is believed; from that day on 1700 is a day's move from the old level.
    rows = history(*[1000] * 9, newest=5) + history(1600, 1700)
    assert features_of(rows, outliers={"gap_exponent": 0.5})[0]["refused_cents"] == 1700


def test_one_confirmation_does_not_release_an_outlier() -> None:
    row = features_of(history(*[1000] * 9, 2000, 2050))[0]
    assert (row["reference_cents"], row["refused_cents"]) == (1000, 2050)


def test_two_confirmations_release_an_outlier() -> None:
    row = features_of(history(*[1000] * 9, 2000, 2050, 2020))[0]
    assert (row["reference_cents"], row["price_day"], row["refused_cents"]) == (2020, DAY, None)


def test_an_outlier_that_was_a_slip_is_forgotten_with_the_next_good_price() -> None:
    row = features_of(history(*[1000] * 9, 2000, 1000))[0]
    assert (row["reference_cents"], row["refused_cents"]) == (1000, None)


def test_an_outlier_moves_neither_cv_nor_the_days_that_moved() -> None:
    row = features_of(history(*[1000] * 9, 2000, 1000))[0]
    assert (row["cv"], row["days_moved"], row["days_priced"]) == (0.0, 0, 10)


@pytest.mark.parametrize(("price", "refused"), [(1290, None), (1300, 1300), (775, None), (770, 770)])
def test_a_still_price_may_move_by_the_least_spread(price: int, refused: int | None) -> None:
    # Its MAD is 0, so the least spread counts: 0.05 x 3.5 / 0.6745 = 0.2594 in logs, a factor of 1.2962 (or 0.7715).
    assert features_of(history(*[1000] * 9, price))[0]["refused_cents"] == refused


@pytest.mark.parametrize(("others", "refused"), [(7, 2000), (6, None)])
def test_seven_other_observations_make_an_outlier_and_six_do_not(others: int, refused: int | None) -> None:
    assert features_of(history(*[1000] * others, 2000))[0]["refused_cents"] == refused


def test_a_lively_price_may_move_further() -> None:
    # Five logs at -0.2, one at 0, four at 0.2 and the new one: the median is 0, the MAD 0.2.
    # 0.2 x 3.5 / 0.6745 = 1.04, a factor of 2.8 over 1000.
    assert features_of(history(*LIVELY, 2750))[0]["refused_cents"] is None
    assert features_of(history(*LIVELY, 6000))[0]["refused_cents"] == 6000


def test_ordinary_prices_do_not_confirm_an_outlier() -> None:
    # 2850 is beyond the factor of 2.8; the nearest price ever seen is 1221, on days of the history itself.
    assert features_of(history(*LIVELY, 2850))[0]["refused_cents"] == 2850


def test_a_product_whose_only_recent_price_is_in_doubt_keeps_the_last_accepted_one() -> None:
    # Five days double the reach and more (0.58 in logs); the factor of 3 is 1.10.
    rows = history(*[1000] * 9, newest=5) + history(3000)
    row = features_of(rows)[0]
    assert (row["reference_cents"], row["price_day"], row["refused_cents"]) == (1000, days_before(5), 3000)
    assert row["quality"] == 1.0


def test_printings_and_products_do_not_mix() -> None:
    rows = history(1000, 1100) + history(5000, 5000, printing="foil") + history(70, 80, source_product_id="2")
    assert [(r["source_product_id"], r["printing"], r["reference_cents"]) for r in features_of(rows)] == [
        ("1001", "foil", 5000),
        ("1001", "normal", 1100),
        ("2", "normal", 80),
    ]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(980, 1020), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_features_of_calm_prices_are_what_the_statistics_module_says_in_any_row_order(
    prices: list[int], random: Any
) -> None:
    rows = history(*prices)
    random.shuffle(rows)
    row = features_of(rows)[0]
    assert row["cv"] == pytest.approx(stdev(prices) / fmean(prices))
    assert row["days_moved"] == sum(a != b for a, b in pairwise(prices))
    assert (row["days_compared"], row["days_priced"]) == (len(prices) - 1, len(prices))
    assert row["reference_cents"] == prices[-1]
