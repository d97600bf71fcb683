"""The last day of the simulated market: yesterday, a given one, or that of the market the home has."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import typer

from arb_pipeline.cli.demo import _last_day
from arb_pipeline.simulator.ground_truth import Planted


def test_a_new_market_ends_yesterday_so_that_its_opportunities_are_alive(tmp_path: Path) -> None:
    before = datetime.now(UTC).date()
    result = _last_day(tmp_path, None)
    after = datetime.now(UTC).date()
    assert result in {before - timedelta(days=1), after - timedelta(days=1)}


def test_a_new_market_ends_on_the_given_day(tmp_path: Path) -> None:
    assert _last_day(tmp_path, "2026-01-31") == date(2026, 1, 31)


def test_a_home_keeps_the_day_of_its_market(tmp_path: Path) -> None:
    Planted(date(2026, 1, 31), (), ()).write(tmp_path)
    assert _last_day(tmp_path, None) == date(2026, 1, 31)
    assert _last_day(tmp_path, "2026-01-31") == date(2026, 1, 31)


def test_another_day_than_that_of_the_homes_market_is_refused(tmp_path: Path) -> None:
    Planted(date(2026, 1, 31), (), ()).write(tmp_path)
    with pytest.raises(typer.BadParameter, match="ends on 2026-01-31"):
        _last_day(tmp_path, "2026-02-01")


def test_a_day_to_come_is_refused(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="2999-01-01"):
        _last_day(tmp_path, "2999-01-01")
