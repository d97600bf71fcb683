"""The asset `features` in Dagster: its engine is the setting's, its price window is kept in the lake."""

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from builders import DAY, days_before, rollup_row

from arb_pipeline.defs.shared.lake_io import LakeIO
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.defs.valuation.assets import FEATURES, features
from arb_pipeline.features import engines
from arb_pipeline.features.engines import EngineMissingError
from arb_pipeline.settings import settings
from arb_pipeline.storage.lake import Lake, fingerprint

INTS = {"market_cents": pl.Int64, "low_cents": pl.Int64, "seller_count": pl.Int32}
SCOPE = ["mtg", "pokemon"]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """Eleven days of two games in the lake of the settings, a URL."""
    root = f"memory://{tmp_path.name}/lake"
    monkeypatch.setenv("ARB_HOME", str(tmp_path))
    monkeypatch.setenv("ARB_LAKE", root)
    monkeypatch.delenv("ARB_ENGINE", raising=False)
    settings.cache_clear()
    filled = Lake(root)
    for age in range(11):
        for number, category in enumerate(SCOPE):
            day = days_before(age)
            filled.write(rollup(day, number), "prices/daily", category=category, day=day)
    yield filled
    settings.cache_clear()


def rollup(day: date, number: int) -> pl.DataFrame:
    """A day's prices; on the last one two products stand at three times their level."""
    seeded = random.Random(1000 * number + day.toordinal())
    rows = []
    for key in range(30):
        cents = (100 + 50 * key) * (3 if day == DAY and key in {5, 10} else seeded.choice([1, 1, 1.02, 0.98]))
        message = {"reference_cents": round(cents), "market_cents": round(cents), "low_cents": round(cents)}
        rows.append(rollup_row(category=SCOPE[number], source_product_id=str(key), day=day, **message))
    return pl.DataFrame(rows, schema_overrides=INTS)


def analysed(lake: Lake, day: date = DAY) -> pl.DataFrame:
    """The features that a run of a day leaves in the lake."""
    resources = {"workspace": Workspace(categories=SCOPE), "io_manager": LakeIO(categories=SCOPE)}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [features], partition_key=day.isoformat(), resources=resources, instance=instance
        )
    assert result.success
    table = "/".join(FEATURES.path)
    return pl.concat(lake.read(table, category=category, day=day) for category in SCOPE)


def without_windows(lake: Lake, day: date) -> pl.DataFrame:
    """The features of a day where none was analysed before."""
    for category in SCOPE:
        window = lake.path("prices/window", category=category)
        if window.exists():
            window.unlink()
    return analysed(lake, day)


def test_a_day_run_again_gives_the_same_and_leaves_the_windows_of_both_games(lake: Lake) -> None:
    first = analysed(lake)
    assert first.height == 60
    assert first["refused_cents"].count() == 4
    windows = [lake.path("prices/window", category=category) for category in SCOPE]
    before = [fingerprint(window) for window in windows]
    assert analysed(lake).equals(first)
    assert [fingerprint(window) for window in windows] == before


def test_an_earlier_day_in_between_is_right_and_so_is_the_day_after_it(lake: Lake) -> None:
    days = [days_before(1), days_before(4), DAY]
    wanted = [without_windows(lake, day) for day in days]
    assert not wanted[0].equals(wanted[1])
    without_windows(lake, days_before(2))
    for day, other in zip(days, wanted, strict=True):
        assert analysed(lake, day).equals(other), day


def test_the_setting_names_the_engine(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARB_ENGINE", "spark")
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    settings.cache_clear()
    with pytest.raises(
        EngineMissingError, match=r"ARB_ENGINE=spark needs pyspark: .*pip install '\.\[spark\]'"
    ):
        analysed(lake)
