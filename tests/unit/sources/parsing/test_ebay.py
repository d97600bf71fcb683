"""eBay's answers, in the shape of the Browse API. Names and numbers are made up."""

from typing import Any

import orjson
import pytest

from arb_pipeline.sources.parsing import LayoutError, ebay
from arb_pipeline.sources.parsing.ebay import Sellers

ITEM: dict[str, Any] = {
    "itemId": "v1|256000000001|0",
    "title": "MTG Bloomburrow Play Booster Box - 36 Packs - Factory Sealed",
    "leafCategoryIds": ["261044"],
    "categories": [{"categoryId": "261044", "categoryName": "CCG Sealed Boxes"}],
    "price": {"value": "134.99", "currency": "USD"},
    "itemHref": "https://api.ebay.com/buy/browse/v1/item/v1%7C256000000001%7C0",
    "seller": {"username": "cards-by-anna", "feedbackPercentage": "99.8", "feedbackScore": 5120},
    "condition": "New",
    "conditionId": "1000",
    "shippingOptions": [
        {"shippingCostType": "FIXED", "shippingCost": {"value": "9.95", "currency": "USD"}},
        {"shippingCostType": "FIXED", "shippingCost": {"value": "5.95", "currency": "USD"}},
    ],
    "buyingOptions": ["FIXED_PRICE", "BEST_OFFER"],
    "itemWebUrl": "https://www.ebay.com/itm/256000000001",
    "itemLocation": {"city": "Boise", "postalCode": "83***", "country": "US"},
    "legacyItemId": "256000000001",
}


def item(**changes: Any) -> dict[str, Any]:
    return {**ITEM, **changes}


def page(*items: dict[str, Any], **changes: Any) -> bytes:
    about = {"href": "https://api.ebay.com/...", "total": len(items), "limit": 200, "offset": 0}
    return orjson.dumps({**about, "itemSummaries": list(items), **changes})


def only(body: bytes) -> dict[str, Any]:
    (record,) = ebay.listings(body, query="play booster box")
    return record


def test_an_offer_keeps_ebays_values_and_its_landed_price_is_exact() -> None:
    assert only(ebay.redacted(page(ITEM), Sellers())) == {
        "item_id": "v1|256000000001|0",
        "title": "MTG Bloomburrow Play Booster Box - 36 Packs - Factory Sealed",
        "price": "134.99",
        "currency": "USD",
        "converted_from_currency": None,
        "shipping": "5.95",  # the cheaper way
        "shipping_type": "FIXED",
        "landed": "140.94",  # 134.99 + 5.95
        "condition": "New",
        "condition_id": "1000",
        "buying_options": "FIXED_PRICE|BEST_OFFER",
        "item_group_type": None,
        "seller": 1,
        "feedback_score": 5120,
        "feedback_percentage": "99.8",
        "available_quantity": None,
        "country": "US",
        "leaf_category_ids": "261044",
        "url": "https://www.ebay.com/itm/256000000001",
        "query": "play booster box",
    }


@pytest.mark.parametrize(
    ("options", "cost", "kind"),
    [
        ([], None, None),
        ([{"shippingCostType": "CALCULATED"}], None, "CALCULATED"),
        (
            [{"shippingCostType": "FIXED", "shippingCost": {"value": "5.00", "currency": "CAD"}}],
            None,
            "FIXED",
        ),
    ],
)
def test_without_a_known_shipping_cost_there_is_no_landed_price(options: Any, cost: Any, kind: Any) -> None:
    record = only(page(item(shippingOptions=options)))
    assert (record["shipping"], record["shipping_type"], record["landed"]) == (cost, kind, None)


@pytest.mark.parametrize("text", ["12,50", "NaN", "Infinity", "", None])
def test_a_price_that_is_no_number_stays_as_it_is_and_is_not_landed(text: Any) -> None:
    record = only(page(item(price={"value": text, "currency": "USD"})))
    assert (record["price"], record["landed"]) == (text, None)


def test_free_shipping_is_a_known_cost() -> None:
    free = [{"shippingCostType": "FIXED", "shippingCost": {"value": "0.00", "currency": "USD"}}]
    assert only(page(item(shippingOptions=free)))["landed"] == "134.99"


def test_another_currency_stays_what_it_is() -> None:
    euros = {
        "value": "120.00",
        "currency": "EUR",
        "convertedFromValue": "130",
        "convertedFromCurrency": "USD",
    }
    record = only(page(item(price=euros)))
    assert (record["price"], record["currency"]) == ("120.00", "EUR")
    assert record["converted_from_currency"] == "USD"
    assert record["landed"] is None  # its shipping is told in USD


def test_no_name_of_a_seller_is_left_anywhere() -> None:
    legal = {"sellerProvidedLegalAddress": {"addressLine1": "1 Main St"}, "email": "anna@example.com"}
    named = item(
        description="<p>Anna's shop</p>",
        shortDescription="Anna's shop",
        conditionDescription="Sealed, as Anna got it",
        returnTerms={"returnsAccepted": True, "returnInstructions": "Back to Anna"},
        responsiblePersons=[{"companyName": "Anna's", "addressLine1": "1 Main St"}],
        manufacturer={"companyName": "Anna's", "email": "anna@example.com"},
        economicOperator={"companyName": "Anna's"},
        sellerCustomPolicies=[{"description": "Ask Anna"}],
        seller={
            **ITEM["seller"],
            "sellerLegalInfo": legal,
            "userId": "u-anna",
            "sellerAccountType": "BUSINESS",
        },
        additionalProduct={"seller": {"username": "cards-by-anna"}, "username": "cards-by-anna"},
    )
    redacted = ebay.redacted(page(named), Sellers())
    for personal in (b"anna", b"Anna", b"Boise", b"83***", b"Main St", b"username"):
        assert personal not in redacted
    seller = orjson.loads(redacted)["itemSummaries"][0]["seller"]
    assert seller == {"feedbackPercentage": "99.8", "feedbackScore": 5120, "ordinal": 1}


def test_sellers_are_numbered_in_order_and_counted_once() -> None:
    names = ("anna", "ben", "anna", "carl")
    body = ebay.redacted(page(*(item(seller={"username": name}) for name in names)), Sellers())
    assert [record["seller"] for record in ebay.listings(body, query="")] == [1, 2, 1, 3]


def test_a_seller_without_a_name_has_no_number() -> None:
    body = ebay.redacted(page(item(seller={"feedbackScore": 500})), Sellers())
    assert only(body)["seller"] is None


def test_numbers_go_on_after_those_of_an_earlier_part() -> None:
    sellers = Sellers()
    sellers.after([3, None, 2])
    assert (sellers.number("anna"), sellers.number("anna"), sellers.number("ben")) == (4, 4, 5)


def test_redacting_twice_changes_nothing() -> None:
    sellers = Sellers()
    once = ebay.redacted(page(ITEM), sellers)
    assert ebay.redacted(once, sellers) == once


def test_a_search_without_results_is_empty() -> None:
    body = orjson.dumps({"href": "...", "total": 0, "limit": 200, "offset": 0})
    assert list(ebay.listings(body, query="x")) == []
    assert not ebay.paging(body).has_more


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"total": 450, "next": "https://api.ebay.com/..."}, (450, 1, True)),
        ({"total": 450, "offset": 449}, (450, 450, False)),
        ({"total": 1}, (1, 1, False)),
        ({"total": None, "offset": None}, (1, 1, False)),  # the sandbox tells neither
    ],
)
def test_a_search_goes_on_while_there_is_more(changes: dict[str, Any], expected: Any) -> None:
    paging = ebay.paging(page(ITEM, **changes))
    assert (paging.total, paging.end, paging.has_more) == expected


def test_a_single_item_tells_its_category_elsewhere_and_how_many_there_are() -> None:
    whole = {key: value for key, value in ITEM.items() if key != "leafCategoryIds"}
    stock = {"estimatedAvailabilities": [{"estimatedAvailableQuantity": 4}]}
    (record,) = ebay.item(orjson.dumps({**whole, "categoryId": "261044", **stock}))
    assert (record["leaf_category_ids"], record["available_quantity"], record["query"]) == ("261044", 4, None)


def test_an_item_that_has_ended_is_none() -> None:
    body = orjson.dumps({"errors": [{"errorId": 11001, "message": "The specified item Id was not found."}]})
    assert list(ebay.item(body, may_be_gone=True)) == []


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b"",
        b"[]",
        b'{"total": 3}',
        b'{"itemSummaries": "none"}',
    ],
)
def test_what_is_no_search_page_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        list(ebay.listings(body, query="x"))


def test_a_page_beyond_the_last_offer_is_empty_and_the_first_may_not_be() -> None:
    about = {"href": "...", "total": 402, "limit": 200}
    beyond, first = (orjson.dumps({**about, "offset": offset}) for offset in (400, 0))
    assert list(ebay.listings(beyond, query="x")) == []
    assert not ebay.paging(beyond).has_more
    with pytest.raises(LayoutError, match="itemSummaries"):
        list(ebay.listings(first, query="x"))


def test_an_error_in_place_of_an_item_is_refused() -> None:
    with pytest.raises(LayoutError):
        list(ebay.item(b'{"errors": []}'))


def test_an_answer_that_cannot_be_read_cannot_be_redacted() -> None:
    for body in (b"<html>cards-by-anna</html>", b'{"itemSummaries": [{"seller": "cards-by-anna', b"[]", b""):
        with pytest.raises(LayoutError) as refusal:
            ebay.redacted(body, Sellers())
        assert "anna" not in str(refusal.value)
