"""The simulated files have the keys, types and quirks of the real ones."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import py7zr
import pytest
import yaml

from arb_pipeline.simulator.build import build_market
from arb_pipeline.simulator.ground_truth import Planted

if TYPE_CHECKING:
    from conftest import Market

REAL = Path(__file__).resolve().parents[4] / "shared/data"
TABLES = (
    "tcgcsv/sealed_products.csv",
    "tcgcsv/mtg_groups.csv",
    "mtg/id_map/mtg_id_map.csv",
    "pokemon/sealed_daily/sealed_products_tracking.csv",
)
DOCUMENTS = (
    "mtg/boosters/booster_index.json",
    "mtg/boosters/booster/*.json",
    "mtg/precon_decks/*.json",
    "pokemon/tcgdex/*.json",
    "yugioh/ygojson/sealedProducts.json",
    "yugioh/ygojson/distributions.json",
    "yugioh/ygojson/cards_lookup.json",
    "yugioh/ygojson/sets/*.json",
)
KEYED_BY_DATA = {"sheets", "cards", "cardImages", "cardInfo", "locales", "name"}
"""Objects whose keys are data (a sheet's name, an edition), not format; so is every UUID."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PRICE_KEYS = [
    "productId",
    "lowPrice",
    "midPrice",
    "highPrice",
    "marketPrice",
    "directLowPrice",
    "subTypeName",
]
SUB_TYPES = {
    "1": {"Normal", "Foil"},
    "2": {"1st Edition", "Unlimited"},
    "3": {"Normal", "Holofoil", "Reverse Holofoil"},
}


def shape(body: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every path in a document and the type of what stands there."""
    if isinstance(body, dict):
        by_data = at.rsplit(".", 1)[-1] in KEYED_BY_DATA
        for key, value in body.items():
            yield from shape(value, f"{at}.*" if by_data or UUID.fullmatch(key) else f"{at}.{key}")
    elif isinstance(body, list):
        for value in body:
            yield from shape(value, f"{at}[]")
    else:
        yield at, type(body).__name__


def shapes(root: Path, pattern: str) -> set[tuple[str, str]]:
    """The shape of all documents that a pattern names."""
    return {
        result
        for path in root.glob(pattern)
        for result in shape(json.loads(path.read_text(encoding="utf-8")))
    }


def needs_real_data() -> None:
    """Skip where only a user's clone is at hand."""
    if not REAL.exists():
        pytest.skip(f"no real data at {REAL}")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_real_columns(market: "Market", name: str) -> None:
    needs_real_data()
    ours, real = ((root / name).read_text(encoding="utf-8").splitlines()[0] for root in (market.folder, REAL))
    assert ours == real


@pytest.mark.parametrize("pattern", DOCUMENTS)
def test_a_document_has_no_path_or_type_that_the_real_ones_lack(market: "Market", pattern: str) -> None:
    needs_real_data()
    ours = shapes(market.folder, pattern)
    assert ours
    assert not ours - shapes(REAL, pattern)


@pytest.mark.parametrize("half", ["products", "contents"])
def test_sealed_content_has_only_real_paths_and_types(market: "Market", half: str) -> None:
    needs_real_data()

    def paths(root: Path, pattern: str) -> set[tuple[str, str]]:
        files = (root / "mtg/sealed_content/data" / half).glob(pattern)
        bodies = [yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) for path in files]
        return {
            path for body in bodies for product in body["products"].values() for path in shape(product, "")
        }

    assert not paths(market.folder, "*.yaml") - paths(REAL, "[A-S]*.yaml")


def test_archives_are_ppmd_and_hold_every_category(market: "Market") -> None:
    paths = sorted((market.folder / "tcgcsv/archive").glob("*"))
    assert len(paths) == 40
    assert paths[-1].name == "prices-2026-01-31.ppmd.7z"
    with py7zr.SevenZipFile(paths[-1]) as archive:
        assert archive.archiveinfo().method_names == ["PPMd"]
        names = archive.getnames()
        factory = py7zr.io.BytesIOFactory(10**8)
        archive.extractall(factory=factory)
    assert {name.split("/")[1] for name in names} == set(SUB_TYPES)
    seen: dict[str, set[str]] = {category: set() for category in SUB_TYPES}
    for name, file in factory.products.items():
        day, category, _, last = name.split("/")
        body = json.loads(file.read())
        assert (day, last, body["success"], body["errors"]) == ("2026-01-31", "prices", True, [])
        for row in body["results"]:
            assert list(row) == PRICE_KEYS
            assert row["highPrice"] >= row["midPrice"] > 0
            seen[category].add(row["subTypeName"])
    assert seen == SUB_TYPES


def test_a_few_market_prices_are_null(market: "Market") -> None:
    rows = [days[market.days[-1]] for days in market.prices.values() if market.days[-1] in days]
    nulls = sum(row["marketPrice"] is None for row in rows)
    assert 3_000 < len(rows) < 6_000
    assert 10 < nulls < len(rows) * 0.05


def test_the_quirks_of_the_real_files_are_present(market: "Market") -> None:
    ids = [product["identifiers"].get("tcgplayerProductId") for product in market.products.values()]
    kinds = [type(id_).__name__ for id_ in ids]
    assert kinds.count("str") > 5 * kinds.count("int") > 0
    assert "NoneType" in kinds
    contents = market.contents.values()
    keys = [key for body in contents if isinstance(body, dict) for key in body]
    assert {"card count", "card_count", "copy", "variable", "variable_mode", "other"} <= set(keys)
    assert [] in contents
    numbers = {
        type(card["number"]) for body in contents if isinstance(body, dict) for card in body.get("card", [])
    }
    assert numbers == {int, str}
    codes = [pack["code"] for body in contents if isinstance(body, dict) for pack in body.get("pack", [])]
    assert "default" in codes
    chances = [
        option
        for body in contents
        if isinstance(body, dict)
        for option in body.get("variable", [])
        if "chance" in option
    ]
    assert chances
    finishes = {card["finishes"] for card in market.cards.values()}
    assert {"foil", "nonfoil|foil|etched"} <= finishes
    boosters = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (market.folder / "mtg/boosters/booster").glob("*.json")
    ]
    sheets = [sheet for booster in boosters for sheet in booster["sheets"].values()]
    assert any(sheet.get("fixed") for sheet in sheets)
    assert any(card.split(":")[1].endswith("a") for sheet in sheets for card in sheet["cards"])
    assert any(card.endswith(":etched") for sheet in sheets for card in sheet["cards"])


def test_every_named_product_has_a_price_row_or_no_id(market: "Market") -> None:
    with (market.folder / "tcgcsv/sealed_products.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["name"]: int(row["tcgplayerProductId"]) for row in csv.DictReader(file)}
    assert 85 <= len(listed) <= 110
    for name, product in market.products.items():
        identifier = product["identifiers"].get("tcgplayerProductId")
        assert (int(identifier) if identifier else None) == listed.get(name)
        assert identifier is None or market.prices[int(identifier), "Normal"]


def test_pokemon_and_yugioh_join_to_their_prices(market: "Market") -> None:
    sub_types = {"normal": "Normal", "holo": "Holofoil", "reverse": "Reverse Holofoil"}
    for path in (market.folder / "pokemon/tcgdex").glob("*.json"):
        for card in json.loads(path.read_text(encoding="utf-8"))["cards"]:
            for variant in card["variants"]:
                product_id = variant["thirdParty"].get("tcgplayer")
                assert product_id is None or (product_id, sub_types[variant["type"]]) in market.prices
    root = market.folder / "yugioh/ygojson"
    lookup = json.loads((root / "cards_lookup.json").read_text(encoding="utf-8"))
    listings = [
        json.loads(path.read_text()) for path in (market.folder / "tcgcsv/products/2").glob("*/products")
    ]
    numbers = {
        fact["value"]: row["productId"]
        for listing in listings
        for row in listing["results"]
        for fact in row["extendedData"]
        if fact["name"] == "Number"
    }
    for path in (root / "sets").glob("*.json"):
        body = json.loads(path.read_text(encoding="utf-8"))
        prefix = body["locales"]["en"]["prefix"]
        for entry in body["contents"][0]["cards"]:
            assert entry["card"] in lookup
            assert (numbers[prefix + entry["suffix"]], "1st Edition") in market.prices


def test_two_builds_of_a_seed_are_byte_equal_and_another_seed_differs(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    for folder, seed in ((first, 5), (second, 5), (other, 6)):
        build_market(folder, seed=seed, days=11)
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    assert [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()] == []
    archive = "tcgcsv/archive/prices-2026-01-31.ppmd.7z"
    assert (first / archive).read_bytes() != (other / archive).read_bytes()


def test_what_is_planted_can_be_read_back(market: "Market") -> None:
    assert Planted.read(market.folder) == market.planted


def test_too_few_days_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="days is 9"):
        build_market(tmp_path, days=9)
