"""Outcome distributions of the whole real catalogue of 2025-10-10, and of twelve products against simulation."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from arb_pipeline.core.outcome.bundle import Bundle
from arb_pipeline.core.outcome.frames import Drawn, bundles
from arb_pipeline.core.outcome.product import Transforms, outcome

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.simulation import simulate

RUNS = 1_000_000
TWELVE = [
    ("eld", "Throne of Eldraine Draft Booster Box"),
    ("eld", "Throne of Eldraine Collector Booster Box"),
    ("znr", "Zendikar Rising Draft Booster Box"),
    ("blb", "Bloomburrow Bundle"),
    ("blb", "Bloomburrow Play Booster Pack"),
    ("mh2", "Modern Horizons 2 Collector Booster Box"),
    ("mid", "Innistrad Midnight Hunt Draft Booster Box"),
    ("gtc", "Gatecrash Prerelease Kit Boros"),
    ("gtc", "Gatecrash Booster Battle Pack"),
    ("ss3", "Signature Spellbook Chandra"),
    ("gtc", "Gatecrash Booster Battle Pack Display"),
    ("c20", "Commander 2020 Commander Deck Timeless Wisdom"),
]


@pytest.fixture(scope="module")
def drawn(ours: Any) -> dict[str, Bundle]:
    """Every product of the day's market with what it is drawn from."""
    return dict(bundles(ours.lines, Drawn(ours.sheets, ours.draws)))


def test_every_mean_is_the_sum_to_the_cent(ours: Any) -> None:
    valued = ours.valuations.filter(pl.col("singles_value_cents").is_not_null())
    assert valued.height > 1_900
    assert valued["outcome_mean_cents"].null_count() == 0
    apart = valued.filter((pl.col("outcome_mean_cents") - pl.col("singles_value_cents")).abs() > 1)
    assert apart.select("name", "outcome_mean_cents", "singles_value_cents").to_dicts() == []
    assert ours.valuations.filter(pl.col("singles_value_cents").is_null())["p50_cents"].count() == 0


def test_every_figure_is_in_order(ours: Any) -> None:
    valued = ours.valuations.filter(pl.col("singles_value_cents").is_not_null())
    wrong = valued.filter(
        (pl.col("p5_cents") > pl.col("p50_cents"))
        | (pl.col("p50_cents") > pl.col("p95_cents"))
        | pl.col("p_profit").is_null() & pl.col("sealed_price_cents").is_not_null()
    )
    assert wrong.is_empty()


def test_guaranteed_contents_leave_the_movement_of_prices_alone(ours: Any) -> None:
    valued = ours.valuations.filter(pl.col("singles_value_cents").is_not_null())
    fixed = valued.filter(pl.col("contents_sd_cents") == 0)
    assert fixed.height > 300  # decks
    # Net value = v x movement with v known: its spread is v x sd(movement), which is that of the prices.
    assert fixed.filter(pl.col("outcome_sd_cents") != pl.col("price_sd_cents")).is_empty()
    # Prices move by at least 2 % over two weeks: from a net value of $1.00 on, more than a cent.
    assert fixed.filter((pl.col("singles_value_cents") >= 100) & (pl.col("outcome_sd_cents") < 2)).is_empty()


def test_no_chance_of_profit_is_0_or_1(ours: Any) -> None:
    chances = ours.valuations["p_profit"].drop_nulls()
    assert len(chances) > 1_000
    assert 0 < chances.min() < chances.max() < 1


@pytest.mark.slow
@pytest.mark.parametrize(("set_code", "name"), TWELVE, ids=[name for _, name in TWELVE])
def test_p_profit_is_that_of_a_million_openings(
    ours: Any, drawn: dict[str, Bundle], set_code: str, name: str
) -> None:
    bundle = drawn[ours.of(set_code, name)["product_id"]]
    result = outcome(bundle, Transforms())
    opened = simulate(bundle, RUNS, np.random.default_rng(20251010))
    for price in (0.8 * result.mean, result.mean, 1.2 * result.mean):
        assert result.p_above(price) == pytest.approx((opened > price).mean(), abs=0.005)
    assert opened.mean() == pytest.approx(result.mean, abs=5 * opened.std() / RUNS**0.5 + 0.01)
    assert result.sd == pytest.approx(opened.std(), rel=0.05, abs=1e-3)
