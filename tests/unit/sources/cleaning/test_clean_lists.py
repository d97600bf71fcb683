"""TCGplayer's API and distributors' lists."""

from datetime import date
from typing import Any

import pytest
from builders import DAY, price_record
from quote_builders import cleaned, only, prices, record, slugs

from arb_pipeline.core.matching.barcodes import barcode
from arb_pipeline.sources.cleaning import tcgplayer


def test_a_pricing_record_has_market_low_and_mid() -> None:
    result = cleaned("tcgplayer_api", record("tcgplayer_api"))
    assert prices(result) == {("normal", "market"): 525, ("normal", "low"): 450, ("normal", "mid"): 600}
    assert result.quotes.select("id_kind", "match_id", "source").unique().rows() == [
        ("tcgplayer", "541226", "tcgplayer")
    ]


def test_a_printing_without_a_price_is_no_fault() -> None:
    bare = record("tcgplayer_api", marketPrice=None, lowPrice=None, midPrice=None)
    assert cleaned("tcgplayer_api", bare).unquoted == {"no_price": 1}


def test_two_printings_of_a_product_are_two() -> None:
    result = cleaned("tcgplayer_api", record("tcgplayer_api"), record("tcgplayer_api", subTypeName="Foil"))
    assert (result.quoted, result.quotes.height) == (2, 6)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"productId": 0}, "not_a_product"),
        ({"productId": -5}, "not_a_product"),
        ({"productId": "x"}, "not_a_product"),
        ({"subTypeName": " "}, None),
        ({"subTypeName": None}, "no_printing"),
        ({"subTypeName": ""}, "no_printing"),
        ({"lowPrice": 0}, "zero"),
        ({"midPrice": "6.00"}, "not_a_number"),
    ],
)
def test_a_pricing_record_that_is_none_is_refused(changes: Any, reason: Any) -> None:
    result = cleaned("tcgplayer_api", record("tcgplayer_api", **changes))
    assert slugs(result) == [reason or "no_printing"]


@pytest.mark.parametrize("name", ["Normal", "1st Edition Holofoil", " Reverse  Holofoil ", "Foil-ish"])
def test_a_printing_is_spelt_as_tcgcsvs_is(name: str) -> None:
    payload = {"success": True, "results": [price_record(subTypeName=name)]}
    theirs = tcgplayer.clean([tcgplayer.PriceFile("f", "mtg", payload)], day=DAY).observations
    ours = cleaned("tcgplayer_api", record("tcgplayer_api", subTypeName=name)).quotes
    assert ours["printing"].unique().to_list() == theirs["printing"].to_list()


def row(**changes: Any) -> Any:
    return cleaned("distributor", record("distributor", **changes))


def test_a_wholesale_price_has_its_terms() -> None:
    result = only(row())
    # 88.50 x 1.1611 = 102.757
    assert (result["price_cents"], result["currency"], result["price_type"]) == (10276, "EUR", "wholesale")
    assert (result["moq"], result["case_size"], result["available_quantity"]) == (2, 6, 40)
    assert (result["source_product_id"], result["id_kind"]) == ("alpha:WOC-1", "upc")
    assert (result["match_id"], result["upc"], result["category"]) == ("195166253725", "195166253725", "mtg")
    assert (result["is_presale"], result["available_on"], result["record"]) == (None, None, "alpha row 7")


@pytest.mark.parametrize(
    ("day", "is_presale"), [("2025-10-11", True), ("2025-10-10", False), ("2025-01-02", False)]
)
def test_what_is_available_later_is_a_presale(day: str, is_presale: bool) -> None:
    result = only(row(available_on=day))
    assert (result["is_presale"], result["available_on"]) == (is_presale, date.fromisoformat(day))


def test_a_row_with_a_problem_is_quarantined_with_it() -> None:
    problem = "price: '12.50' is no number with ',' before its decimals"
    result = row(price=None, problem=problem)
    assert slugs(result) == ["unreadable_row"]
    assert result.rejected["value"].to_list() == [problem]


def test_a_problem_is_reported_before_anything_else() -> None:
    nothing = row(sku=None, upc=None, price=None, problem="it has neither sku nor upc")
    assert found_value(nothing) == "it has neither sku nor upc"


def found_value(quoted: Any) -> str:
    assert slugs(quoted) == ["unreadable_row"]
    return str(quoted.rejected["value"][0])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sku": None, "upc": None}, "no_id"),
        ({"distributor": None}, "no_id"),
        ({"price": None}, "no_price"),
        ({"price": "0"}, "zero"),
        ({"available_on": "soon"}, "not_a_day"),
        ({"available_on": "2025-02-30"}, "not_a_day"),
        ({"category": "digimon"}, "unknown_category"),
        ({"moq": "-2"}, "not_a_whole_number"),
    ],
)
def test_a_row_that_is_none_is_refused(changes: Any, reason: str) -> None:
    assert slugs(row(**changes)) == [reason]


def test_a_list_of_several_games_has_no_category() -> None:
    assert only(row(category=None))["category"] is None


def test_two_distributors_may_use_one_number() -> None:
    result = cleaned("distributor", record("distributor"), record("distributor", distributor="beta"))
    assert sorted(result.quotes["source_product_id"]) == ["alpha:WOC-1", "beta:WOC-1"]


def test_what_is_sold_out_is_no_quote() -> None:
    assert row(quantity=0).unquoted == {"out_of_stock": 1}


def test_no_minimum_is_no_minimum() -> None:
    result = only(row(moq=0, case_size=0))
    assert (result["moq"], result["case_size"]) == (None, None)


def test_a_row_without_a_sound_barcode_goes_by_its_title() -> None:
    result = only(row(upc="195166253720"))
    assert (result["id_kind"], result["match_id"], result["upc"]) == ("distributor", None, None)
    assert result["title"] == "Bloomburrow Play Booster Display"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 1+5+6+5+7+5 odd places: (1+5+6+2+3+2) x 3 + (9+1+6+5+7) = 57 + 28 = 85; 85 + 5 = 90
        ("195166253725", "195166253725"),
        ("0195166253725", "195166253725"),
        ("00195166253725", "195166253725"),
        ("1 95166-25372 5", "195166253725"),
        ("4006381333931", "4006381333931"),
        ("036000291452", "036000291452"),
        ("36000291452", "036000291452"),  # a spreadsheet dropped the zero
        ("195166253724", None),
        ("000000000000", None),
        ("1234", None),
        ("B0D3XKZ1ZL", None),
        ("", None),
    ],
)
def test_a_barcode_has_one_spelling(text: str, expected: str | None) -> None:
    assert barcode(text) == expected
