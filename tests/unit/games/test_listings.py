"""The reader of TCGCSV's listings: what is a sealed product, and what is not."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from arb_pipeline.games.listings import dated, listed_products, united
from arb_pipeline.games.magic.contents import LISTED

GROUP = {"groupId": 23821, "name": "SV: Prismatic Evolutions", "publishedOn": "2025-01-17T00:00:00"}
BOX: dict[str, Any] = {
    "productId": 593355,
    "name": "Prismatic Evolutions Elite Trainer Box",
    "groupId": 23821,
    "presaleInfo": {"isPresale": False, "releasedOn": None, "note": None},
    "extendedData": [{"name": "UPC", "displayName": "UPC", "value": "196214105133"}],
}
NUMBER = {"name": "Number", "displayName": "Card Number", "value": "003/131"}
RARITY = {"name": "Rarity", "displayName": "Rarity", "value": "Common"}


def package(folder: Path, *products: dict[str, Any], groups: tuple[dict[str, Any], ...] = (GROUP,)) -> Path:
    """A landed package of one group."""
    write(folder / "3/groups", {"results": groups})
    write(folder / "3/23821/products", {"results": products})
    return folder


def write(path: Path, document: Any) -> None:
    """A file of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(json.dumps(document).encode())


def names(folder: Path) -> list[str]:
    """Names of the products listed without a problem."""
    frame, problems = listed_products(folder, "pokemon")
    assert problems == []
    return frame["name"].to_list()


def test_a_sealed_product_is_listed_under_its_group(tmp_path: Path) -> None:
    frame, _ = listed_products(package(tmp_path, BOX), "pokemon")

    assert frame.schema == pl.Schema(LISTED)
    assert frame.to_dicts() == [
        {
            "category": "pokemon",
            "set_code": "23821",
            "name": "Prismatic Evolutions Elite Trainer Box",
            "kind": None,
            "subtype": None,
            "language": None,
            "release_date": date(2025, 1, 17),
            "tcg_product_id": "593355",
        }
    ]


@pytest.mark.parametrize("extended", [[NUMBER], [RARITY], [NUMBER, RARITY]])
def test_a_product_with_a_number_or_a_rarity_is_a_card(tmp_path: Path, extended: list[Any]) -> None:
    assert names(package(tmp_path, BOX | {"extendedData": extended})) == []


@pytest.mark.parametrize(
    "name",
    [
        "Code Card - Prismatic Evolutions Elite Trainer Box",
        "Prismatic Evolutions Code Card",
        "code card - Celebrations",
    ],
)
def test_a_code_card_is_no_sealed_product(tmp_path: Path, name: str) -> None:
    assert names(package(tmp_path, BOX | {"name": name}, BOX)) == [BOX["name"]]


def test_a_product_s_own_day_goes_before_its_group_s(tmp_path: Path) -> None:
    presale = {"isPresale": True, "releasedOn": "2025-11-14T00:00:00", "note": None}
    frame, _ = listed_products(package(tmp_path, BOX | {"presaleInfo": presale}), "pokemon")

    assert frame["release_date"].to_list() == [date(2025, 11, 14)]


@pytest.mark.parametrize("published", [None, "", "soon", 2025])
def test_a_day_that_does_not_read_is_unknown(tmp_path: Path, published: Any) -> None:
    folder = package(tmp_path, BOX, groups=(GROUP | {"publishedOn": published},))

    assert listed_products(folder, "pokemon")[0]["release_date"].to_list() == [None]


def test_files_that_came_compressed_are_read_too(tmp_path: Path) -> None:
    folder = package(tmp_path, BOX)
    for path in (folder / "3/groups", folder / "3/23821/products"):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()

    assert names(folder) == [BOX["name"]]


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"{}", b"[]", b'{"results": ["x"]}', b'{"results": null}']
)
def test_a_damaged_group_costs_that_group_and_is_reported(tmp_path: Path, content: bytes) -> None:
    folder = package(tmp_path, BOX)
    (folder / "3/605").mkdir()
    (folder / "3/605/products").write_bytes(content)

    frame, (problem,) = listed_products(folder, "pokemon")

    assert frame["name"].to_list() == [BOX["name"]]
    assert problem.where == "tcgcsv_products/3/605/products"


def test_a_package_of_other_games_lists_nothing(tmp_path: Path) -> None:
    folder = package(tmp_path, BOX)

    assert listed_products(folder, "yugioh")[0].is_empty()
    assert listed_products(folder, "yugioh")[1] == []


def test_of_a_product_in_both_lists_the_first_one_stays() -> None:
    def listed(**names: str) -> pl.DataFrame:
        rows = [
            {"category": "pokemon", "name": name, "tcg_product_id": number[1:]}
            for number, name in names.items()
        ]
        return pl.DataFrame(rows, schema=LISTED)

    both = united(listed(n1="Box", n2="Tin"), listed(n2="Tin (old name)", n3="Bundle"))

    assert both["name"].to_list() == ["Box", "Tin", "Bundle"]
    assert united(listed(), listed(n3="Bundle"))["name"].to_list() == ["Bundle"]


def test_a_product_without_a_day_has_the_one_of_its_listing(tmp_path: Path) -> None:
    presale = {"isPresale": True, "releasedOn": "2025-11-14T00:00:00", "note": None}
    output = listed_products(package(tmp_path, BOX | {"presaleInfo": presale}), "pokemon")[0]
    known = [
        ("Box", "593355", None),
        ("Tin", "593355", date(2025, 1, 17)),
        ("Case", None, None),
        ("X", "7", None),
    ]
    rows = [
        {"category": "mtg", "name": name, "tcg_product_id": number, "release_date": day}
        for name, number, day in known
    ]
    listed = pl.DataFrame(rows, schema=LISTED)

    result = dated(listed, output)

    assert result["release_date"].to_list() == [date(2025, 11, 14), date(2025, 1, 17), None, None]
    assert result.drop("release_date").equals(listed.drop("release_date"))
    assert united(listed, output)["release_date"].to_list() == result["release_date"].to_list()
