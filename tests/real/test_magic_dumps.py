"""Real Magic files, packed as their sources send them: read through the archives as from the folder."""

import gzip
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import orjson
import polars as pl
import pytest

from arb_pipeline.core.contents import catalog
from arb_pipeline.core.contents.game_contents import pack_pulls
from arb_pipeline.games.magic import contents as mtg
from arb_pipeline.games.magic.printings import by_finish
from arb_pipeline.games.registry import REFERENCE
from arb_pipeline.simulator.replay.archives import tar
from arb_pipeline.sources.parsing import mtg_boosters, mtg_decks, mtg_sealed_content, mtgjson, scryfall
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.landing import Landing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def landed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Packages as the folder import lands them, by source."""
    folder, landing = DataFolder(data, REFERENCE), Landing(tmp_path_factory.mktemp("landing"))
    sources = ("mtg_sealed_content", "mtg_boosters", "mtg_id_map", "mtg_decks")
    return {name: landing.land(name, folder.reference(name), origin=str(data)).files for name in sources}


def fetched(folder: Path, file: str, body: bytes) -> Path:
    """A package of one file."""
    (folder / file).write_bytes(body)
    return folder


def sealed_archive(data: Path) -> bytes:
    """The products and contents as codeload.github.com packs them."""
    root = data / "mtg/sealed_content"
    files = sorted((root / "data").glob("*/*.yaml"))
    top = "mtg-sealed-content-main"
    return tar({f"{top}/{path.relative_to(root).as_posix()}": path.read_bytes() for path in files}, "gz")


def test_the_sealed_archive_reads_as_its_files(
    data: Path, landed: Mapping[str, Path], tmp_path: Path
) -> None:
    package = fetched(tmp_path, mtg_sealed_content.FILE, sealed_archive(data))
    (tmp_path / "sealed_products.csv").write_bytes((data / "tcgcsv/sealed_products.csv").read_bytes())
    records, problems = mtg.contents(package)
    assert (records, problems) == mtg.contents(landed["mtg_sealed_content"])
    assert len(records) > 4000
    listed, problems = mtg.listed_products(package)
    from_folder, from_folder_problems = mtg.listed_products(landed["mtg_sealed_content"])
    assert listed.equals(from_folder)
    assert problems == from_folder_problems


def test_the_sealed_parser_counts_what_the_files_hold(data: Path) -> None:
    body = sealed_archive(data)
    for kind, parse in (("products", mtg_sealed_content.products), ("contents", mtg_sealed_content.contents)):
        files = (data / "mtg/sealed_content/data" / kind).glob("*.yaml")
        expected = sum(len(mtg_sealed_content.entries(path.read_bytes())) for path in files)
        records = list(parse(BytesIO(body)))
        assert len(records) == expected
        assert all(record["name"] for record in records)


def test_the_list_of_boosters_reads_as_their_files(
    data: Path, landed: Mapping[str, Path], tmp_path: Path
) -> None:
    files = sorted((data / "mtg/boosters/booster").glob("*.json"))
    body = orjson.dumps([orjson.loads(path.read_bytes()) for path in files], option=orjson.OPT_INDENT_2)
    package = fetched(tmp_path, f"{mtg_boosters.FILE}.gz", gzip.compress(body, 1))
    records = list(mtg_boosters.boosters(BytesIO(body)))
    assert len(records) == len(files)
    assert all(all(record.values()) for record in records)
    ours, from_folder = pack_pulls(mtg.boosters(package)), pack_pulls(mtg.boosters(landed["mtg_boosters"]))
    assert ours.refused == from_folder.refused
    assert ours.pulls.sort(ours.pulls.columns).equals(from_folder.pulls.sort(ours.pulls.columns))


def upstream(deck: dict) -> dict:
    """A deck of the folder with its cards as upstream writes them."""
    boards = [board for board in ("cards", *mtg_decks.BOARDS) if deck.get(board)]
    names = ("set_code", "number", "foil", "count")
    return deck | {board: [dict(zip(names, card, strict=True)) for card in deck[board]] for board in boards}


def all_decks(data: Path) -> list[dict]:
    """All decks of the folder."""
    files = sorted((data / "mtg/precon_decks").glob("*.json"))
    return [deck for path in files for deck in orjson.loads(path.read_bytes())]


def test_the_list_of_decks_reads_as_its_files(data: Path, landed: Mapping[str, Path], tmp_path: Path) -> None:
    decks = all_decks(data)
    body = orjson.dumps([upstream(deck) for deck in decks])
    package = fetched(tmp_path, mtg_decks.FILE, body)
    assert mtg.decks(package) == mtg.decks(landed["mtg_decks"])
    records = list(mtg_decks.decks(BytesIO(body)))
    assert len(records) == len(decks)
    assert all(record["cards"] for record in records)


def test_mtgjsons_decks_read_as_the_same_decks(
    data: Path, landed: Mapping[str, Path], tmp_path: Path
) -> None:
    boards = {"cards": "mainBoard", "commander": "commander", "sideboard": "sideBoard"}
    members = {}
    for n, deck in enumerate(all_decks(data)):
        content = {
            to: [
                {"setCode": code.upper(), "number": number, "isFoil": bool(foil), "count": count}
                for code, number, foil, count in deck.get(board) or []
            ]
            for board, to in boards.items()
        }
        document = {"meta": {}, "data": {"code": deck["set_code"].upper(), "name": deck["name"], **content}}
        members[f"AllDeckFiles/{n}.json"] = orjson.dumps(document)
    package = fetched(tmp_path, mtgjson.DECKS, tar(members, "xz"))
    result, problems = mtg.mtgjson_decks(package)
    from_folder, _ = mtg.decks(landed["mtg_decks"])
    assert problems == []
    assert result.keys() == from_folder.keys()
    assert all(sorted(result[key], key=str) == sorted(from_folder[key], key=str) for key in result)


def test_mtgjsons_sets_give_every_card(data: Path) -> None:
    files = sorted((data / "mtg/mtgjson/slim").glob("*.json"))
    body = tar({f"AllSetFiles/{path.name}": path.read_bytes() for path in files}, "xz")
    result = list(mtgjson.sets(BytesIO(body)))
    contents = [orjson.loads(path.read_bytes())["data"] for path in files]
    assert sum(kind == "set" for kind, _ in result) == len(files)
    assert sum(kind == "card" for kind, _ in result) == sum(len(content["cards"]) for content in contents)
    assert all(record["uuid"] and record["number"] for kind, record in result if kind == "card")


def test_scryfalls_cards_lead_to_the_products_of_the_id_map(
    data: Path, landed: Mapping[str, Path], tmp_path: Path
) -> None:
    cards = orjson.loads((data / "mtg/scryfall/blb.json").read_bytes())
    body = b"".join(orjson.dumps(card) + b"\n" for card in cards)
    package = fetched(tmp_path, scryfall.LINES, gzip.compress(body, 1))
    ours = mtg.scryfall_map(package).sort("number")
    id_map = mtg.id_map(landed["mtg_id_map"])
    assert ours.equals(id_map.filter(pl.col("set_code") == "blb").sort("number"))
    older = pl.read_csv(landed["mtg_id_map"] / "mtg_id_map.csv", infer_schema=False)
    older.filter(pl.col("set").str.to_lowercase() != "blb").write_csv(tmp_path / "mtg_id_map.csv")
    both = catalog.printings(by_finish(mtg.printings(tmp_path, package)), category="mtg")
    from_folder = catalog.printings(by_finish(id_map), category="mtg")
    order = ["set_code", "number", "finish"]
    assert both.sort(order).equals(from_folder.sort(order))
    assert mtg.printings(landed["mtg_id_map"], package).equals(id_map)
