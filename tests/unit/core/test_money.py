"""Money: rounding once, half away from zero."""

from decimal import Decimal

import polars as pl
import pytest
from builders import value
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.core.chance import chance
from arb_pipeline.core.money import round_cents, to_cents, to_decimal


@pytest.mark.parametrize(
    ("dollars", "cents"),
    [
        (0.0, 0),
        (0.01, 1),
        (0.29, 29),
        (0.285, 29),
        (1.005, 101),
        (2.675, 268),
        (19.99, 1999),
        (-1.005, -101),
        (9_999_999.99, 999_999_999),
    ],
)
def test_dollars_become_the_cents_that_are_printed(dollars: float, cents: int) -> None:
    assert value(to_cents(pl.col("d")), d=dollars) == cents


@pytest.mark.parametrize(
    ("cents", "rounded"), [(0.5, 1), (1.5, 2), (2.5, 3), (-0.5, -1), (28.49, 28), (28.499999999999996, 29)]
)
def test_half_a_cent_rounds_away_from_zero_and_binary_noise_does_not_count(
    cents: float, rounded: int
) -> None:
    # 28.499999999999996 is 0.285 x 100 in binary: what is meant is 28.5.
    assert value(round_cents(pl.col("c")), c=cents) == rounded


def test_an_unknown_price_stays_unknown() -> None:
    assert pl.DataFrame({"d": [None]}, schema={"d": pl.Float64}).select(to_cents(pl.col("d"))).item() is None


def test_cents_become_exact_dollars() -> None:
    assert value(to_decimal(pl.col("c")), c=123_456) == Decimal("1234.56")
    assert value(to_decimal(pl.col("c")), c=-1) == Decimal("-0.01")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**9))
def test_every_whole_number_of_cents_survives_dollars_and_back(cents: int) -> None:
    assert value(to_cents(pl.col("d")), d=cents / 100) == cents
    assert value(to_decimal(pl.col("c")), c=cents) == Decimal(cents) / 100


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (None, "-"),
        (0.934, "93 %"),
        (0.99, "99 %"),
        (0.9901, ">99 %"),
        (1.0, ">99 %"),
        (0.0, "<1 %"),
        (0.01, "1 %"),
    ],
)
def test_no_probability_is_printed_as_certain(p: float | None, text: str) -> None:
    assert chance(p) == text
