"""Answers of the Creators API, in its shape. Titles and numbers are made up."""

from typing import Any

import orjson
import pytest

from arb_pipeline.sources.parsing import LayoutError, amazon

LISTING: dict[str, Any] = {
    "availability": {"maxOrderQuantity": 3, "minOrderQuantity": 1, "type": "IN_STOCK"},
    "condition": {"value": "New", "subCondition": "Unknown", "conditionNote": ""},
    "isBuyBoxWinner": True,
    "merchantInfo": {"name": "Anna's Cards"},
    "price": {"money": {"amount": 139.99, "currency": "USD", "displayAmount": "$139.99"}},
    "violatesMAP": False,
}
ITEM: dict[str, Any] = {
    "asin": "B0D3XKZ1ZL",
    "detailPageURL": "https://www.amazon.com/dp/B0D3XKZ1ZL?tag=me-20",
    "itemInfo": {"title": {"displayValue": "Bloomburrow Play Booster Box", "label": "title"}},
    "offersV2": {"listings": [LISTING]},
}


def search(*items: dict[str, Any], total: int = 1) -> bytes:
    return orjson.dumps({"searchResult": {"items": list(items), "totalResultCount": total}})


def test_an_offer_keeps_amazons_values() -> None:
    (record,) = amazon.offers(search(ITEM), query="booster box")
    assert record == {
        "asin": "B0D3XKZ1ZL",
        "title": "Bloomburrow Play Booster Box",
        "url": "https://www.amazon.com/dp/B0D3XKZ1ZL?tag=me-20",
        "amount": 139.99,
        "currency": "USD",
        "availability": "IN_STOCK",
        "condition": "New",
        "is_buy_box_winner": True,
        "min_order_quantity": 1,
        "max_order_quantity": 3,
        "deal_access": None,
        "query": "booster box",
    }


@pytest.mark.parametrize("offers", [None, {}, {"listings": []}])
def test_an_item_without_offers_is_a_record_without_a_price(offers: Any) -> None:
    (record,) = amazon.offers(search({**ITEM, "offersV2": offers}))
    assert record["title"] == "Bloomburrow Play Booster Box"
    assert {record[field] for field in ("amount", "currency", "availability", "is_buy_box_winner")} == {None}


def test_each_listing_is_an_offer() -> None:
    prime = {**LISTING, "isBuyBoxWinner": False, "dealDetails": {"accessType": "PRIME_EXCLUSIVE"}}
    records = list(amazon.offers(search({**ITEM, "offersV2": {"listings": [LISTING, prime]}})))
    assert [(record["is_buy_box_winner"], record["deal_access"]) for record in records] == [
        (True, None),
        (False, "PRIME_EXCLUSIVE"),
    ]


@pytest.mark.parametrize("key", ["itemsResult", "itemResults"])
def test_looked_up_items_come_under_either_name(key: str) -> None:
    assert len(list(amazon.offers(orjson.dumps({key: {"items": [ITEM]}})))) == 1


def test_merchants_are_not_kept() -> None:
    redacted = amazon.redacted(search(ITEM))
    assert b"Anna" not in redacted
    assert b"merchantInfo" not in redacted
    assert list(amazon.offers(redacted)) == list(amazon.offers(search(ITEM)))


def test_an_answer_without_merchants_is_kept_byte_for_byte() -> None:
    body = b'{ "searchResult" : {"items": [], "totalResultCount": 0 } }'
    assert amazon.redacted(body) == body


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": [{"code": "NoResults", "message": "No results found for your request."}]},
        {"searchResult": {"totalResultCount": 0}},
        {"itemsResult": {"items": []}, "errors": [{"code": "ItemNotAccessible", "message": "..."}]},
        {"type": "ResourceNotFoundException", "message": "No items were found."},
    ],
)
def test_finding_nothing_is_no_error(answer: dict[str, Any]) -> None:
    assert list(amazon.offers(orjson.dumps(answer))) == []


def test_what_amazon_remarks_is_handed_on() -> None:
    errors = [{"code": "ItemNotAccessible", "message": "The ItemId B1 is not accessible."}]
    body = orjson.dumps({"itemsResult": {"items": [ITEM]}, "errors": errors})
    assert amazon.notes(body) == ["ItemNotAccessible: The ItemId B1 is not accessible."]
    assert amazon.notes(search(ITEM)) == []


def test_a_search_goes_on_while_there_is_more() -> None:
    assert amazon.has_more(search(ITEM, total=11), read=10)
    assert not amazon.has_more(search(ITEM, total=10), read=10)
    assert not amazon.has_more(search(total=99), read=10)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>captcha</html>",
        b"{}",
        b'{"errors": [{"code": "TooManyRequests"}]}',
        b'{"searchResult": {"items": [1]}}',
        b'{"searchResult": {"products": [], "count": 3}}',
        b'{"searchResult": {"totalResultCount": 3}}',
        b'{"type": "ValidationException", "message": "The request must contain a partnerTag."}',
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        list(amazon.offers(body))
