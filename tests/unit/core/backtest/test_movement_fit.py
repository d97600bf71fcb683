"""Estimation of the law of movement from samples whose law is known."""

from datetime import date, timedelta
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
import polars as pl
import pytest

from arb_pipeline.core.backtest.movement_fit import (
    CONTRAST,
    _games,
    fitted,
    known_on,
    later_days,
    mirrored,
    near_reference,
    pinball,
    scaled,
)
from arb_pipeline.core.outcome.movement_law import MovementLaw, Traits

START = date(2026, 1, 1)
NOTHING: dict[str, Any] = {
    "logs": {0.25: -0.5, 0.75: 0.5},
    "typical": {"level": 0.0, "concentration": 0.0, "trading": 0.0},
    "slopes": {},
    "products": 0,
}
BEFORE = MovementLaw.model_validate(
    {"horizon_days": 14, "reference_days": 14, "exponent": 0.86, "least_scale": 0.01, "most_scale": 100}
    | {"fixed": NOTHING, "random": NOTHING, "games": {}}
)


def row(product: int, day: int, moved: float, **changes: Any) -> dict[str, Any]:
    named = {"product_id": f"p{product}", "category": "mtg", "is_random": False, "horizon_days": 14}
    traits = {"level": 1000.0, "concentration": 0.25, "trading": 0.5}
    return named | traits | {"day": START + timedelta(days=day), "moved": moved} | changes


def test_a_product_of_one_card_that_moves_twice_as_far_gives_the_slope() -> None:
    # Concentration of 1 against 1/4 doubles the move: ln 2 / ln 4 = 0.5, times the contrast, shrunk by 100 / 150.
    moves = np.tile([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 1.5, -1.5, 2.5, -2.5], 10)
    rows = [
        row(
            n, day, (2.0 if n % 2 else 1.0) * moves[(n // 2 + day) % 10], concentration=1.0 if n % 2 else 0.25
        )
        for n in range(100)
        for day in range(0, 40, 2)
    ]
    law = fitted(pl.DataFrame(rows), BEFORE)

    assert law.fixed.slopes["concentration"] == pytest.approx(0.5 * CONTRAST * 100 / 150, rel=0.02)
    assert law.fixed.slopes["level"] == pytest.approx(0, abs=1e-6)
    assert law.fixed.products == 100
    assert law.random == BEFORE.random  # none was seen


def test_bands_that_grow_with_the_root_of_time_give_the_exponent() -> None:
    # Moves of 0.1 x (days / 7)^0.5 from each of ten days, over 7, 14 and 28 days: two pairs a day, 20 in all.
    # 0.5 has a weight of 20 / (20 + 10), the law's own 0.86 the rest: 0.86 - 2 / 3 x 0.36 = 0.62. Days differ
    # in level, which is left out.
    rows = [
        row(n, day, (1 + day) * 0.1 * (horizon / 7) ** 0.5 * (-1) ** n, horizon_days=horizon)
        for n in range(60)
        for day in range(10)
        for horizon in (7, 14, 28)
    ]
    law = fitted(pl.DataFrame(rows), BEFORE)

    assert law.fixed.exponent == pytest.approx(0.62)
    assert law.random.exponent is None  # none was seen
    # Over 56 days a band is 4^0.62 times that over 14, and not 4^0.86 times.
    traits = Traits(False, "mtg", 1000.0, 0.25, 0.5)
    wide, usual = (law.movement(traits, days) for days in (56, 14))
    spread = [float(movement.logs[-1] - movement.logs[0]) for movement in (wide, usual)]
    assert spread[0] / spread[1] == pytest.approx(4**0.62)


def test_one_horizon_tells_no_exponent() -> None:
    rows = [row(n, day, 0.1 * (-1) ** day) for n in range(60) for day in range(5)]

    assert fitted(pl.DataFrame(rows), BEFORE).fixed.exponent is None


def test_a_game_is_measured_against_its_own_kind_of_contents() -> None:
    # Fixed contents move ten times as far as Magic's random ones, and five times as far as Pokemon's. Beside
    # its own kind Pokemon moves further than most; beside fixed contents it would look still: 1 / 5.
    moves = [0.7, -0.8, 0.9, -1.0, 1.1, -1.2, 1.3, -0.6]
    rows = [
        row(100 * kind + n, day, size * moves[(n + day) % 8], category=game, is_random=bool(kind))
        for kind, game, size in ((0, "mtg", 0.1), (1, "mtg", 0.01), (2, "pokemon", 0.02))
        for n in range(60)
        for day in range(0, 40, 2)
    ]
    sample = pl.DataFrame(rows)
    result = _games(sample, fitted(sample, BEFORE))

    assert 1 < result["pokemon"] < 1.2


def test_under_fifty_products_the_law_stays_as_it_was() -> None:
    rows = [row(n, day, 0.1 * (-1) ** day) for n in range(49) for day in range(30)]

    assert fitted(pl.DataFrame(rows), BEFORE).fixed == BEFORE.fixed


def test_a_rise_of_everything_is_no_forecast() -> None:
    # All rose by 0.1: as far as a fall by 0.1 is known to be from here.
    table = mirrored(np.full(1000, 0.1))

    assert table[0.05] == pytest.approx(-0.1, abs=1e-4)
    assert table[0.95] == pytest.approx(0.1, abs=1e-4)
    assert table[0.5] == pytest.approx(0, abs=0.11)
    values = [table[p] for p in sorted(table)]
    assert all(a < b for a, b in pairwise(values))


def test_a_forecast_rests_on_nothing_that_came_after_it() -> None:
    rows = [row(0, 0, 0.0), row(1, 1, 0.0), row(2, 0, 0.0, horizon_days=15)]
    known = known_on(pl.DataFrame(rows), START + timedelta(days=14))

    assert known["product_id"].to_list() == ["p0"]


def test_horizons_far_from_the_reference_are_left_out_while_there_are_near_ones() -> None:
    sample = pl.DataFrame([row(0, 0, 0.0, horizon_days=days) for days in (1, 5, 10, 14, 18, 21)])

    assert near_reference(sample, BEFORE)["horizon_days"].to_list() == [10, 14, 18]
    short = sample.filter(pl.col("horizon_days") < 7)
    assert near_reference(short, BEFORE)["horizon_days"].to_list() == [5]


def test_a_move_of_a_week_is_scaled_to_a_fortnight() -> None:
    sample = pl.DataFrame([row(0, 0, 0.1, horizon_days=7)])

    assert scaled(sample, BEFORE).tolist() == pytest.approx([0.1815], rel=1e-3)  # 0.1 x 2 ** 0.86


def test_the_pinball_loss_weighs_a_miss_by_its_side() -> None:
    # Of the 95 % quantile: 0.95 x 2 for one above by 2, 0.05 x 2 for one below by 2.
    assert pinball(np.array([3.0, -1.0]), np.array([1.0, 1.0]), 0.95) == pytest.approx((1.9 + 0.1) / 2)


def test_pairs_of_days_are_those_a_horizon_apart() -> None:
    days = [START + timedelta(days=n) for n in (0, 1, 7, 14)]

    assert later_days(days, [7, 14]) == [(days[0], days[2]), (days[0], days[3]), (days[2], days[3])]


def test_a_game_that_moves_further_is_named_where_that_helps() -> None:
    rng = np.random.default_rng(1)
    rows = [
        row(n, day, float(rng.normal(0, 0.3 if n < 100 else 0.1)), category="pokemon" if n < 100 else "mtg")
        for n in range(300)
        for day in range(0, 40, 2)
    ]
    games = fitted(pl.DataFrame(rows), BEFORE).games

    # Three times as far; each is shrunk towards what both show together.
    assert games["pokemon"] / games["mtg"] == pytest.approx(3, rel=0.3)
    assert games["pokemon"] < 3
    assert log(games["mtg"]) < 0
