"""Choice of the engine of the features, and the price window that DuckDB keeps from run to run."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from builders import DAY, days_before, parameters, rollup_row
from pydantic import ValidationError

from arb_pipeline.features import engines
from arb_pipeline.features.engines import EngineMissingError, connected
from arb_pipeline.features.history import history_features
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake, Where, fingerprint

INTS = {"market_cents": pl.Int64, "low_cents": pl.Int64, "seller_count": pl.Int32}


def rollup(day: date, *, factor: float = 1.0, keys: range = range(40)) -> pl.DataFrame:
    """A day's prices of some products; seeded, so that a day is the same each time."""
    seeded = random.Random(day.toordinal())
    rows = []
    for key in keys:
        cents = round(
            factor * (100 + 50 * key) * seeded.choice([1, 1, 1.01, 1.02, 0.99, 3 if key % 7 == 0 else 1])
        )
        market = cents if seeded.random() > 0.1 else None
        rows.append(
            rollup_row(
                source_product_id=str(key),
                day=day,
                reference_cents=cents,
                market_cents=market,
                quality=1.0 if market else 0.6,
                low_cents=cents if key % 3 else None,
            )
        )
    return pl.DataFrame(rows, schema_overrides=INTS)


def filled(root: Path | str, days: int = 12) -> Lake:
    """A lake with the days up to the day of analysis."""
    lake = Lake(root)
    for age in range(days):
        lake.write(rollup(days_before(age)), "prices/daily", category="mtg", day=days_before(age))
    return lake


def features_of(lake: Lake, *, as_of: date = DAY, window: Where | None = None) -> pl.DataFrame:
    """Features on a day, from the files of its window."""
    params = parameters()
    files = lake.paths("prices/daily", "mtg", [as_of - timedelta(days=n) for n in range(31)])
    return history_features(
        files, category="mtg", as_of=as_of, prices=params.prices, outliers=params.outliers, window=window
    )


@pytest.fixture(params=["folder", "store"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """A lake with twelve days, in a folder or in an object store."""
    return filled(tmp_path / "lake" if request.param == "folder" else f"memory://{tmp_path.name}/lake")


@pytest.fixture
def window(lake: Lake) -> Where:
    return lake.path("prices/window", category="mtg")


def test_a_kept_window_changes_no_feature(lake: Lake, window: Where) -> None:
    plain = features_of(lake)
    assert plain.height == 40
    assert plain["refused_cents"].count() > 0
    assert features_of(lake, window=window).equals(plain)
    assert features_of(lake, window=window).equals(plain)


def test_a_window_that_is_up_to_date_is_not_written_again(lake: Lake, window: Where) -> None:
    features_of(lake, window=window)
    before = fingerprint(window)
    features_of(lake, window=window)
    assert fingerprint(window) == before


def test_the_next_day_is_added_to_the_window(lake: Lake, window: Where) -> None:
    features_of(lake, as_of=days_before(1), window=window)
    assert features_of(lake, window=window).equals(features_of(lake))


def test_a_day_further_back_is_right_too(lake: Lake, window: Where) -> None:
    features_of(lake, window=window)
    earlier = features_of(lake, as_of=days_before(5), window=window)
    assert earlier.equals(features_of(lake, as_of=days_before(5)))


def test_late_and_changed_days_are_taken_up(lake: Lake, window: Where) -> None:
    first = features_of(lake, window=window)
    changed = rollup(days_before(4), factor=1.2, keys=range(50))
    lake.write(changed, "prices/daily", category="mtg", day=days_before(4))
    lake.write(rollup(days_before(20)), "prices/daily", category="mtg", day=days_before(20))
    second = features_of(lake, window=window)
    assert second.equals(features_of(lake))
    assert not second.equals(first)


def test_a_day_that_is_gone_is_left_out(lake: Lake, window: Where) -> None:
    features_of(lake, window=window)
    lake.path("prices/daily", category="mtg", day=DAY).unlink()
    assert features_of(lake, window=window).equals(features_of(lake))


def test_products_without_a_price_in_the_window_leave_it(lake: Lake, window: Where) -> None:
    lake.write(rollup(days_before(11), keys=range(99)), "prices/daily", category="mtg", day=days_before(11))
    features_of(lake, window=window)
    assert "98" in pl.read_parquet(window.read_bytes())["source_product_id"].to_list()
    for age in range(-20, 0):
        lake.write(rollup(days_before(age)), "prices/daily", category="mtg", day=days_before(age))
    features_of(lake, as_of=days_before(-10), window=window)
    features_of(lake, as_of=days_before(-20), window=window)
    assert "98" not in pl.read_parquet(window.read_bytes())["source_product_id"].to_list()


def test_a_window_that_is_no_whole_file_is_made_anew(lake: Lake, window: Where) -> None:
    plain = features_of(lake, window=window)
    whole = window.read_bytes()
    for cut in (0, len(whole) // 2):
        window.write_bytes(whole[:cut])
        assert features_of(lake, window=window).equals(plain), cut
        assert pl.read_parquet(window.read_bytes()).height == 40


def test_days_analysed_at_once_are_each_right(lake: Lake, window: Where) -> None:
    days = [days_before(age) for age in (0, 1, 5)]
    wanted = [features_of(lake, as_of=day) for day in days]
    with ThreadPoolExecutor(len(days)) as threads:
        both = list(threads.map(lambda day: features_of(lake, as_of=day, window=window), days))
    assert all(own.equals(other) for own, other in zip(both, wanted, strict=True))


def test_a_run_killed_as_it_writes_leaves_the_window_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = filled(tmp_path / "lake")
    window = lake.path("prices/window", category="mtg")
    features_of(lake, as_of=days_before(1), window=window)
    before = window.read_bytes()

    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("arb_pipeline.storage.files.sync", killed)
        with pytest.raises(KeyboardInterrupt):
            features_of(lake, window=window)
    assert window.read_bytes() == before
    assert features_of(lake, window=window).equals(features_of(lake))


def test_no_scratch_file_stays(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake")
    window = lake.path("prices/window", category="mtg")
    features_of(lake, as_of=days_before(1), window=window)
    features_of(lake, window=window)
    assert [path.name for path in window.parent.iterdir()] == ["part.parquet"]  # type: ignore[union-attr]


def test_no_file_is_no_feature(tmp_path: Path) -> None:
    assert features_of(Lake(tmp_path)).is_empty()


def test_duckdb_is_the_engine_unless_set_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARB_ENGINE", raising=False)
    assert Settings(_env_file=None).engine == "duckdb"  # type: ignore[call-arg]
    monkeypatch.setenv("ARB_ENGINE", "hadoop")
    with pytest.raises(ValidationError, match="'duckdb' or 'spark'"):
        Settings(_env_file=None)  # type: ignore[call-arg]


def test_an_engine_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    with pytest.raises(EngineMissingError, match=r"pip install '\.\[spark\]'"), connected("spark"):
        pass


def test_spark_without_java_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: name)
    monkeypatch.setenv("PATH", "")
    for name in ("JAVA_HOME", "SPARK_REMOTE"):
        monkeypatch.delenv(name, raising=False)
    assert "needs Java 17" in (engines.missing("spark") or "")
