"""Confidence: four factors, their neutral value, and the caps."""

from math import log
from typing import Any

import polars as pl
import pytest
from builders import frame, net_row, parameters

from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.valuation.confidence import with_confidence, with_proven_cv

SCHEMA = {
    "days_priced": pl.Int32,
    "days_moved": pl.Int32,
    "days_compared": pl.Int32,
    "quantity_moved": pl.Int32,
    "quantity_compared": pl.Int32,
    "sealed_cv": pl.Float64,
    "singles_cv": pl.Float64,
    "seller_count": pl.Int32,
    "margin_bps": pl.Int64,
}


def near(factor: float) -> Any:
    """A factor as it is stored: to four decimals."""
    return pytest.approx(factor, abs=0.00005)


def scored(*, is_capped: bool = False, **changes: Any) -> dict[str, Any]:
    """Factors and score of a product that lacks nothing."""
    row = {
        "days_priced": 30,
        "days_moved": 29,
        "days_compared": 29,
        "quantity_moved": None,
        "quantity_compared": None,
        "sealed_cv": 0.0,
        "singles_cv": 0.0,
        "seller_count": 1,
        "margin_bps": 3000,
    } | changes
    frame = pl.DataFrame([row], schema=SCHEMA, orient="row")
    return with_confidence(frame, parameters().confidence, is_capped=pl.lit(is_capped)).row(0, named=True)


def test_a_product_that_lacks_nothing_scores_one() -> None:
    row = scored()
    assert row["confidence_score"] == 1.0
    assert row["missing_factors"] == []


def test_the_score_is_the_weighted_sum_of_the_factors() -> None:
    # Stability: cv (0.02 + 0.04) / 2 = 0.03, so 0.70. Sellers: 1 - ln 5 / ln 50 = 0.58859.
    # Volume: 10 of 29 days = 0.34483. Margin: 0.075 / 0.15 = 0.5.
    # 0.3 x 0.70 + 0.2 x 0.58859 + 0.2 x 0.34483 + 0.3 x 0.5 = 0.21 + 0.11772 + 0.06897 + 0.15 = 0.54669.
    row = scored(sealed_cv=0.02, singles_cv=0.04, seller_count=5, days_moved=10, margin_bps=750)
    assert row["price_stability"] == near(0.70)
    assert row["seller_count_factor"] == near(1 - log(5) / log(50))
    assert row["volume_history"] == near(10 / 29)
    assert row["margin_size"] == near(0.5)
    assert row["confidence_score"] == 0.55


@pytest.mark.parametrize(
    ("bps", "factor"),
    [
        (-5000, 0),
        (0, 0),
        (1, 0.0001 / 0.15),
        (750, 0.5),
        (1500, 1),
        (3000, 1),
        (6000, 1),
        (13_000, 0.5),
        (20_000, 0),
        (50_000, 0),
    ],
)
def test_a_margin_helps_until_it_is_too_good_to_be_true(bps: int, factor: float) -> None:
    # From 0.60 to 2.00 it falls in a line: 1.30 is halfway.
    assert scored(margin_bps=bps)["margin_size"] == near(factor)


@pytest.mark.parametrize(("sellers", "factor"), [(1, 1.0), (7, 1 - log(7) / log(50)), (50, 0.0), (400, 0.0)])
def test_fewer_sellers_are_better(sellers: int, factor: float) -> None:
    assert scored(seller_count=sellers)["seller_count_factor"] == near(factor)


@pytest.mark.parametrize(
    ("sealed", "singles", "factor"), [(0.0, 0.1, 0.5), (0.1, 0.1, 0.0), (0.5, 0.5, 0.0), (0.02, 0.0, 0.9)]
)
def test_a_price_that_swings_by_a_tenth_is_not_stable(sealed: float, singles: float, factor: float) -> None:
    assert scored(sealed_cv=sealed, singles_cv=singles)["price_stability"] == near(factor)


@pytest.mark.parametrize(
    ("changes", "factor", "column"),
    [
        ({"days_priced": 6}, "price_stability", "price_stability"),
        ({"days_moved": 1}, "price_stability", "price_stability"),
        ({"sealed_cv": None}, "price_stability", "price_stability"),
        ({"singles_cv": None}, "price_stability", "price_stability"),
        ({"sealed_cv": float("nan")}, "price_stability", "price_stability"),
        ({"seller_count": None}, "seller_count", "seller_count_factor"),
        ({"seller_count": 0}, "seller_count", "seller_count_factor"),
        ({"days_compared": 5, "days_moved": 5}, "volume_history", "volume_history"),
        ({"days_compared": None}, "volume_history", "volume_history"),
        ({"margin_bps": None}, "margin_size", "margin_size"),
    ],
)
def test_a_factor_without_data_is_neutral_and_named(
    changes: dict[str, Any], factor: str, column: str
) -> None:
    row = scored(**changes)
    assert row["missing_factors"] == [factor]
    assert row[column] == 0.5


@pytest.mark.parametrize(
    "changes", [{"days_priced": 7}, {"days_moved": 2}, {"days_compared": 6, "days_moved": 6}]
)
def test_the_least_history_is_enough(changes: dict[str, Any]) -> None:
    assert scored(**changes)["missing_factors"] == []


@pytest.mark.parametrize(
    ("price", "quantity", "factor"),
    [
        ((3, 29), (9, 18), 0.5),  # more days with a sale seen in the stock than in the price
        ((9, 18), (3, 29), 0.5),
        ((3, 29), (6, 6), 1.0),
        ((3, 12), (5, 5), 0.25),  # six days of stock are too few to tell
        ((4, 5), (3, 12), 0.25),
        ((None, None), (3, 12), 0.25),
    ],
)
def test_trading_shows_in_the_price_or_in_the_quantity(
    price: tuple[int | None, int | None], quantity: tuple[int, int], factor: float
) -> None:
    row = scored(
        days_moved=price[0],
        days_compared=price[1],
        quantity_moved=quantity[0],
        quantity_compared=quantity[1],
    )
    assert row["volume_history"] == near(factor)
    assert "volume_history" not in row["missing_factors"]


@pytest.mark.parametrize(
    ("compared", "moved", "is_proven"), [(6, 2, True), (5, 2, False), (6, 1, False), (29, 0, False)]
)
def test_a_card_tells_how_stable_it_is_after_a_week_and_two_moves(
    compared: int, moved: int, is_proven: bool
) -> None:
    nets = frame([net_row(days_compared=compared, days_moved=moved, cv=0.02)], CardNets)
    (cv,) = with_proven_cv(nets, parameters().confidence)["cv"]
    assert (cv == 0.02) is is_proven
    assert (cv is None) is not is_proven


def test_a_product_of_which_nothing_is_known_scores_one_half() -> None:
    row = scored(**dict.fromkeys(SCHEMA))
    assert row["confidence_score"] == 0.5
    assert row["missing_factors"] == ["price_stability", "seller_count", "volume_history", "margin_size"]


def test_the_cap_lowers_a_high_score_and_leaves_a_low_one() -> None:
    assert scored(is_capped=True)["confidence_score"] == 0.59
    assert scored(is_capped=True, margin_bps=-1, days_moved=2)["confidence_score"] == pytest.approx(0.51)
    # 0.3 + 0.2 + 0.2 x 2 / 29 = 0.5138.


def test_a_score_of_half_a_hundredth_rounds_up() -> None:
    # 0.3 x 0.95 + 0.2 + 0.2 x 0.5 + 0 = 0.585; in binary a little less.
    assert scored(sealed_cv=0.01, days_compared=20, days_moved=10, margin_bps=0)["confidence_score"] == 0.59
