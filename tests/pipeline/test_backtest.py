"""`arb backtest` on the market of `conftest.market`: a week of history, in which two sealed prices move."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from folder import DAY, DECK, before, name_of
from polars.testing import assert_frame_equal

from arb_pipeline.services.backtest import Game
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake

if TYPE_CHECKING:
    from conftest import Market

pytestmark = pytest.mark.slow


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its size and time."""
    result = (Path(root) / name for root, _, names in os.walk(folder) for name in names)
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in result}


@pytest.fixture(scope="module")
def tested(market: "Market") -> dict[str, Any]:
    """Forecasts of all days that have prices two days later."""
    return json.loads(market.arb("backtest", "--horizon", 2, "--json").stdout)


# First: other tests of this file run backtests too, and the newest counts.
def test_the_newest_backtest_is_what_the_api_answers_with(tested: dict[str, Any], market: "Market") -> None:
    from arb_pipeline.services.backtest import newest
    from arb_pipeline.services.calibration_view import of_backtest

    result = newest(Settings(home=market.arb.home, _env_file=None))
    assert result is not None
    assert (str(result.scope.first), result.scope.horizon) == (tested["scope"]["first"], 2)
    calibration = of_backtest(result, None)
    whole = [c for c in tested["coverage"] if c["group"] in ("fixed contents", "random contents")]
    assert calibration.coverage_forecasts == sum(c["rows"] for c in whole) > 0
    assert calibration.coverage == 1.0  # no card's price moves
    assert calibration.by_category == {"mtg": 1.0}


def test_a_day_is_valued_as_its_analysis_valued_it(market: "Market") -> None:
    settings = Settings(home=market.arb.home, params=market.arb.params, _env_file=None)
    lake = Lake(settings.lake)
    again = Game(settings, lake, "mtg").valued(DAY)
    stored = lake.read("valuation/sealed_valuations", day=DAY)
    assert stored["margin_bps"].count() >= 5
    assert_frame_equal(again, stored, check_row_order=False)


def test_all_days_that_have_the_horizon_after_them_are_taken(tested: dict[str, Any]) -> None:
    assert (tested["scope"]["first"], tested["scope"]["last"]) == (str(before(7)), str(before(2)))
    assert len(tested["scope"]["days"]["mtg"]) == 6
    assert tested["scope"]["skipped"]["mtg"] == [str(before(1)), str(DAY)]
    assert tested["scope"]["history"] == [1, 6]


def test_cards_that_do_not_move_net_what_was_forecast(tested: dict[str, Any]) -> None:
    (everything,) = [g for g in tested["groups"] if g["name"] == "all"]
    assert everything["rows"] >= 6 * 5
    assert everything["change"]["value"] == 0
    assert everything["held"] == 1.0
    # Certain contents come to what was said. No chance is 0 or 1, as prices may move: a call of 0 or 1 is right.
    certain = tested["brier"]["certain contents"]
    assert certain["zero_or_one"] == certain["luck"] == 0
    assert 0 < certain["score"]["value"] < 0.25
    # Random ones come to their own chance, with luck alone lost, and what the law's movement adds to it.
    drawn = tested["brier"]["random contents"]
    assert drawn["score"]["value"] == pytest.approx(drawn["luck"], abs=0.01)


def test_drift_is_that_of_the_market(tested: dict[str, Any]) -> None:
    drift = {(d["kind"], d["over"], d["up_to"]): d for d in tested["drift"]}
    singles = drift["singles", 200, None]
    # No card's price moves.
    assert singles["unmoved"] == 1.0
    assert singles["sd"]["value"] == 0.0
    assert singles["gone"] == 0.0
    # The deck's and the collection's price goes 24 24 28 28 24 24 28 28: two days later always the other.
    sealed = drift["sealed", 200, None]
    assert sealed["unmoved"] == pytest.approx(1 - 2 / (sealed["rows"] / 6))


def test_nothing_is_written_but_the_report(market: "Market", tmp_path: Path) -> None:
    before_it, tables = files(market.arb.home / "lake"), market.arb.hashes()
    page = tmp_path / "b.html"
    done = market.arb.quick("backtest", "--horizon", 3, "--from", before(4), "--to", before(3), "-o", page)
    assert done.stdout.strip().endswith(str(page))
    assert files(market.arb.home / "lake") == before_it
    assert market.arb.hashes() == tables
    text = page.read_text("utf-8")
    assert f"Backtest of {before(4)} to {before(3)}, 3 days ahead" in text
    assert "left" in done.stderr


def test_the_report_has_a_place_of_its_own(tested: dict[str, Any], market: "Market") -> None:
    expected = market.arb.home / f"reports/backtest-{before(7)}-{before(2)}-h2.html"
    assert Path(tested["report"]) == expected.resolve()
    assert name_of(DECK) in expected.read_text("utf-8")


def test_too_little_history_is_an_error_that_says_so(market: "Market") -> None:
    done = market.arb.quick("backtest", "--horizon", 14, code=1)
    assert "Not enough history" in done.stderr
    assert "--horizon" in done.stderr


def test_a_range_the_wrong_way_round_is_wrong_usage(market: "Market") -> None:
    done = market.arb.quick("backtest", "--from", DAY, "--to", before(3), code=2)
    assert "is after" in done.stderr


def test_later_prices_do_not_reach_a_forecast(market: "Market", tmp_path: Path) -> None:
    """A lake without the days after a forecast gives the same forecast."""
    settings = Settings(home=market.arb.home, params=market.arb.params, _env_file=None)
    whole, cut = Lake(settings.lake), tmp_path / "lake"
    for table in ("catalog/sealed_products", "contents/completeness", "contents/lines"):
        Lake(cut).write(whole.read(table), table)
    for table in ("contents/singles", "contents/pack_sheets", "contents/draws"):
        Lake(cut).write(whole.read(table), table)
    for n in range(3, 8):
        frame = whole.read("prices/daily", category="mtg", day=before(n))
        Lake(cut).write(frame, "prices/daily", category="mtg", day=before(n))
    alone = Game(settings, Lake(cut), "mtg").valued(before(3))
    among = Game(settings, whole, "mtg").valued(before(3))
    assert alone["margin_bps"].count() >= 5
    assert_frame_equal(alone, among)


def test_a_week_is_too_short_for_a_law_of_its_own(tested: dict[str, Any]) -> None:
    assert tested["scope"]["walk_forward"] == []
    assert len(tested["scope"]["in_force"]) == 6
