"""The lake: one Parquet file per table, category and day; whole or absent."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.lake import Lake

FRAME = pl.DataFrame({"category": ["mtg"], "n": [1], "none": pl.Series([None], dtype=pl.Int64)})
DAY = date(2025, 10, 10)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.mark.parametrize("where", [{}, {"category": "mtg"}, {"day": DAY}, {"category": "mtg", "day": DAY}])
def test_a_frame_comes_back_as_it_was_written(lake: Lake, where: dict[str, object]) -> None:
    lake.write(FRAME, "prices/daily", **where)  # type: ignore[arg-type]
    result = lake.read("prices/daily", **where)  # type: ignore[arg-type]
    assert result.equals(FRAME)
    assert result.schema == FRAME.schema


def test_a_later_frame_takes_the_place_of_the_one_before(lake: Lake) -> None:
    lake.write(FRAME, "table")
    lake.write(FRAME.clear(), "table")
    assert lake.read("table").is_empty()


def test_days_and_categories_do_not_mix(lake: Lake) -> None:
    lake.write(FRAME, "table", category="mtg", day=DAY)
    lake.write(FRAME.clear(), "table", category="pokemon", day=DAY)
    assert lake.read("table", category="mtg", day=DAY).height == 1


def test_what_is_not_there_is_named(lake: Lake) -> None:
    with pytest.raises(FileNotFoundError, match=r"no prices/daily \(mtg, 2025-10-10\): run its stage"):
        lake.read("prices/daily", category="mtg", day=DAY)


def test_an_equal_frame_may_keep_the_time_of_its_file(lake: Lake) -> None:
    path = lake.write(FRAME, "table")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    lake.write(FRAME, "table", keeps_time=True)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    lake.write(FRAME.with_columns(n=pl.lit(2)), "table", keeps_time=True)
    assert lake.read("table")["n"].to_list() == [2]


def test_files_of_a_window_come_in_order_of_days_without_those_that_are_missing(lake: Lake) -> None:
    days = [date(2025, 10, n) for n in (12, 10, 11)]
    for day in (days[0], days[1]):
        lake.write(FRAME, "prices/daily", category="mtg", day=day)
    result = [path.parent.name for path in lake.paths("prices/daily", "mtg", days)]
    assert result == ["day=2025-10-10", "day=2025-10-12"]
    assert lake.days("prices/daily", "mtg") == [date(2025, 10, 10), date(2025, 10, 12)]
    assert lake.days("prices/daily", "pokemon") == []


def test_a_write_that_fails_leaves_the_file_before_and_no_scratch(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    path.write_text("whole")

    def torn() -> None:
        with written_whole(path) as aside:
            aside.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        torn()
    assert path.read_text() == "whole"
    assert [p.name for p in tmp_path.iterdir()] == ["part.parquet"]
