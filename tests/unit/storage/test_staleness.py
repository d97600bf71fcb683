"""Staleness: when a day's valuation is older than its prices."""

import os
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.params import window_days as window_days_of
from arb_pipeline.storage.staleness import is_stale, newest_priced_day, stale_days

DAY = date(2025, 10, 10)
FRAME = pl.DataFrame({"a": [1]})
GAMES = ["mtg", "pokemon"]


def month(_day: date) -> int:
    """Reach of features: the shipped 30 days."""
    return 30


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def written(lake: Lake, table: str, day: date, at: int, category: str | None = None) -> None:
    path = lake.write(FRAME, table, category=category, day=day)
    os.utime(path, ns=(at * 10**9, at * 10**9))


def priced(lake: Lake, day: date, at: int, category: str = "mtg") -> None:
    written(lake, "prices/daily", day, at, category)


def valued(lake: Lake, day: date, at: int) -> None:
    written(lake, "valuation/sealed_valuations", day, at)


def test_the_newest_day_of_any_game(lake):
    assert newest_priced_day(lake, GAMES) is None
    priced(lake, DAY, 1)
    priced(lake, DAY + timedelta(days=2), 1, "pokemon")
    assert newest_priced_day(lake, GAMES) == DAY + timedelta(days=2)
    assert newest_priced_day(lake, ["mtg"]) == DAY


def test_a_day_that_was_never_valued_is_stale(lake):
    assert is_stale(lake, DAY, GAMES, month)


@pytest.mark.parametrize(
    ("age", "at", "expected"), [(0, 9, True), (0, 5, False), (30, 9, True), (31, 9, False)]
)
def test_prices_newer_than_the_valuation_within_its_window(lake, age, at, expected):
    valued(lake, DAY, 7)
    priced(lake, DAY - timedelta(days=age), at)
    assert is_stale(lake, DAY, GAMES, month) is expected


def test_prices_of_a_game_out_of_scope_change_nothing(lake):
    valued(lake, DAY, 7)
    priced(lake, DAY, 9, "yugioh")
    assert not is_stale(lake, DAY, GAMES, month)


@pytest.mark.parametrize(
    ("age", "at", "expected"), [(0, 9, True), (0, 5, False), (30, 9, True), (31, 9, False), (-1, 9, False)]
)
def test_quotes_newer_than_the_valuation_within_its_window(lake, age, at, expected):
    valued(lake, DAY, 7)
    written(lake, "prices/cardkingdom/quotes", DAY - timedelta(days=age), at)
    assert is_stale(lake, DAY, GAMES, month) is expected


def test_a_late_day_makes_itself_and_those_after_it_stale(lake):
    for age in (-1, 0, 1, 30, 31):
        valued(lake, DAY + timedelta(days=age), 7)
    priced(lake, DAY, 9)
    assert stale_days(lake, DAY, GAMES, month) == [DAY + timedelta(days=age) for age in (0, 1, 30)]


@pytest.mark.parametrize(("window_days", "expected"), [(34, False), (35, True)])
def test_a_longer_window_makes_older_prices_count(lake, tmp_path, window_days, expected):
    """35 days before, beyond the 30 that used to be written into the code."""
    own = tmp_path / "own.yaml"
    own.write_text(f"prices: {{window_days: {window_days}}}\n")
    reach = window_days_of(Settings(home=tmp_path, params=own))
    valued(lake, DAY, 7)
    priced(lake, DAY - timedelta(days=35), 9)

    assert is_stale(lake, DAY, GAMES, reach) is expected
    assert stale_days(lake, DAY - timedelta(days=35), GAMES, reach) == [DAY] * expected
