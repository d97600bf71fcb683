"""A lake at a URL: the same frames, the same promises."""

from datetime import date, timedelta
from pathlib import Path
from time import sleep

import polars as pl
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake, fingerprint, is_newer

FRAME = pl.DataFrame({"category": ["mtg"], "n": [1], "none": pl.Series([None], dtype=pl.Int64)})
DAY = date(2025, 10, 10)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(f"memory://{tmp_path.name}/lake")


def test_a_frame_comes_back_as_it_was_written(lake: Lake) -> None:
    lake.write(FRAME, "prices/daily", category="mtg", day=DAY)
    result = lake.read("prices/daily", category="mtg", day=DAY)
    assert result.equals(FRAME)
    assert result.schema == FRAME.schema


def test_days_files_and_sources_are_listed(lake: Lake) -> None:
    days = [date(2025, 10, 12), DAY]
    for day in days:
        lake.write(FRAME, "prices/daily", category="mtg", day=day)
        lake.write(FRAME, "prices/ebay/rejected", day=day)
    assert lake.days("prices/daily", "mtg") == sorted(days)
    assert lake.days("prices/daily", "pokemon") == []
    names = [path.parent.name for path in lake.paths("prices/daily", "mtg", [*days, date(2025, 10, 11)])]
    assert names == ["day=2025-10-10", "day=2025-10-12"]
    assert lake.sources("prices", "rejected") == ["ebay"]
    assert not lake.has("prices/daily")


def test_files_of_many_days_are_listed_at_once(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store takes one or two requests for each file that is looked up: 31 days of three games took 300."""
    lake.write(FRAME, "prices/daily", category="mtg", day=DAY)
    lake.write(FRAME, "prices/daily", day=DAY)  # other levels are no days of the category
    looked_up: list[str] = []
    monkeypatch.setattr(MemoryFileSystem, "exists", lambda _, path: looked_up.append(path))
    monkeypatch.setattr(MemoryFileSystem, "info", lambda _, path: looked_up.append(path))
    files = lake.paths("prices/daily", "mtg", [DAY - timedelta(days=age) for age in range(31)])
    assert [path.parent.name for path in files] == ["day=2025-10-10"]
    assert looked_up == []


def test_what_is_not_there_is_named(lake: Lake) -> None:
    with pytest.raises(FileNotFoundError, match="run its stage"):
        lake.read("prices/daily", category="mtg", day=DAY)


def test_an_equal_frame_keeps_its_time_and_another_does_not(lake: Lake) -> None:
    path = lake.write(FRAME, "table")
    before = fingerprint(path)
    sleep(0.02)
    lake.write(FRAME, "table", keeps_time=True)
    assert fingerprint(path) == before
    lake.write(FRAME.clear(), "table", keeps_time=True)
    assert fingerprint(path) != before
    assert lake.read("table").is_empty()


def test_prices_that_come_after_a_valuation_are_newer(lake: Lake) -> None:
    valued = lake.write(FRAME, "valued")
    sleep(0.02)
    prices = lake.write(FRAME, "prices")
    assert is_newer(prices, than=valued)
    assert not is_newer(valued, than=prices)


def test_the_setting_takes_a_folder_or_a_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARB_HOME", str(tmp_path))
    for value, wanted in [
        ("", tmp_path / "lake"),
        (f"{tmp_path}/other", tmp_path / "other"),
        ("s3://bucket/lake", "s3://bucket/lake"),
    ]:
        monkeypatch.setenv("ARB_LAKE", value)
        assert Settings(_env_file=None).lake == wanted  # type: ignore[call-arg]


def test_retired_months_are_files_in_a_folder_wherever_the_lake_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARB_HOME", str(tmp_path))
    for lake, wanted in [("", "lake"), (f"{tmp_path}/other", "other"), ("s3://bucket/lake", "lake")]:
        monkeypatch.setenv("ARB_LAKE", lake)
        assert Settings(_env_file=None).retired == tmp_path / wanted  # type: ignore[call-arg]


def test_a_url_of_no_known_store_says_what_is_known() -> None:
    with pytest.raises(ValueError, match="'nowhere://x' cannot be opened"):
        Lake("nowhere://x")


def test_a_url_of_a_folder_is_the_folder(tmp_path: Path) -> None:
    assert Lake(f"file://{tmp_path}/lake").write(FRAME, "table") == tmp_path / "lake/table/part.parquet"
