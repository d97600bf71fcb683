"""The daily rollup: which of a source's prices counts."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from builders import DAY, frame, value

from arb_pipeline.contracts.prices import Observations
from arb_pipeline.core.pricing.rollup import daily_rollup, is_doubted


def observation(**changes: Any) -> dict[str, Any]:
    """One near-mint English observation."""
    return {
        "category": "mtg",
        "source": "tcgplayer",
        "source_product_id": "1001",
        "printing": "normal",
        "condition": "near_mint",
        "language": "English",
        "day": DAY,
        "recorded_at": datetime(2025, 10, 10, 20, tzinfo=UTC),
        "market_cents": 525,
        "low_cents": 450,
        "mid_cents": 600,
    } | changes


def rolled(*rows: dict[str, Any]) -> pl.DataFrame:
    """The rollup of some observations."""
    return daily_rollup(frame(rows, Observations), asks_quality=0.6)


@pytest.mark.parametrize(
    ("market", "low", "mid", "reference", "quality"),
    [
        (525, 450, 600, 525, 1.0),
        (525, None, None, 525, 1.0),
        (525, 9999, 9999, 525, 1.0),
        (None, 450, 600, 450, 0.6),
        (None, 650, 600, 600, 0.6),
        (None, None, 600, 600, 0.6),
        (None, 450, None, 450, 0.6),
    ],
)
def test_the_market_price_counts_else_the_lower_ask(
    market: int | None, low: int | None, mid: int | None, reference: int, quality: float
) -> None:
    row = rolled(observation(market_cents=market, low_cents=low, mid_cents=mid)).row(0, named=True)
    assert (row["reference_cents"], row["quality"]) == (reference, quality)


@pytest.mark.parametrize(
    "change", [{"condition": "damaged"}, {"condition": "lightly_played"}, {"language": "Japanese"}]
)
def test_other_conditions_and_languages_do_not_count(change: dict[str, str]) -> None:
    assert rolled(observation(**change)).is_empty()


def test_the_latest_observation_of_a_day_counts() -> None:
    early = observation(recorded_at=datetime(2025, 10, 10, 8, tzinfo=UTC), market_cents=100)
    assert rolled(observation(), early)["reference_cents"].to_list() == [525]
    assert rolled(early, observation())["reference_cents"].to_list() == [525]


def test_each_printing_and_product_has_its_own_row() -> None:
    rows = rolled(
        observation(), observation(printing="foil", market_cents=900), observation(source_product_id="1002")
    )
    assert rows.select("source_product_id", "printing", "reference_cents").rows() == [
        ("1001", "foil", 900),
        ("1001", "normal", 525),
        ("1002", "normal", 525),
    ]


def test_a_day_without_observations_is_an_empty_rollup() -> None:
    assert rolled().is_empty()


@pytest.mark.parametrize(
    ("market", "low", "mid", "reference", "quality"),
    [
        (6000, 300, 350, 300, 0.3),  # sellers ask a twentieth of the market price
        (6000, 300, 1500, 6000, 1.0),  # the middle ask is a quarter of it: one cheap copy, not a market
        (6000, 1499, 1499, 1499, 0.3),
        (6000, None, None, 6000, 0.8),  # nobody asks
        (None, 50_000, 50_000, 50_000, 0.2),  # one ask, no sale
        (None, 50_000, None, 50_000, 0.2),
        (None, None, 50_000, 50_000, 0.2),
        (None, 500, 500, 500, 0.2),
        (None, 499, 499, 499, 0.6),  # a few dollars: the lower ask counts, as ever
        (None, 50_000, 60_000, 50_000, 0.6),  # several ask
    ],
)
def test_a_price_without_a_market_is_marked(
    market: int | None, low: int | None, mid: int | None, reference: int, quality: float
) -> None:
    row = observation(market_cents=market, low_cents=low, mid_cents=mid)
    rolled_up = daily_rollup(
        frame([row], Observations), asks_quality=0.6, contradicted_share=0.25, lone_ask=500
    ).row(0, named=True)
    assert (rolled_up["reference_cents"], rolled_up["quality"]) == (reference, quality)
    assert value(is_doubted(pl.col("quality")), quality=rolled_up["quality"]) is (quality not in {0.6, 1.0})
