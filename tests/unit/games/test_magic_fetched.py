"""Packages as `arb fetch` lands them: archives and lists read as the single files of a data folder are."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from arb_pipeline.core.contents.catalog import printings as catalogued
from arb_pipeline.core.contents.sealed_graph import CardRef
from arb_pipeline.games.magic import contents
from arb_pipeline.games.magic.printings import by_finish
from arb_pipeline.games.tables import SourceFileError
from arb_pipeline.simulator.replay.archives import tar

TOP = "mtg-sealed-content-main/data"
YAML = {
    "products/TST.yaml": "code: TST\nproducts: {Box: {category: BOOSTER_BOX, identifiers: {tcgplayerProductId: 9}}}",
    "products/AAA.yaml": "code: AAA\nproducts: {Pack: {category: BOOSTER_PACK}}",
    "contents/TST.yaml": "code: TST\nproducts: {Box: {sealed: [{count: 36, name: Pack, set: aaa}]}}",
    "contents/BAD.yaml": "code: BAD\nproducts: {Box: [",
}
BOOSTER = {"code": "tst-draft", "boosters": [], "sheets": {}}
SLIM = {"name": "Red Deck", "set_code": "TST", "cards": [["TST", "1", 0, 4]]}


def write(path: Path, body: bytes | str) -> Path:
    """A file of a package; the package."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path.parent


def sealed_packages(root: Path) -> tuple[Path, Path]:
    """The same files as a folder and as GitHub's archive."""
    for name, text in YAML.items():
        write(root / "folder" / name, text)
    archive = tar({f"{TOP}/{name}": text.encode() for name, text in YAML.items()}, "gz")
    return root / "folder", write(root / "fetched/mtg-sealed-content.tar.gz", archive)


def test_the_archive_gives_the_contents_and_problems_of_its_files(tmp_path: Path) -> None:
    folder, fetched = sealed_packages(tmp_path)
    records, problems = contents.contents(fetched)
    assert (records, problems) == contents.contents(folder)
    assert list(records) == [("tst", "Box")]
    assert [problem.where for problem in problems] == ["sealed_content/contents/BAD.yaml"]


def test_the_archive_gives_the_products_of_its_files(tmp_path: Path) -> None:
    folder, fetched = sealed_packages(tmp_path)
    listed, problems = contents.listed_products(fetched)
    assert problems == []
    assert listed.equals(contents.listed_products(folder)[0])
    assert listed["name"].to_list() == ["Pack", "Box"]


def test_an_archive_that_does_not_open_names_the_command_that_fetches_it(tmp_path: Path) -> None:
    _, fetched = sealed_packages(tmp_path)
    archive = fetched / "mtg-sealed-content.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(SourceFileError, match=r"mtg-sealed-content\.tar\.gz.*arb fetch mtg_sealed_content"):
        contents.contents(fetched)


@pytest.mark.parametrize(("name", "packed"), [("json", bytes), ("json.gz", gzip.compress)])
def test_boosters_of_a_list_are_named_by_their_code(tmp_path: Path, name: str, packed: Any) -> None:
    entries = [BOOSTER, BOOSTER | {"code": "tst-set"}, BOOSTER, {"name": "no code"}, "booster"]
    write(tmp_path / f"sealed_basic_data.{name}", packed(json.dumps(entries).encode()))
    result = list(contents.boosters(tmp_path))
    assert [(code, booster["code"]) for code, booster, _ in result if booster] == [
        ("tst-draft", "tst-draft"),
        ("tst-set", "tst-set"),
        ("tst-draft (2)", "tst-draft"),
    ]
    wheres = [problem.where for _, _, problem in result if problem]
    assert wheres == [f"boosters/sealed_basic_data.{name}, entry {n}" for n in (3, 4)]


def test_a_list_of_boosters_that_is_cut_is_one_problem(tmp_path: Path) -> None:
    write(tmp_path / "sealed_basic_data.json.gz", gzip.compress(json.dumps([BOOSTER]).encode())[:-9])
    ((_, booster, problem),) = contents.boosters(tmp_path)
    assert booster is None
    assert problem is not None
    assert problem.where == "boosters/sealed_basic_data.json.gz"


def test_decks_with_cards_as_objects_read_as_those_with_rows(tmp_path: Path) -> None:
    cards = [{"name": "X", "set_code": "TST", "number": "1", "foil": False, "count": 4}]
    slim = write(tmp_path / "slim/decks_v2.json", json.dumps([SLIM]))
    full = write(
        tmp_path / "full/decks_v2.json.gz", gzip.compress(json.dumps([SLIM | {"cards": cards}]).encode())
    )
    assert contents.decks(full) == contents.decks(slim)
    assert contents.decks(full)[0] == {("tst", "Red Deck"): [(CardRef("tst", "1", "nonfoil"), 4)]}


def mtgjson(root: Path, *decks: Any) -> Path:
    """A package of MTGJSON."""
    documents = {
        f"AllDeckFiles/{n}.json": json.dumps({"meta": {}, "data": deck}) for n, deck in enumerate(decks)
    }
    archive = tar({name: text.encode() for name, text in documents.items()}, "xz")
    return write(root / "AllDeckFiles.tar.xz", archive)


def test_mtgjsons_decks_read_as_the_others(tmp_path: Path) -> None:
    card = {"setCode": "TST", "number": "1", "count": 4, "isFoil": False}
    result, problems = contents.mtgjson_decks(
        mtgjson(tmp_path, {"code": "TST", "name": "Red Deck", "mainBoard": [card]})
    )
    assert problems == []
    assert result == {("tst", "Red Deck"): [(CardRef("tst", "1", "nonfoil"), 4)]}


def test_a_broken_deck_of_mtgjson_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = {"code": "TST", "name": "Red Deck", "mainBoard": []}
    result, problems = contents.mtgjson_decks(
        mtgjson(tmp_path, {"code": "TST", "name": "Bad", "mainBoard": [{}]}, good)
    )
    assert list(result) == [("tst", "Red Deck")]
    assert [problem.where for problem in problems] == ["mtgjson/AllDeckFiles.tar.xz, deck 0"]


def test_an_archive_of_decks_that_is_cut_is_one_problem(tmp_path: Path) -> None:
    package = mtgjson(tmp_path, {"code": "TST", "name": "Red Deck", "mainBoard": []})
    archive = package / "AllDeckFiles.tar.xz"
    archive.write_bytes(archive.read_bytes()[:-20])
    result, problems = contents.mtgjson_decks(package)
    assert result == {}
    assert len(problems) == 1


def test_a_package_of_mtgjson_without_decks_has_none(tmp_path: Path) -> None:
    assert contents.mtgjson_decks(tmp_path) == ({}, [])


def card(number: str, **changes: Any) -> dict[str, Any]:
    """A card of Scryfall's."""
    return {
        "id": number,
        "set": "TST",
        "collector_number": number,
        "name": f"Card {number}",
        "lang": "en",
        "rarity": "rare",
        "digital": False,
        "finishes": ["nonfoil", "foil"],
        "tcgplayer_id": 1000 + int(number),
    } | changes


def scryfall(root: Path, *cards: Any, file: str = "default-cards.jsonl.gz") -> Path:
    """A package of Scryfall."""
    body = "".join(json.dumps(one) + "\n" for one in cards).encode()
    return write(root / "scryfall" / file, gzip.compress(body) if file.endswith(".gz") else body)


@pytest.mark.parametrize("file", ["default-cards.jsonl.gz", "default-cards.json.gz", "default-cards.json"])
def test_scryfalls_cards_make_an_id_map(tmp_path: Path, file: str) -> None:
    etched = card(
        "2", finishes=["etched"], tcgplayer_id=None, tcgplayer_etched_id=2002, lang="ja", rarity=None
    )
    package = scryfall(tmp_path, card("1"), etched, card("3", digital=True), file=file)
    assert contents.scryfall_map(package).to_dicts() == [
        {
            "set_code": "tst",
            "number": "1",
            "name": "Card 1",
            "rarity": "rare",
            "finishes": "nonfoil|foil",
            "tcg_product_id": "1001",
            "tcg_etched_product_id": None,
        },
        {
            "set_code": "tst",
            "number": "2",
            "name": "Card 2",
            "rarity": None,
            "finishes": "etched",
            "tcg_product_id": None,
            "tcg_etched_product_id": "2002",
        },
    ]


def test_an_etched_printing_is_priced_by_its_own_id_whichever_field_has_it(tmp_path: Path) -> None:
    etched = card("2", finishes=["etched"], tcgplayer_id=None, tcgplayer_etched_id=2002)
    rows = catalogued(by_finish(contents.scryfall_map(scryfall(tmp_path, etched))), category="mtg")
    assert rows.filter(pl.col("finish") == "etched")["tcg_product_id"].to_list() == ["2002"]


def test_a_file_of_cards_that_is_cut_is_refused_by_name(tmp_path: Path) -> None:
    package = scryfall(tmp_path, card("1"))
    file = package / "default-cards.jsonl.gz"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(SourceFileError, match=r"default-cards\.jsonl\.gz does not read"):
        contents.scryfall_map(package)


def test_a_package_without_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceFileError, match="arb fetch scryfall"):
        contents.scryfall_map(tmp_path)


def test_scryfall_adds_the_printings_that_the_id_map_lacks(tmp_path: Path) -> None:
    header = "set,number,name,rarity,finishes,tcgplayerProductId,tcgplayerEtchedProductId"
    id_map = write(tmp_path / "id_map/mtg_id_map.csv", f"{header}\nTST,1,Mine,rare,foil,7,\n")
    both = contents.printings(id_map, scryfall(tmp_path, card("1"), card("2")))
    assert both.select("number", "name", "tcg_product_id").rows() == [
        ("1", "Mine", "7"),
        ("2", "Card 2", "1002"),
    ]
    assert contents.printings(id_map, None).equals(contents.id_map(id_map))
    assert contents.printings(None, tmp_path / "scryfall").height == 2
    assert contents.printings(None, None).columns == list(contents.ID_MAP.values())
