"""Answers of getItemOffers, in its shape. Numbers are made up."""

from typing import Any

import orjson
import pytest

from arb_pipeline.sources.parsing import LayoutError, amazon_sp


def usd(amount: float) -> dict[str, Any]:
    return {"CurrencyCode": "USD", "Amount": amount}


def prices(landed: float, listing: float, shipping: float) -> dict[str, Any]:
    return {"LandedPrice": usd(landed), "ListingPrice": usd(listing), "Shipping": usd(shipping)}


OFFER: dict[str, Any] = {
    "SellerId": "AANNASCARDS",
    "SubCondition": "new",
    "ListingPrice": usd(139.1),
    "Shipping": usd(0.2),
    "SellerFeedbackRating": {"FeedbackCount": 12, "SellerPositiveFeedbackRating": 98.0},
    "IsBuyBoxWinner": False,
    "IsFulfilledByAmazon": False,
}
PAYLOAD: dict[str, Any] = {
    "ASIN": "B0D3XKZ1ZL",
    "status": "Success",
    "ItemCondition": "New",
    "Identifier": {"MarketplaceId": "ATVPDKIKX0DER", "SellerSKU": "annas-1", "ASIN": "B0D3XKZ1ZL"},
    "Summary": {
        "TotalOfferCount": 4,
        "BuyBoxEligibleOffers": [
            {"condition": "new", "fulfillmentChannel": "Merchant", "OfferCount": 2},
            {"condition": "new", "fulfillmentChannel": "Amazon", "OfferCount": 1},
        ],
        "LowestPrices": [
            {"condition": "new", "fulfillmentChannel": "Merchant", **prices(139.3, 139.1, 0.2)},
            {"condition": "new", "offerType": "B2B", "quantityTier": 20, "ListingPrice": usd(120.0)},
        ],
        "BuyBoxPrices": [{"condition": "New", "sellerId": "AANNASCARDS", **prices(140.0, 140.0, 0.0)}],
    },
    "Offers": [OFFER],
}
BODY = orjson.dumps({"payload": PAYLOAD})


def test_an_offer_is_landed_to_the_cent() -> None:
    assert list(amazon_sp.offers(BODY)) == [
        {
            "asin": "B0D3XKZ1ZL",
            "offer_count": 4,
            "buy_box_eligible_count": 3,  # 2 + 1
            "condition": "new",
            "landed": 139.3,  # 139.1 + 0.2, which binary numbers make 139.29999999999998
            "listing": 139.1,
            "shipping": 0.2,
            "currency": "USD",
            "fulfillment": "Merchant",
            "is_buy_box_winner": False,
        }
    ]


def test_the_lowest_prices_keep_business_prices_apart() -> None:
    plain, business = amazon_sp.summary(BODY, "LowestPrices")
    assert (plain["landed"], plain["offer_type"], plain["quantity_tier"]) == (139.3, None, None)
    assert (business["landed"], business["listing"]) == (None, 120.0)
    assert (business["offer_type"], business["quantity_tier"]) == ("B2B", 20)


def test_the_buy_box_is_reported_as_such() -> None:
    (box,) = amazon_sp.summary(BODY, "BuyBoxPrices")
    assert (box["landed"], box["is_buy_box_winner"]) == (140.0, True)


def test_amounts_of_two_currencies_are_not_summed() -> None:
    mixed = {**OFFER, "Shipping": {"CurrencyCode": "CAD", "Amount": 5.0}}
    (record,) = amazon_sp.offers(orjson.dumps({"payload": {**PAYLOAD, "Offers": [mixed]}}))
    assert (record["landed"], record["listing"]) == (None, 139.1)


def test_a_count_that_amazon_leaves_out_is_unknown() -> None:
    summary = {**PAYLOAD["Summary"], "BuyBoxEligibleOffers": [{"condition": "new"}]}
    (record,) = amazon_sp.offers(orjson.dumps({"payload": {**PAYLOAD, "Summary": summary}}))
    assert record["buy_box_eligible_count"] is None


def test_no_seller_is_left_in_the_answer() -> None:
    redacted = amazon_sp.redacted(BODY)
    for personal in (b"AANNASCARDS", b"annas-1", b"ellerId", b"SellerSKU"):
        assert personal not in redacted
    assert list(amazon_sp.offers(redacted)) == list(amazon_sp.offers(BODY))


def test_no_offers_is_no_error() -> None:
    body = orjson.dumps({"payload": {"ASIN": "B0D3XKZ1ZL", "status": "NoBuyableOffers", "Offers": []}})
    assert list(amazon_sp.offers(body)) == list(amazon_sp.summary(body, "LowestPrices")) == []
    assert amazon_sp.status(body) == "NoBuyableOffers"


@pytest.mark.parametrize(
    "body",
    [
        b"<html></html>",
        b"{}",
        b'{"payload": []}',
        b'{"payload": {}}',
        b'{"payload": {"ASIN": "B1", "status": "Success", "offerings": []}}',
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        list(amazon_sp.offers(body))
