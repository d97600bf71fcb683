"""A law of movement that a home adopted: in force by default from its day on, and visible."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from arb_pipeline.core.outcome.movement_law import MovementLaw
from arb_pipeline.services import parameters as service
from arb_pipeline.services.calibration import (
    CALIBRATION,
    CoverageView,
    LawCalibrationView,
    adopt,
    held_share,
    save,
)
from arb_pipeline.services.health import State, _parameters
from arb_pipeline.settings import Settings
from arb_pipeline.storage.params import ParameterError, adopted_law, own_files, parameters

FIRST, LAST = date(2026, 10, 1), date(2026, 11, 20)
BEFORE, AFTER = LAST - timedelta(days=1), LAST + timedelta(days=30)
SAMPLE = pl.DataFrame({"product_id": ["a", "b", "b"]})


def home(folder: Path, params: str = "") -> Settings:
    own = folder / "own.yaml"
    if params:
        own.write_text(params, "utf-8")
    return Settings(home=folder, params=own if params else None, _env_file=None)


def law(slope: float) -> MovementLaw:
    """The shipped law, with another slope of trading."""
    shipped = parameters(LAST).movement
    fixed = shipped.fixed.model_copy(update={"slopes": {**shipped.fixed.slopes, "trading": slope}})
    return shipped.model_copy(update={"fixed": fixed})


def slope(settings: Settings, day: date) -> float:
    return parameters(day, own_files(settings)).movement.fixed.slopes["trading"]


def held(group: str, share: float) -> CoverageView:
    shares: dict[str, Any] = dict.fromkeys(
        ("below", "above", "width", "constant_held", "constant_width"), 0.1
    )
    return CoverageView(group=group, rows=10, products=10, held=share, bias=0.0, pit=(), **shares)


def calibration(**changes: Any) -> LawCalibrationView:
    given: dict[str, Any] = {"first": FIRST, "last": LAST, "products": 2, "rows": 3, "left_out": 0}
    given |= {"before": (held("fixed contents", 0.8),), "after": (held("fixed contents", 0.92),)}
    given |= {"walk_forward": (), "pit": (), "law": {}, "output": None}
    return LawCalibrationView(**given | changes)


def test_it_is_in_force_from_its_last_day_of_prices_on(tmp_path: Path) -> None:
    settings, shipped = home(tmp_path), parameters(LAST).movement.fixed.slopes["trading"]
    path, overridden_by = adopt(settings, law(0.5), SAMPLE, [FIRST, LAST])

    assert (path, overridden_by) == (adopted_law(settings), None)
    assert own_files(settings) == (path,)
    assert [slope(settings, day) for day in (BEFORE, LAST, AFTER)] == [shipped, 0.5, 0.5]


def test_a_later_one_leaves_the_days_of_the_earlier_one(tmp_path: Path) -> None:
    settings, shipped = home(tmp_path), parameters(LAST).movement.fixed.slopes["trading"]
    adopt(settings, law(0.5), SAMPLE, [FIRST, LAST])
    adopt(settings, law(0.7), SAMPLE, [FIRST, AFTER])

    assert [slope(settings, day) for day in (BEFORE, LAST, AFTER)] == [shipped, 0.5, 0.7]


def test_it_is_listed_as_an_own_parameter_with_its_sample(tmp_path: Path) -> None:
    settings = home(tmp_path)
    adopt(settings, law(0.5), SAMPLE, [FIRST, LAST])
    (fixed,) = [entry for entry in service.listed(settings, AFTER, group="movement") if entry.key == "fixed"]

    assert (fixed.is_own, fixed.checked_on) == (True, LAST)
    assert fixed.source == "arb calibrate: 2 products, 2026-10-01 to 2026-11-20"
    assert service.check(settings, AFTER).faults == ()


def test_other_own_parameters_stay_and_a_law_of_their_own_wins(tmp_path: Path) -> None:
    settings = home(tmp_path, "selling: {cards_per_order: 5}")
    assert adopt(settings, law(0.5), SAMPLE, [FIRST, LAST])[1] is None
    assert parameters(AFTER, own_files(settings)).selling.cards_per_order == 5
    assert slope(settings, AFTER) == 0.5

    own = home(tmp_path, "movement: {games: {mtg: 2}}")
    assert adopt(own, law(0.6), SAMPLE, [FIRST, LAST])[1] == own.params
    assert parameters(AFTER, own_files(own)).movement.games == {"mtg": 2}


def test_one_that_does_not_read_says_how_to_be_rid_of_it(tmp_path: Path) -> None:
    settings = home(tmp_path)
    adopted_law(settings).parent.mkdir()
    adopted_law(settings).write_text("movement: [", "utf-8")

    with pytest.raises(ParameterError, match="arb calibrate --adopt"):
        parameters(LAST, own_files(settings))


class TestHealth:
    """Line of `arb doctor` about the law in force."""

    def check(self, settings: Settings) -> tuple[State, str]:
        (state, note), *rest = [(s, n) for name, s, n in _parameters(settings, AFTER) if name == "movement"]
        assert rest == []
        return state, note

    def test_the_shipped_one_is_not_calibrated_here(self, tmp_path: Path) -> None:
        state, note = self.check(home(tmp_path))
        assert state == State.OK
        assert "law of 2025-10-17, shipped" in note
        assert "not calibrated on this home's prices" in note

    def test_bands_that_do_not_hold_are_a_warning(self, tmp_path: Path) -> None:
        settings = home(tmp_path)
        save(calibration(), tmp_path / CALIBRATION)
        state, note = self.check(settings)
        assert state == State.WARN
        assert "held 80% of fixed contents up to 2026-11-20" in note

    def test_an_adopted_one_is_measured_by_itself(self, tmp_path: Path) -> None:
        settings = home(tmp_path)
        path, _ = adopt(settings, law(0.5), SAMPLE, [FIRST, LAST])
        save(calibration(adopted=path), tmp_path / CALIBRATION)
        state, note = self.check(settings)
        assert state == State.OK
        assert "law of 2026-11-20, adopted (arb calibrate: 2 products" in note
        assert "held 92%" in note

    def test_on_days_it_had_not_seen_where_there_are_any(self) -> None:
        unseen = (held("random contents", 0.5), held("fixed contents", 0.88))
        assert held_share(calibration(adopted=Path("x"), walk_forward=unseen)) == 0.88
        assert held_share(calibration(walk_forward=unseen)) == 0.8
