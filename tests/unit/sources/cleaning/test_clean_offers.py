"""Offers of eBay and Amazon: new, at a fixed price, and in stock."""

from typing import Any

import pytest
from quote_builders import cleaned, only, prices, record, slugs


def ebay(**changes: Any) -> Any:
    return cleaned("ebay", record("ebay", **changes))


def test_an_offer_has_price_and_shipping_apart() -> None:
    row = only(ebay())
    assert (row["price_cents"], row["shipping_cents"], row["price_type"]) == (12000, 950, "offer")
    assert (row["id_kind"], row["match_id"], row["condition"]) == ("listing", None, "sealed")
    assert (row["title"], row["seller"], row["category"]) == ("MTG Bloomburrow Play Booster Box", 3, None)
    assert (row["source_product_id"], row["quality"]) == ("v1|256|0", 0.6)


@pytest.mark.parametrize(("shipping", "cents"), [("0.00", 0), (None, None)])
def test_free_shipping_is_not_unknown_shipping(shipping: Any, cents: Any) -> None:
    row = only(ebay(shipping=shipping))
    assert row["shipping_cents"] == cents
    assert row["quality"] == (0.6 if cents == 0 else 0.5)


@pytest.mark.parametrize(
    ("options", "reasons"),
    [
        ("FIXED_PRICE", []),
        ("AUCTION", ["auction"]),
        ("AUCTION|FIXED_PRICE", ["auction"]),
        ("CLASSIFIED_AD", ["not_fixed_price"]),
        ("", ["not_fixed_price"]),
        (None, ["not_fixed_price"]),
    ],
)
def test_an_ask_is_at_a_fixed_price(options: Any, reasons: list[str]) -> None:
    assert slugs(ebay(buying_options=options)) == reasons


@pytest.mark.parametrize(
    ("number", "words", "reasons"),
    [
        ("1000", "New", []),
        (None, "Brand New", []),
        ("1000", None, []),
        ("3000", "Used", ["not_new"]),
        ("1500", "New", ["not_new"]),
        (None, "Pre-owned", ["not_new"]),
        ("1234", "New", ["unknown_condition"]),
        (None, "Mint-ish", ["unknown_condition"]),
        (None, None, ["no_condition"]),
    ],
)
def test_only_new_items_are_sealed(number: Any, words: Any, reasons: list[str]) -> None:
    assert slugs(ebay(condition_id=number, condition=words)) == reasons


def test_an_unknown_condition_is_named_with_the_known_ones() -> None:
    row = ebay(condition_id=None, condition="Mint-ish").rejected.row(0, named=True)
    assert row["value"] == "Mint-ish"
    assert "Brand New" in row["reason"]
    assert "core/cleaning" in row["advice"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"item_group_type": "SELLER_DEFINED_VARIATIONS"}, "variations"),
        ({"title": None}, "no_title"),
        ({"price": None}, "no_price"),
        ({"price": "0.00"}, "zero"),
        ({"shipping": "-1.00"}, "negative"),
        ({"shipping": "4,99"}, "decimal_comma"),
        ({"title": "Box\x00"}, "wrong_type"),
        ({"title": "Box \ud83d"}, "wrong_type"),
    ],
)
def test_an_offer_that_says_too_little_is_refused(changes: Any, reason: str) -> None:
    assert slugs(ebay(**changes)) == [reason]


def test_an_item_of_which_none_is_left_is_no_offer() -> None:
    assert ebay(available_quantity=0).unquoted == {"out_of_stock": 1}
    assert only(ebay(available_quantity=4))["available_quantity"] == 4


def test_an_offer_found_by_two_searches_counts_once() -> None:
    result = cleaned("ebay", record("ebay"), record("ebay", query="other", available_quantity=4))
    assert (result.quoted, result.duplicates) == (1, 1)


def amazon(**changes: Any) -> dict[str, Any]:
    return record("amazon", **changes)


def test_the_buy_box_and_the_cheapest_offer_are_quoted() -> None:
    result = cleaned("amazon", amazon(), amazon(amount=119.5, is_buy_box_winner=False))
    assert prices(result) == {("normal", "offer"): 12999, ("normal", "low"): 11950}
    assert result.quotes["match_id"].unique().to_list() == ["B0D3XKZ1ZL"]
    assert (result.quoted, result.unquoted) == (2, {})


def test_one_record_may_be_both() -> None:
    result = cleaned("amazon", amazon(), amazon(amount=139, is_buy_box_winner=False))
    assert prices(result) == {("normal", "offer"): 12999, ("normal", "low"): 12999}
    assert (result.quoted, result.unquoted) == (1, {"not_the_lowest": 1})


def test_an_item_without_an_offer_is_no_fault() -> None:
    bare = {"asin": "B0", "title": "Box", "url": "https://www.amazon.com/x"}
    assert cleaned("amazon", bare).unquoted == {"no_offer": 1}


@pytest.mark.parametrize("availability", ["OUT_OF_STOCK", "UNAVAILABLE", "UNKNOWN", None])
def test_an_offer_that_cannot_be_had_is_no_quote(availability: Any) -> None:
    assert cleaned("amazon", amazon(availability=availability)).unquoted == {"out_of_stock": 1}


@pytest.mark.parametrize(
    ("availability", "is_presale"), [("PREORDER", True), ("IN_STOCK", False), ("AVAILABLE_DATE", None)]
)
def test_a_preorder_is_a_presale(availability: str, is_presale: Any) -> None:
    result = cleaned("amazon", amazon(availability=availability)).quotes
    assert result["is_presale"].unique().to_list() == [is_presale]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"condition": "Used"}, "not_new"),
        ({"condition": "Unknown"}, "unknown_condition"),
        ({"condition": None}, "no_condition"),
        ({"availability": "SOON"}, "unknown_availability"),
        ({"amount": "59,49"}, "decimal_comma"),
        ({"amount": 0}, "zero"),
        ({"title": None}, "no_title"),
    ],
)
def test_an_offer_of_amazon_that_is_none_is_refused(changes: Any, reason: str) -> None:
    assert slugs(cleaned("amazon", amazon(**changes))) == [reason]


def test_a_price_for_members_counts_less() -> None:
    result = cleaned("amazon", amazon(deal_access="PRIME_EXCLUSIVE")).quotes
    assert result["quality"].unique().to_list() == [0.4]


def sp(**changes: Any) -> dict[str, Any]:
    return record("amazon_sp", **changes)


def test_the_cheapest_is_the_cheapest_with_its_shipping() -> None:
    near = sp(listing=128, shipping=9, landed=137)
    far = sp(listing=130, shipping=0, landed=130, is_buy_box_winner=True)
    result = cleaned("amazon_sp", near, far).quotes
    columns = ["price_type", "price_cents", "shipping_cents", "seller_count"]
    assert sorted(result.select(columns).rows()) == [("low", 13000, 0, 14), ("offer", 13000, 0, 14)]


def test_the_buy_box_of_the_summary_counts_too() -> None:
    box = sp(kind="buy_box", listing=140, shipping=0, is_buy_box_winner=True)
    assert prices(cleaned("amazon_sp", sp(), box)) == {("normal", "low"): 12999, ("normal", "offer"): 14000}


def test_where_only_the_landed_price_is_stated_it_includes_shipping() -> None:
    row = only(cleaned("amazon_sp", sp(listing=None, shipping=None, landed=134.98)))
    assert (row["price_cents"], row["shipping_cents"]) == (13498, 0)


def test_unknown_shipping_comes_after_known_shipping() -> None:
    unknown = sp(listing=100, shipping=None, landed=None)
    row = only(cleaned("amazon_sp", unknown, sp()))
    assert (row["price_cents"], row["shipping_cents"]) == (12999, 499)
    assert only(cleaned("amazon_sp", unknown))["quality"] == 0.5


@pytest.mark.parametrize("changes", [{"offer_type": "B2B"}, {"quantity_tier": 20}])
def test_a_price_that_one_buyer_cannot_have_is_no_quote(changes: Any) -> None:
    assert cleaned("amazon_sp", sp(kind="lowest", **changes)).unquoted == {"not_for_one": 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"condition": "Collectible"}, "not_new"),
        ({"condition": "shiny"}, "unknown_condition"),
        ({"condition": None}, "no_condition"),
        ({"kind": "rumour"}, "unknown_list"),
        ({"kind": None}, "unknown_list"),
        ({"listing": None, "landed": None}, "no_listing"),
    ],
)
def test_an_offer_of_the_partner_api_that_is_none_is_refused(changes: Any, reason: str) -> None:
    assert slugs(cleaned("amazon_sp", sp(**changes))) == [reason]
