"""Days that a backtest takes."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from arb_pipeline.services.backtest import BacktestError, BacktestRequest, planned
from arb_pipeline.storage.lake import Lake


def day(n: int) -> date:
    return date(2025, 10, n)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Magic has prices of the 1st to the 6th without the 5th, Pokemon of the 1st."""
    made = Lake(tmp_path)
    for category, days in {"mtg": (1, 2, 3, 4, 6), "pokemon": (1,)}.items():
        for n in days:
            made.write(pl.DataFrame({"x": [1]}), "prices/daily", category=category, day=day(n))
    return made


def test_days_that_have_prices_a_horizon_later(lake: Lake) -> None:
    plan = planned(lake, BacktestRequest(["mtg", "pokemon"], horizon=2))
    assert plan.days == {"mtg": [day(1), day(2), day(4)]}
    assert plan.skipped == {"mtg": [day(3), day(6)], "pokemon": [day(1)]}


def test_a_range_and_a_step(lake: Lake) -> None:
    assert planned(lake, BacktestRequest(["mtg"], first=day(2), last=day(3), horizon=2)).days == {
        "mtg": [day(2)]
    }
    # Every second day from the first; the 3rd has none two days later.
    assert planned(lake, BacktestRequest(["mtg"], horizon=1, step=2)).days == {"mtg": [day(1), day(3)]}


@pytest.mark.parametrize(
    ("backtest", "message"),
    [
        (BacktestRequest(["mtg"], horizon=14), "no day has prices of its own and 14 days later"),
        (
            BacktestRequest(["mtg"], first=day(3), last=day(3), horizon=2),
            "no day from 2025-10-03 to 2025-10-03",
        ),
        (BacktestRequest(["mtg"], horizon=14), "prices of 5 days, 2025-10-01 to 2025-10-06"),
        (BacktestRequest(["yugioh"]), "the lake has no prices"),
    ],
)
def test_too_little_history_says_what_there_is(lake: Lake, backtest: BacktestRequest, message: str) -> None:
    with pytest.raises(BacktestError, match="Not enough history") as error:
        planned(lake, backtest)
    assert message in str(error.value)
