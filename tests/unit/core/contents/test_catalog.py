"""The catalogue: ids of products, and how contents' names of cards lead to them."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import Printings, SealedProducts
from arb_pipeline.contracts.columns import PRODUCTS
from arb_pipeline.core.contents.catalog import (
    match_printings,
    printings,
    product_rows,
    sealed_products,
    without_ids_of_cards,
    without_ids_of_sealed,
)
from arb_pipeline.games.magic.printings import by_finish

LISTED = {
    "category": pl.String,
    "set_code": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "subtype": pl.String,
    "language": pl.String,
    "release_date": pl.Date,
    "tcg_product_id": pl.String,
}
ID_MAP = dict.fromkeys(
    ("set_code", "number", "name", "rarity", "finishes", "tcg_product_id", "tcg_etched_product_id"), pl.String
)
CARD = {
    "set_code": pl.String,
    "number": pl.String,
    "finish": pl.String,
    "sheet": pl.String,
    "card_name": pl.String,
}


def listed(**changes: Any) -> dict[str, Any]:
    """A booster box as a source lists it."""
    row = {"category": "mtg", "set_code": "tst", "name": "Box", "kind": "booster_box", "subtype": "draft"}
    return row | {"language": None, "release_date": date(2020, 1, 1), "tcg_product_id": "9001"} | changes


def sealed(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return conform(
        sealed_products(pl.DataFrame(rows, schema=LISTED, orient="row")), SealedProducts
    ).to_dicts()


def mapped(number: str = "1", **changes: Any) -> dict[str, Any]:
    """A printing in the id map; its TCGplayer id is its number in the thousands."""
    row = {
        "set_code": "tst",
        "number": number,
        "name": f"Card {number}",
        "rarity": "rare",
        "finishes": "nonfoil|foil",
    }
    return row | {"tcg_product_id": f"{number}000", "tcg_etched_product_id": None} | changes


def catalogue(*rows: dict[str, Any]) -> pl.DataFrame:
    return printings(by_finish(pl.DataFrame(rows, schema=ID_MAP, orient="row")), category="mtg")


def match(cards: list[dict[str, Any]], *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Cards of contents, joined to a catalogue of some printings."""
    wanted = [
        {"set_code": "tst", "number": "1", "finish": "nonfoil", "sheet": "common", "card_name": ""} | c
        for c in cards
    ]
    return match_printings(
        pl.DataFrame(wanted, schema=CARD, orient="row"), catalogue(*rows), category="mtg"
    ).to_dicts()


def test_a_product_without_a_language_is_english() -> None:
    assert sealed(listed())[0]["language"] == "English"
    assert sealed(listed(language="Japanese"))[0]["language"] == "Japanese"


def test_a_product_listed_twice_counts_once_and_the_first_listing_stays() -> None:
    rows = sealed(listed(), listed(tcg_product_id="9002"))
    assert [r["tcg_product_id"] for r in rows] == ["9001"]


def test_an_id_that_two_sealed_products_claim_belongs_to_neither_and_both_are_named() -> None:
    rows = sealed(listed(name="B Box"), listed(name="A Box"), listed(name="C Box", tcg_product_id="9002"))
    assert [(r["name"], r["tcg_product_id"]) for r in rows] == [
        ("A Box", None),
        ("B Box", None),
        ("C Box", "9002"),
    ]
    claim = "TCGplayer id 9001 is claimed by A Box (tst), B Box (tst)"
    assert [r["id_claims"] for r in rows] == [claim, claim, None]
    assert [r["claimed_tcg_product_id"] for r in rows] == ["9001", "9001", None]


def test_products_of_two_games_cannot_share_an_id() -> None:
    rows = sealed(listed(), listed(category="pokemon", name="Other"))
    assert [r["tcg_product_id"] for r in rows] == [None, None]


def test_an_id_that_a_sealed_product_and_a_card_claim_belongs_to_neither() -> None:
    box = sealed_products(pl.DataFrame([listed(tcg_product_id="1000")], schema=LISTED, orient="row"))
    cards = catalogue(mapped(), mapped("2"))
    boxes = conform(without_ids_of_cards(box, cards), SealedProducts)
    claim = "TCGplayer id 1000 is claimed by the card Card 1 (tst 1), Box (tst)"
    assert boxes.select("tcg_product_id", "id_claims", "claimed_tcg_product_id").row(0) == (
        None,
        claim,
        "1000",
    )
    left = conform(without_ids_of_sealed(cards, boxes), Printings).sort("number", "finish")
    assert left["tcg_product_id"].to_list() == [None, None, "2000", "2000"]
    assert left["id_claims"].to_list() == [claim, claim, None, None]


def test_an_id_that_two_cards_claim_prices_neither_and_both_are_named() -> None:
    # A $0.20 rare with the id of a $30 card would take its price.
    rows = conform(catalogue(mapped("1"), mapped("2", tcg_product_id="1000")), Printings)
    assert rows["tcg_product_id"].to_list() == [None] * 4
    assert rows["product_id"].n_unique() == 2
    assert set(rows["id_claims"]) == {"TCGplayer id 1000 is claimed by Card 1 (tst 1), Card 2 (tst 2)"}
    assert match([{}], mapped("1"), mapped("2", tcg_product_id="1000"))[0]["tcg_product_id"] is None


def test_two_numbers_of_one_name_in_one_set_are_two_cards() -> None:
    # A showcase with the id of the regular card: same name, another price.
    rows = catalogue(mapped("1", name="Angel"), mapped("301", name="Angel", tcg_product_id="1000"))
    assert rows["tcg_product_id"].to_list() == [None] * 4


def test_an_etched_foil_with_the_id_of_the_plain_card_prices_neither() -> None:
    rows = catalogue(mapped(finishes="nonfoil|foil|etched", tcg_etched_product_id="1000"))
    assert rows["tcg_product_id"].to_list() == [None] * 3
    assert "Card 1 (tst 1 etched)" in rows["id_claims"][0]


def test_one_card_in_two_sets_may_share_an_id() -> None:
    # The List and Mystery Booster: one product at TCGplayer.
    rows = catalogue(
        mapped("7", set_code="mb1", name="Pillage", tcg_product_id="204753"),
        mapped("7", set_code="plist", name="Pillage", tcg_product_id="204753"),
    )
    assert set(rows["tcg_product_id"]) == {"204753"}


def test_products_without_a_marketplace_id_are_all_kept() -> None:
    assert len(sealed(listed(name="A", tcg_product_id=None), listed(name="B", tcg_product_id=None))) == 2


def test_ids_do_not_depend_on_what_else_is_listed() -> None:
    alone = sealed(listed())[0]["product_id"]
    assert alone in {r["product_id"] for r in sealed(listed(name="A"), listed(), listed(set_code="xyz"))}


def test_non_foil_and_foil_share_a_product() -> None:
    rows = conform(catalogue(mapped()), Printings).sort("finish").to_dicts()
    assert [(r["finish"], r["is_foil"], r["is_offered"]) for r in rows] == [
        ("foil", True, True),
        ("nonfoil", False, True),
    ]
    assert len({r["product_id"] for r in rows}) == 1


def test_an_etched_foil_is_a_product_of_its_own() -> None:
    rows = catalogue(mapped(finishes="nonfoil|foil|etched", tcg_etched_product_id="1999"))
    etched = rows.filter(pl.col("finish") == "etched").row(0, named=True)
    assert etched["tcg_product_id"] == "1999"
    assert etched["product_id"] not in rows.filter(pl.col("finish") != "etched")["product_id"].to_list()


def test_a_printing_that_is_only_etched_has_its_price_under_the_plain_id() -> None:
    rows = catalogue(mapped(finishes="etched"))
    assert rows.filter(pl.col("finish") == "etched")["tcg_product_id"].to_list() == ["1000"]


def test_an_etched_foil_without_an_id_of_its_own_does_not_take_the_plain_price() -> None:
    rows = catalogue(mapped(finishes="nonfoil|foil|etched"))
    assert rows.filter(pl.col("finish") == "etched")["tcg_product_id"].to_list() == [None]


def test_printings_that_share_a_marketplace_id_are_one_product() -> None:
    # Tenth Edition: a plain and a starred printing of one card, one product, one price row.
    same = {"name": "Ancestor's Chosen", "tcg_product_id": "15032"}
    rows = catalogue(mapped("101", **same), mapped("101★", **same))
    assert rows["product_id"].n_unique() == 1
    assert set(rows["tcg_product_id"]) == {"15032"}


def test_a_card_finds_its_printing() -> None:
    row = match([{}], mapped())[0]
    assert (row["name"], row["rarity"], row["tcg_product_id"], row["is_foil"]) == (
        "Card 1",
        "rare",
        "1000",
        False,
    )
    foil = match([{"finish": "foil"}], mapped())[0]
    assert (foil["tcg_product_id"], foil["is_foil"]) == ("1000", True)
    assert foil["single_product_id"] == row["single_product_id"]


def test_a_face_finds_the_card_without_its_letter() -> None:
    row = match([{"number": "123a"}], mapped("123"))[0]
    assert row["tcg_product_id"] == "123000"


def test_a_face_of_a_promo_finds_the_promo_and_not_the_plain_card() -> None:
    cards = [mapped("260"), mapped("260s", tcg_product_id="777")]
    assert match([{"number": "260sa"}], *cards)[0]["tcg_product_id"] == "777"
    assert match([{"number": "260sa"}], cards[0])[0]["tcg_product_id"] is None


def test_a_foil_with_a_star_is_the_foil_of_the_plain_number_where_the_catalogue_lacks_it() -> None:
    star = {"number": "1★", "finish": "foil"}
    result = match([star], mapped("1"))[0]
    assert (result["tcg_product_id"], result["printing"]) == ("1000", "foil")
    own = match([star], mapped("1"), mapped("1★", tcg_product_id="777"))[0]
    assert own["tcg_product_id"] == "777"


def test_a_foil_with_a_star_is_unknown_where_the_catalogue_has_other_stars_of_the_set() -> None:
    star = {"number": "1★", "finish": "foil"}
    assert match([star], mapped("1"), mapped("2★"))[0]["tcg_product_id"] is None


def test_a_star_that_is_no_foil_is_another_card() -> None:
    # War of the Spark: `1★` is the Japanese planeswalker, plain and foil.
    assert match([{"number": "1★"}], mapped("1"))[0]["tcg_product_id"] is None


@pytest.mark.parametrize("number", ["1z", "1s", "1p", "1c", "1★a"])
def test_a_serialised_or_stamped_card_is_not_its_plain_one(number: str) -> None:
    result = match([{"number": number, "finish": "foil"}], mapped("1"))[0]
    assert (result["tcg_product_id"], result["rarity"]) == (None, None)


@pytest.mark.parametrize("number", ["1a", "1b"])
@pytest.mark.parametrize("finish", ["nonfoil", "foil"])
def test_either_face_is_the_card(number: str, finish: str) -> None:
    assert match([{"number": number, "finish": finish}], mapped("1"))[0]["tcg_product_id"] == "1000"


def test_an_etched_card_that_is_not_printed_etched_is_not_the_foil() -> None:
    assert match([{"finish": "etched"}], mapped("1"))[0]["tcg_product_id"] is None


@pytest.mark.parametrize(
    ("stated", "is_other"),
    [
        ("Card 1", False),
        ("Cärd 1", False),
        ("CARD-1", False),
        ("", False),
        ("Card 1 // Back", False),
        ("Something else", True),
        ("Card 11", True),
    ],
)
def test_another_name_at_the_number_of_a_card_is_noticed(stated: str, is_other: bool) -> None:
    assert match([{"card_name": stated}], mapped())[0]["is_other"] is is_other


@pytest.mark.parametrize("stated", ["Front", "Front // Back", "Back"])
def test_a_face_is_no_other_name(stated: str) -> None:
    assert match([{"card_name": stated}], mapped(name="Front // Back"))[0]["is_other"] is False


def test_a_number_that_really_ends_with_a_letter_is_matched_as_it_is() -> None:
    row = match([{"number": "123a"}], mapped("123"), mapped("123a", tcg_product_id="777"))[0]
    assert row["tcg_product_id"] == "777"


def test_both_faces_of_a_card_are_one_single() -> None:
    rows = match([{"number": "123a"}, {"number": "123"}], mapped("123"))
    assert len({r["single_product_id"] for r in rows}) == 1


@pytest.mark.parametrize("card", [{"number": "404"}, {"set_code": "xyz"}, {"number": "404a"}])
def test_a_card_that_the_catalogue_does_not_know_is_kept_unpriced(card: dict[str, str]) -> None:
    rows = match([card, {}], mapped())
    assert len(rows) == 2
    unknown = rows[0]
    assert unknown["single_product_id"] is not None
    assert (unknown["tcg_product_id"], unknown["rarity"]) == (None, None)
    assert unknown["single_product_id"] != rows[1]["single_product_id"]


def test_an_unknown_card_has_the_name_that_contents_gave_or_its_number() -> None:
    rows = match([{"number": "404", "card_name": "Promo"}, {"number": "405", "card_name": None}], mapped())
    assert rows[0]["name"] == "Promo"
    assert rows[1]["name"] == "TST #405"


def test_a_pack_card_that_is_unknown_is_named_by_its_number() -> None:
    # Cards pulled from packs carry an empty name.
    assert match([{"number": "404", "card_name": ""}], mapped())[0]["name"] == "TST #404"


def test_a_foil_of_an_etched_sheet_is_the_etched_foil() -> None:
    etched = mapped(finishes="nonfoil|foil|etched", tcg_etched_product_id="1999")
    assert match([{"finish": "foil", "sheet": "etched_rare_mythic"}], etched)[0]["tcg_product_id"] == "1999"
    assert match([{"finish": "foil", "sheet": "foil_rare"}], etched)[0]["tcg_product_id"] == "1000"


def test_a_foil_of_an_etched_sheet_without_an_etched_printing_is_the_plain_foil() -> None:
    assert match([{"finish": "foil", "sheet": "etched_rare_mythic"}], mapped())[0]["tcg_product_id"] == "1000"


def test_a_foil_that_is_only_offered_etched_is_the_etched_one() -> None:
    row = match([{"finish": "foil"}], mapped(finishes="nonfoil|etched", tcg_etched_product_id="1999"))[0]
    assert (row["tcg_product_id"], row["is_foil"]) == ("1999", True)


def test_a_foil_only_card_named_without_its_finish_is_the_foil() -> None:
    row = match([{}], mapped(finishes="foil"))[0]
    assert (row["tcg_product_id"], row["is_foil"]) == ("1000", True)


def test_an_etched_only_card_named_without_its_finish_is_the_etched_one() -> None:
    row = match([{}], mapped(finishes="etched"))[0]
    assert (row["tcg_product_id"], row["is_foil"]) == ("1000", True)


def test_every_card_of_the_contents_comes_back_once() -> None:
    cards = [
        {"number": n, "finish": f, "card_name": c}
        for n in ("1", "1a", "404")
        for f in ("nonfoil", "foil")
        for c in ("", None)
    ]
    assert len(match(cards, mapped())) == 12


def test_the_products_table_holds_each_product_once() -> None:
    box = sealed_products(pl.DataFrame([listed()], schema=LISTED, orient="row"))
    cards = catalogue(mapped(), mapped("2"))
    known = cards["product_id"][0]
    referenced = pl.DataFrame(
        {
            "single_product_id": [known, "new"],
            "category": ["mtg", "mtg"],
            "set_code": ["tst", "tst"],
            "name": ["again", "Promo" * 200],
            "tcg_product_id": [None, None],
        },
        schema_overrides={"tcg_product_id": pl.String},
    )
    rows = product_rows(box, cards, referenced)
    assert rows["id"].n_unique() == rows.height == 4
    assert rows.filter(pl.col("id") == "new")["name"].item() == ("Promo" * 200)[:500]
    assert rows["product_type"].to_list() == ["sealed", "single", "single", "single"]


def test_words_that_no_column_can_hold_are_cut_and_lose_nothing_else() -> None:
    """A set code of 300 letters went into set_name (200): the load failed, and with it the run of all games."""
    odd = {"name": "Odd\0 Box", "set_code": "s" * 300, "kind": "k" * 60, "language": "l" * 50}
    box = sealed_products(pl.DataFrame([listed(**odd), listed()], schema=LISTED, orient="row"))
    none = pl.DataFrame(
        schema=dict.fromkeys(
            ("single_product_id", "category", "set_code", "name", "tcg_product_id"), pl.String
        )
    )
    rows = product_rows(box, catalogue(mapped()), none)
    widths = {
        column.name: column.kind.size for column in PRODUCTS.columns if column.name in odd | {"set_name": 0}
    }
    assert widths == {"name": 500, "set_name": 200, "set_code": 20, "kind": 40, "language": 30}
    for name, width in widths.items():
        assert rows[name].str.len_chars().max() <= width, name
        assert not rows[name].str.contains("\0", literal=True).any(), name
    assert rows.filter(product_type="sealed")["name"].sort().to_list() == sorted(
        ["Odd Box", listed()["name"]]
    )


def test_a_marketplace_id_is_in_the_products_table_once() -> None:
    box = sealed_products(pl.DataFrame([listed(tcg_product_id="1000")], schema=LISTED, orient="row"))
    none = pl.DataFrame(
        schema=dict.fromkeys(
            ("single_product_id", "category", "set_code", "name", "tcg_product_id"), pl.String
        )
    )
    ids = product_rows(box, catalogue(mapped()), none)["tcg_product_id"].to_list()
    assert ids == ["1000", None]
