"""Readers of Magic's contents sources: what they read, and what they name when a file is broken."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from arb_pipeline.core.contents.catalog import sealed_products
from arb_pipeline.core.contents.sealed_graph import CardRef
from arb_pipeline.games.magic import contents
from arb_pipeline.games.magic.marketplace_ids import sealed_ids
from arb_pipeline.games.tables import SourceFileError

PRODUCT = """
code: TST
products:
  Test Booster Box:
    category: BOOSTER_BOX
    subtype: DRAFT
    release_date: 2020-01-31
    identifiers: {tcgplayerProductId: '9001'}
"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """A file of a package."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def listed(package: Path) -> list[dict[str, Any]]:
    """Listed products without a problem."""
    frame, problems = contents.listed_products(package)
    assert problems == []
    return frame.to_dicts()


def test_a_listed_product_is_read(tmp_path: Path) -> None:
    write(tmp_path, "products/TST.yaml", PRODUCT)
    assert listed(tmp_path) == [
        {
            "category": "mtg",
            "set_code": "tst",
            "name": "Test Booster Box",
            "kind": "booster_box",
            "subtype": "draft",
            "language": None,
            "release_date": date(2020, 1, 31),
            "tcg_product_id": "9001",
        }
    ]


@pytest.mark.parametrize("written", ["9001", "'9001'", "' 9001 '"])
def test_a_marketplace_id_is_text_however_it_is_written(tmp_path: Path, written: str) -> None:
    write(tmp_path, "products/TST.yaml", PRODUCT.replace("'9001'", written))
    assert listed(tmp_path)[0]["tcg_product_id"] == "9001"


@pytest.mark.parametrize(
    "identifiers", ["{}", "null", "{mcmId: '1'}", "{tcgplayerProductId: null}", "{tcgplayerProductId: ''}"]
)
def test_a_product_without_a_marketplace_id_is_kept(tmp_path: Path, identifiers: str) -> None:
    write(tmp_path, "products/TST.yaml", PRODUCT.replace("{tcgplayerProductId: '9001'}", identifiers))
    assert listed(tmp_path)[0]["tcg_product_id"] is None


@pytest.mark.parametrize("identifiers", ["[1, 2]", "9001"])
def test_identifiers_that_are_no_mapping_cost_only_themselves(tmp_path: Path, identifiers: str) -> None:
    write(tmp_path, "products/TST.yaml", PRODUCT.replace("{tcgplayerProductId: '9001'}", identifiers))
    write(tmp_path, "products/OTH.yaml", PRODUCT.replace("TST", "OTH"))
    frame, _ = contents.listed_products(tmp_path)
    assert "oth" in frame["set_code"].to_list()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2020-01-31", date(2020, 1, 31)),
        ("'2020-01-31'", date(2020, 1, 31)),
        ("2020", None),
        ("soon", None),
        ("null", None),
    ],
)
def test_a_release_date_that_does_not_read_is_unknown(
    tmp_path: Path, written: str, read: date | None
) -> None:
    write(tmp_path, "products/TST.yaml", PRODUCT.replace("2020-01-31", written))
    assert listed(tmp_path)[0]["release_date"] == read


def test_a_product_without_a_body_is_listed_by_name(tmp_path: Path) -> None:
    write(tmp_path, "products/TST.yaml", "code: tst\nproducts: {Mystery Box: null}")
    assert [r["name"] for r in listed(tmp_path)] == ["Mystery Box"]


def test_the_csv_adds_products_that_no_yaml_lists(tmp_path: Path) -> None:
    write(tmp_path, "products/TST.yaml", PRODUCT)
    write(
        tmp_path,
        "sealed_products.csv",
        "tcgplayerProductId,set,name,category,subtype,release_date,mcmId,cardKingdomId\n"
        "1,tst,Test Booster Box,BOOSTER_BOX,DRAFT,,,\n"
        "2,TST,Test Bundle,BUNDLE,,2020-02-01,,\n",
    )
    rows = listed(tmp_path)
    assert [(r["name"], r["tcg_product_id"], r["release_date"]) for r in rows] == [
        ("Test Booster Box", "9001", date(2020, 1, 31)),
        ("Test Bundle", "2", date(2020, 2, 1)),
    ]
    assert sealed_products(contents.listed_products(tmp_path)[0]).height == 2


@pytest.mark.parametrize(
    "text", ["code: [", "a: b", "- list", "", "null", "code: tst\nproducts: [a]", b"\xff\xfe\x00bad"]
)
def test_a_broken_product_file_is_named_and_the_others_are_read(tmp_path: Path, text: str | bytes) -> None:
    write(tmp_path, "products/AAA.yaml", text)
    write(tmp_path, "products/TST.yaml", PRODUCT)
    frame, problems = contents.listed_products(tmp_path)
    assert frame["name"].to_list() == ["Test Booster Box"]
    assert len(problems) == 1
    assert problems[0].where.endswith("products/AAA.yaml")
    assert "fetch it again" in problems[0].advice


def test_contents_are_keyed_by_lower_case_set_and_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        "contents/TST.yaml",
        "code: TST\nproducts: {Box: {pack: [{set: tst, code: draft}]}, Empty: []}",
    )
    result, problems = contents.contents(tmp_path)
    assert problems == []
    assert result == {("tst", "Box"): {"pack": [{"set": "tst", "code": "draft"}]}, ("tst", "Empty"): []}


def test_a_broken_contents_file_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    write(tmp_path, "contents/BAD.yaml", "code: bad\nproducts: {Box: {pack: [")
    write(tmp_path, "contents/TST.yaml", "code: tst\nproducts: {Box: {}}")
    result, problems = contents.contents(tmp_path)
    assert list(result) == [("tst", "Box")]
    assert problems[0].where.endswith("contents/BAD.yaml")


def test_booster_files_are_named_by_their_file_so_that_a_copy_counts_apart(tmp_path: Path) -> None:
    write(tmp_path, "tst-draft.json", json.dumps({"code": "tst-draft"}))
    write(tmp_path, "tst-draft (1).json", json.dumps({"code": "tst-draft"}))
    assert sorted(code for code, _, _ in contents.boosters(tmp_path)) == ["tst-draft", "tst-draft (1)"]


@pytest.mark.parametrize("text", ['{"code": "tst-dr', "", "[]", "null", "3", b"\xff\xfe"])
def test_a_broken_booster_file_is_named_and_the_others_are_read(tmp_path: Path, text: str | bytes) -> None:
    write(tmp_path, "bad.json", text)
    write(tmp_path, "tst-draft.json", json.dumps({"code": "tst-draft"}))
    result = {code: problem for code, _, problem in contents.boosters(tmp_path)}
    assert result["tst-draft"] is None
    assert result["bad"] is not None
    assert result["bad"].where == "boosters/bad.json"


def deck(**changes: Any) -> dict[str, Any]:
    """A deck file's record."""
    return {"name": "Red Deck", "set_code": "TST", "cards": [["TST", "1", 0, 4]]} | changes


def test_all_boards_of_a_deck_are_in_the_box(tmp_path: Path) -> None:
    boards = {"commander": [["tst", "9", 1, 1]], "sideboard": [["tst", "8", 0, 2]], "planes": None}
    write(tmp_path, "decks.json", json.dumps([deck(**boards)]))
    result, problems = contents.decks(tmp_path)
    assert problems == []
    assert result["tst", "Red Deck"] == [
        (CardRef("tst", "1", "nonfoil"), 4),
        (CardRef("tst", "9", "foil"), 1),
        (CardRef("tst", "8", "nonfoil"), 2),
    ]


@pytest.mark.parametrize(
    "bad",
    [
        deck(name="Bad", cards=[["tst", "1", 0]]),
        deck(name="Bad", cards=[["tst", "1", 0, 0]]),
        deck(name="Bad", cards=[["tst", "1", 0, "4"]]),
        deck(name="Bad", cards=[["tst", "1", 0, True]]),
        deck(name="Bad", cards=None),
        {"name": "Bad"},
        None,
        "deck",
    ],
)
def test_a_broken_deck_is_named_and_the_others_are_read(tmp_path: Path, bad: Any) -> None:
    write(tmp_path, "decks.json", json.dumps([bad, deck()]))
    result, problems = contents.decks(tmp_path)
    assert list(result) == [("tst", "Red Deck")]
    assert [p.where for p in problems] == ["precon_decks/decks.json, deck 0"]


def test_a_truncated_deck_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, "decks.json", json.dumps([deck()])[:-5])
    result, problems = contents.decks(tmp_path)
    assert result == {}
    assert problems[0].where == "precon_decks/decks.json"
    assert "not JSON" in problems[0].reason


HEADER = "set,number,name,rarity,finishes,tcgplayerProductId,tcgplayerEtchedProductId"


def test_the_id_map_is_read_as_text_with_blanks_as_unknown(tmp_path: Path) -> None:
    write(tmp_path, "mtg_id_map.csv", f"{HEADER}\nTST,001,Card,rare,nonfoil|foil,1000,\ntst,2,,,,,\n")
    rows = contents.id_map(tmp_path).to_dicts()
    assert rows[0] == {
        "set_code": "tst",
        "number": "001",
        "name": "Card",
        "rarity": "rare",
        "finishes": "nonfoil|foil",
        "tcg_product_id": "1000",
        "tcg_etched_product_id": None,
    }
    assert (rows[1]["name"], rows[1]["tcg_product_id"], rows[1]["finishes"]) == ("tst #2", None, "")


def test_a_printing_without_a_set_or_number_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "mtg_id_map.csv", f"{HEADER}\n,1,Card,rare,foil,1,\ntst,,Card,rare,foil,1,\n")
    assert contents.id_map(tmp_path).is_empty()


def test_an_id_map_without_a_column_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "mtg_id_map.csv", "set,number,name\ntst,1,Card\n")
    with pytest.raises(SourceFileError, match=r"mtg_id_map.csv lacks the columns \['finishes', 'rarity'"):
        contents.id_map(tmp_path)


@pytest.mark.parametrize("text", ["", b"\xff\xfe\x00"])
def test_an_id_map_that_does_not_read_is_refused_by_name(tmp_path: Path, text: str | bytes) -> None:
    write(tmp_path, "mtg_id_map.csv", text)
    with pytest.raises(SourceFileError, match=r"mtg_id_map\.csv"):
        contents.id_map(tmp_path)


@pytest.mark.parametrize("day", ["0000-00-00", "2024-13-45", "9999999999", "[]", "'soon'", "null", "-1"])
def test_a_day_that_is_none_costs_the_day_and_not_the_set(tmp_path: Path, day: str) -> None:
    text = (
        "code: TST\nproducts:\n"
        f"  Box: {{release_date: {day}, identifiers: {{tcgplayerProductId: 9001}}}}\n"
        "  Pack: {release_date: 2024-08-02}\n"
    )
    write(tmp_path, "products/TST.yaml", text)
    listed, problems = contents.listed_products(tmp_path)
    assert problems == []
    assert listed.select("name", "tcg_product_id").rows() == [("Box", "9001"), ("Pack", None)]
    assert listed["release_date"].to_list() == [None, date(2024, 8, 2)]


ODD = ["null", "true", "-1", "1.5", "1e400", ".nan", "''", "0000-00-00", "[]", "{}", "[null]", "9" * 400]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "field", ["category", "subtype", "release_date", "language", "identifiers", "tcgplayerProductId"]
)
def test_whatever_stands_in_a_product_the_others_are_read(tmp_path: Path, field: str, odd: str) -> None:
    record = f"identifiers: {{{field}: {odd}}}" if field == "tcgplayerProductId" else f"{field}: {odd}"
    text = f"code: TST\nproducts:\n  Box: {{{record}}}\n  Pack: {{identifiers: {{tcgplayerProductId: 7}}}}\n"
    write(tmp_path, "products/TST.yaml", text)
    listed, _ = contents.listed_products(tmp_path)
    assert dict(listed.select("name", "tcg_product_id").iter_rows())["Pack"] == "7"


@pytest.mark.parametrize(
    ("stated", "read"), [("'0009001'", "9001"), ("9001", "9001"), ("\uff19\uff10", None), ("0", None)]
)
def test_an_id_is_read_as_a_number_however_it_is_written(
    tmp_path: Path, stated: str, read: str | None
) -> None:
    text = f"code: TST\nproducts:\n  Box: {{identifiers: {{tcgplayerProductId: {stated}}}}}\n"
    write(tmp_path, "products/TST.yaml", text)
    assert contents.listed_products(tmp_path)[0]["tcg_product_id"].to_list() == [read]


def test_sealed_products_need_the_six_columns_that_the_documentation_names(tmp_path: Path) -> None:
    columns = "tcgplayerProductId,set,name,category,subtype,release_date"
    page = (Path(__file__).parents[3] / "docs/data-folder.md").read_text("utf-8")
    assert f"`{columns.replace(',', ', ')}`" in page.replace("\n", " ")
    write(tmp_path, "sealed_products.csv", f"{columns}\n9001,TST,Box,BOOSTER_BOX,DRAFT,2024-08-02\n")
    listed, _ = contents.listed_products(tmp_path)
    assert listed.select("set_code", "name", "tcg_product_id").rows() == [("tst", "Box", "9001")]
    assert sealed_ids(tmp_path).is_empty()


def test_a_row_of_a_table_that_is_cut_costs_only_itself(tmp_path: Path) -> None:
    columns = "tcgplayerProductId,set,name,category,subtype,release_date"
    rows = "9001,TST,Box,A,B,2024-08-02\n9002,TST,Cut,A,B,2024-08-02,too,many\n9003,TST,Pack,A,B,0000-00-00\n"
    write(tmp_path, "sealed_products.csv", f"{columns}\n{rows}")
    listed, _ = contents.listed_products(tmp_path)
    assert listed.select("name", "tcg_product_id", "release_date").rows() == [
        ("Box", "9001", date(2024, 8, 2)),
        ("Pack", "9003", None),
    ]


@pytest.mark.parametrize(
    ("boards", "value"),
    [
        # 2 x $10, a display commander of $40, a plane of $50, a scheme of $12.
        ({"displayCommander": 1, "planarDeck": 1, "schemeDeck": 1}, 5),
        ({"display_commander": 1, "planes": 1, "schemes": 1}, 5),
        ({"sideBoard": 3, "commander": 1}, 6),
        ({"tokens": 4}, 2),
    ],
)
def test_boards_are_read_in_every_spelling(tmp_path: Path, boards: dict[str, int], value: int) -> None:
    listed = {name: [["tst", "9", 0, count]] for name, count in boards.items()}
    write(tmp_path, "decks.json", json.dumps([deck(cards=[["tst", "1", 0, 2]], **listed)]))
    result, problems = contents.decks(tmp_path)
    assert problems == []
    assert sum(copies for _, copies in result["tst", "Red Deck"]) == value


@pytest.mark.parametrize("spelling", ["mainBoard", "mainboard", "main"])
def test_the_main_board_has_several_names(tmp_path: Path, spelling: str) -> None:
    body = deck()
    body[spelling] = body.pop("cards")
    write(tmp_path, "decks.json", json.dumps([body]))
    assert list(contents.decks(tmp_path)[0]) == [("tst", "Red Deck")]


@pytest.mark.parametrize(
    ("boards", "message"),
    [
        ({"attractionDeck": [["tst", "9", 0, 1]]}, "its board 'attractionDeck' is not known"),
        ({"stickers": [{"name": "x"}]}, "its board 'stickers' is not known"),
        ({"planes": [["tst", "9", 0, 1]], "planarDeck": [["tst", "9", 0, 1]]}, "planes twice, as planes and"),
        ({"sideboard": {"Main": []}}, "its board 'sideboard' is no list"),
        ({"commander": [["tst", "9", 0, 3_000_000_000]]}, "has count far out of bounds"),
    ],
)
def test_a_board_that_is_not_known_is_refused_by_name(tmp_path: Path, boards: Any, message: str) -> None:
    write(tmp_path, "decks.json", json.dumps([deck(**boards), deck(name="Blue Deck")]))
    result, problems = contents.decks(tmp_path)
    assert list(result) == [("tst", "Blue Deck")]
    assert message in problems[0].reason
    assert message in result.refused["tst", "Red Deck"]
