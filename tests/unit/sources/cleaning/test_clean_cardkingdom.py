"""Card Kingdom's lists: retail while it has some, buylist while it wants some."""

from typing import Any

import pytest
from quote_builders import AT, cleaned, of_batches, prices, record, slugs

from arb_pipeline.sources.raw_frames import Batch

SEALED: dict[str, Any] = {
    "id": 240435,
    "sku": "",
    "url": "mtg-sealed/antiquities-booster-box",
    "edition": "Antiquities",
    "name": "Antiquities Booster Box",
    "price_retail": "34999.99",
    "qty_retail": 1,
    "price_buy": "22750.00",
    "qty_buying": 1,
}


def card(**changes: Any) -> dict[tuple[str, str], int]:
    return prices(cleaned("cardkingdom", record("cardkingdom", **changes)))


def test_a_card_has_a_retail_price_and_a_buylist_price_with_quantities() -> None:
    result = cleaned("cardkingdom", record("cardkingdom"))
    columns = ["price_type", "price_cents", "available_quantity", "condition", "quality"]
    assert sorted(result.quotes.select(columns).rows()) == [
        ("buylist", 2, 12, "near_mint", 1.0),
        ("retail", 35, 10, "near_mint", 0.8),
    ]
    row = result.quotes.row(0, named=True)
    assert (row["id_kind"], row["match_id"]) == ("scryfall", "a363bc91-8278-448e-9d5c-564e4b51eb62")
    assert (row["source_product_id"], row["title"], row["printing"]) == ("4ED-117", "Abomination", "normal")
    assert row["source_url"] == "https://www.cardkingdom.com/mtg/4th-edition/abomination"


def test_a_price_without_a_card_in_stock_is_no_offer() -> None:
    assert card(qty_retail=0, nm_qty=0) == {("normal", "buylist"): 2}


@pytest.mark.parametrize("changes", [{"price_buy": "0.00"}, {"price_buy": 0}, {"qty_buying": 0}])
def test_it_is_not_buying_at_no_price_or_no_quantity(changes: Any) -> None:
    assert card(**changes) == {("normal", "retail"): 35}


def test_a_card_neither_sold_nor_bought_is_a_sound_record_without_a_quote() -> None:
    result = cleaned("cardkingdom", record("cardkingdom", qty_retail=0, nm_qty=0, qty_buying=0))
    assert (result.unquoted, result.refused_records) == ({"no_offer": 1}, 0)


def test_numbers_and_texts_mean_the_same() -> None:
    numbers = card(price_retail=0.35, nm_price=0.35, price_buy=0.02, qty_retail="10", qty_buying="12")
    assert numbers == card() == {("normal", "retail"): 35, ("normal", "buylist"): 2}


def test_stock_in_a_lower_grade_alone_is_no_near_mint_offer() -> None:
    assert ("normal", "retail") not in card(nm_qty=0, qty_retail=3)


def test_other_conditions_come_when_requested() -> None:
    conditions = ("near_mint", "lightly_played", "moderately_played")
    result = cleaned("cardkingdom", record("cardkingdom"), conditions=conditions).quotes
    retail = result.filter(price_type="retail").select("condition", "price_cents", "available_quantity")
    assert sorted(retail.rows()) == [("lightly_played", 28, 3), ("near_mint", 35, 10)]


def test_near_mint_can_be_left_out() -> None:
    result = cleaned("cardkingdom", record("cardkingdom"), conditions=("lightly_played",)).quotes
    assert result.filter(price_type="retail")["condition"].to_list() == ["lightly_played"]


def test_a_list_without_condition_values_has_its_retail_price() -> None:
    bare = {name: value for name, value in record("cardkingdom").items() if name[:3] not in {"nm_", "ex_"}}
    assert prices(cleaned("cardkingdom", bare))["normal", "retail"] == 35


@pytest.mark.parametrize(
    ("changes", "printing"),
    [
        ({"sku": "F4ED-117", "is_foil": "true"}, "foil"),
        ({"sku": "F4ED-117", "is_foil": True}, "foil"),
        ({"sku": "FENEO-418", "is_foil": "true", "variation": "Foil Etched"}, "etched"),
        ({"sku": "FESTA-090", "is_foil": "false"}, "etched"),
        ({"sku": "FEXO-001", "is_foil": "true"}, "foil"),  # a foil of Exodus, EXO
        ({"sku": "FELD-001", "is_foil": "true"}, "foil"),  # of Eldraine, ELD
        ({"sku": "FEM-12A", "is_foil": "false"}, "normal"),  # Fallen Empires
    ],
)
def test_the_finish_is_read_from_flag_sku_and_variation(changes: Any, printing: str) -> None:
    assert {result for result, _ in card(**changes)} == {printing}


def test_an_unclear_finish_is_refused() -> None:
    assert slugs(cleaned("cardkingdom", record("cardkingdom", is_foil="perhaps"))) == ["wrong_type"]


@pytest.mark.parametrize(
    ("sku", "language"),
    [
        ("WAR-001-JP", "Japanese"),
        ("3ED-107-DE", "German"),
        ("M15-194P", "English"),
        ("SLD-IFIYW-01", "English"),
    ],
)
def test_the_language_is_the_skus_ending(sku: str, language: str) -> None:
    result = cleaned("cardkingdom", record("cardkingdom", sku=sku))
    assert set(result.quotes["language"]) == {language}


def test_a_language_not_known_is_refused_by_name() -> None:
    result = cleaned("cardkingdom", record("cardkingdom", sku="WAR-001-QQ"))
    assert slugs(result) == ["unknown_language"]
    assert "JP" in result.rejected["reason"][0]
    assert result.rejected["value"].to_list() == ["QQ"]


def test_a_card_without_scryfalls_id_goes_by_card_kingdoms() -> None:
    result = cleaned("cardkingdom", record("cardkingdom", scryfall_id=""))
    assert result.quotes.select("id_kind", "match_id").unique().rows() == [("cardkingdom", "10000")]


def test_a_sealed_product_goes_by_card_kingdoms_id() -> None:
    result = cleaned("cardkingdom", SEALED, kind="sealed")
    assert prices(result) == {("normal", "retail"): 3499999, ("normal", "buylist"): 2275000}
    columns = ["source_product_id", "id_kind", "match_id", "condition", "title", "record"]
    assert result.quotes.select(columns).unique().rows() == [
        ("240435", "cardkingdom", "240435", "sealed", "Antiquities Booster Box", "id 240435")
    ]


def test_sealed_products_come_whatever_conditions_are_requested() -> None:
    result = cleaned("cardkingdom", SEALED, kind="sealed", conditions=("lightly_played",))
    assert prices(result)["normal", "retail"] == 3499999


def test_a_list_of_another_kind_is_refused() -> None:
    result = of_batches("cardkingdom", Batch("file", AT, [SEALED], "mtg", "supplies"))
    assert slugs(result) == ["unknown_list"]
