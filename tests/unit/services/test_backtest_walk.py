"""A day of a backtest uses only earlier data: laws of movement rest on earlier days."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from arb_pipeline.core.outcome.movement_law import MovementLaw
from arb_pipeline.services import backtest as service
from arb_pipeline.services.backtest import BacktestRequest, KnownDay, Plan, Walk
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.params import parameters

START = date(2025, 10, 1)
PRODUCTS = [f"p{n:02}" for n in range(60)]


class Game:
    """Sixty products, each worth $10.00 and a cent more every day; nothing else happens."""

    used: list[tuple[date, MovementLaw]]

    def __init__(self, _settings: Settings, _lake: Lake, _category: str) -> None:
        self.used = []

    def known(self, day: date) -> KnownDay:
        prices = pl.DataFrame(
            schema=["category", "source_product_id", "printing", "reference_cents", "market_cents", "quality"]
        )
        return KnownDay(parameters(day), prices, pl.DataFrame({"net_cents": [1.0]}))

    def movement_day(self, day: date, _before: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
        traits = {"is_random": False, "carried": 0.0, "level": 1.0, "concentration": 1.0, "trading": 0.5}
        value = 1000.0 + (day - START).days
        rows = [{"product_id": product, "value": value, **traits} for product in PRODUCTS]
        return pl.DataFrame(rows), pl.DataFrame({"net_cents": [1.0]})

    def valued(self, day: date, law: MovementLaw) -> pl.DataFrame:
        self.used.append((day, law))
        return pl.DataFrame({"day": [day]})

    def compared(self, valued: pl.DataFrame, _nets: pl.DataFrame, later: date, **_more: Any) -> pl.DataFrame:
        return valued.select(product_id=pl.lit("p00"), day="day", later=pl.lit(later))

    def moved(self, _then: pl.DataFrame, _later: date, *, day: date) -> pl.DataFrame:
        return pl.DataFrame({"day": [day]})

    def forget(self) -> None:
        pass


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[pl.DataFrame]:
    """The samples that laws were estimated on, in order; each law scales a day's by its number."""
    samples: list[pl.DataFrame] = []

    def fitted(sample: pl.DataFrame, before: MovementLaw) -> MovementLaw:
        samples.append(sample)
        return before.model_copy(update={"most_scale": 100.0 + len(samples)})

    monkeypatch.setattr(service, "Game", Game)
    monkeypatch.setattr(service, "fitted", fitted)
    return samples


def walk(tmp_path: Path, *, is_walk_forward: bool = True) -> Walk:
    """Prices of the 1st to the 9th; forecasts of the 3rd, 4th and 7th, two days ahead."""
    lake = Lake(tmp_path)
    for n in range(9):
        lake.write(pl.DataFrame({"x": [1]}), "prices/daily", category="mtg", day=START + timedelta(days=n))
    forecasts = [START + timedelta(days=n) for n in (2, 3, 6)]
    plan = Plan({"mtg": forecasts}, {})
    requested = BacktestRequest(["mtg"], horizon=2, is_walk_forward=is_walk_forward)
    made = Walk(Settings(home=tmp_path, _env_file=None), lake, plan, requested)
    made.through(lambda *_: None)
    return made


def test_a_law_rests_on_pairs_of_days_that_were_over(tmp_path: Path, seen: list[pl.DataFrame]) -> None:
    made = walk(tmp_path)

    # Pairs are 3, 5 and 7 days apart: the 1st to the 4th is the first, so that the 3rd knows none.
    assert {day.day: law.is_estimated for day, law in made.laws.items()} == {3: False, 4: True, 7: True}
    ends = [sample.select(pl.col("day") + pl.duration(days="horizon_days")).to_series() for sample in seen]
    assert [result.max() for result in ends] == [START + timedelta(days=3), START + timedelta(days=6)]
    # 1 to 4; then 1, 2, 3, 4 with the day three later and 1, 2 with that five later: sixty products each.
    assert [sample.height for sample in seen] == [60, 360]


def test_forecasts_use_the_law_of_their_day_over_the_requested_horizon(
    tmp_path: Path, seen: list[pl.DataFrame]
) -> None:
    made = walk(tmp_path)
    (game,) = made._games.values()

    in_force = parameters(START).movement.most_scale
    assert [(day.day, law.most_scale, law.horizon_days) for day, law in game.used] == [
        (3, in_force, 2),
        (4, 101.0, 2),
        (7, 102.0, 2),
    ]
    assert len(seen) == 2


def test_a_forecast_is_held_against_the_day_of_its_horizon(tmp_path: Path, seen: list[pl.DataFrame]) -> None:
    made = walk(tmp_path)
    result = pl.concat(made.rows)

    assert result.select((pl.col("later") - pl.col("day")).dt.total_days()).to_series().to_list() == [2, 2, 2]
    # The value of the 3rd is 1002, of the 5th 1004.
    first = pl.concat(made.bands).sort("day").row(0, named=True)
    assert first["moved"] == pytest.approx(0.0019940, abs=1e-6)
    assert first["low"] < first["middle"] < first["high"]
    assert len(seen) == 2


def test_the_law_in_force_needs_no_days_before(tmp_path: Path, seen: list[pl.DataFrame]) -> None:
    made = walk(tmp_path, is_walk_forward=False)

    assert seen == []
    assert not any(law.is_estimated for law in made.laws.values())
