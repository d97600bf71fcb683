"""A folder of dumps: which of its files belong to which source."""

from pathlib import Path

import pytest

from arb_pipeline.games.registry import REFERENCE
from arb_pipeline.storage.data_folder import DataFolder


def folder(tmp_path: Path, *files: str) -> DataFolder:
    """A folder that holds these files."""
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return DataFolder(tmp_path, REFERENCE)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no folder .*gone. Name one that holds tcgcsv/ and mtg/"):
        DataFolder(tmp_path / "gone")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileNotFoundError):
        DataFolder(tmp_path / "file")


def test_a_reference_source_is_its_files_by_their_path_in_the_package(tmp_path: Path) -> None:
    data = folder(
        tmp_path,
        "mtg/sealed_content/data/products/TST.yaml",
        "mtg/sealed_content/data/contents/TST.yaml",
        "mtg/sealed_content/data/notes.txt",
        "tcgcsv/sealed_products.csv",
        "mtg/boosters/booster/tst-draft.json",
        "mtg/boosters/booster_index.json",
    )
    assert list(data.reference("mtg_sealed_content")) == [
        "products/TST.yaml",
        "contents/TST.yaml",
        "sealed_products.csv",
    ]
    assert list(data.reference("mtg_boosters")) == ["tst-draft.json"]
    assert data.reference("mtg_decks") == {}


@pytest.mark.parametrize("source", REFERENCE)
def test_a_missing_source_is_named_with_where_it_is_looked_for(tmp_path: Path, source: str) -> None:
    message = folder(tmp_path).missing(source, "current")
    assert source in message
    assert REFERENCE[source].globs[0][0] in message


def test_an_archive_is_taken_before_the_unpacked_day(tmp_path: Path) -> None:
    data = folder(tmp_path, "tcgcsv/archive/prices-2025-10-10.ppmd.7z", "tcgcsv/raw/2025-10-10/1/100/prices")
    assert list(data.prices("2025-10-10")) == ["prices-2025-10-10.ppmd.7z"]


def test_an_unpacked_day_is_its_price_files(tmp_path: Path) -> None:
    data = folder(tmp_path, "tcgcsv/raw/2025-10-10/1/100/prices", "tcgcsv/raw/2025-10-10/notes")
    assert list(data.prices("2025-10-10")) == ["1/100/prices"]
    assert data.prices("2025-10-11") == {}


def test_days_are_those_of_archives_and_trees_in_order(tmp_path: Path) -> None:
    data = folder(
        tmp_path,
        "tcgcsv/archive/prices-2025-10-12.ppmd.7z",
        "tcgcsv/archive/prices-2025-10-10.ppmd.7z",
        "tcgcsv/archive/prices-latest.ppmd.7z",
        "tcgcsv/raw/2025-10-11/1/100/prices",
        "tcgcsv/raw/notes/x",
        # No days of the calendar: the run ended in a traceback.
        "tcgcsv/archive/prices-2025-02-30.ppmd.7z",
        "tcgcsv/archive/prices-\u0662\u0660\u0662\u0665-10-12.ppmd.7z",
        "tcgcsv/raw/2025-13-01/1/100/prices",
        "tcgcsv/raw/abcd-ef-gh/1/100/prices",
    )
    assert data.days() == ["2025-10-10", "2025-10-11", "2025-10-12"]


def test_a_missing_day_is_named_with_the_days_that_are_there(tmp_path: Path) -> None:
    data = folder(
        tmp_path, "tcgcsv/archive/prices-2025-10-10.ppmd.7z", "tcgcsv/archive/prices-2025-10-12.ppmd.7z"
    )
    message = data.missing("tcgcsv", "2025-10-13")
    assert "no prices of 2025-10-13" in message
    assert "it has 2025-10-10 to 2025-10-12" in message
    assert "it has no day at all" in folder(tmp_path / "empty", "x").missing("tcgcsv", "2025-10-13")
