"""The sources' own sample answers through the parsers. Counted here by plain loops over the same files."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from arb_pipeline.sources.parsing import amazon, amazon_sp, ebay

OFFERS = "GET /products/pricing/v0/items/{Asin}/offers"
BATCH = "POST /batches/products/pricing/v0/itemOffers"


def sample(data: Path, name: str) -> bytes:
    path = data / "api_samples" / name
    if not path.is_file():
        pytest.skip(f"no {path}")
    return path.read_bytes()


@pytest.fixture
def sp_payloads(data: Path) -> list[dict[str, Any]]:
    """Every payload that Amazon's model documents for offers of an item."""
    samples = json.loads(sample(data, "amazon_spapi_product_pricing_v0_samples.json"))
    single = [entry["response"] for entry in samples[OFFERS]["sample"]["static"]]
    batch = [
        answer["body"]
        for entry in samples[BATCH]["sample"]["static"]
        for answer in entry["response"]["responses"]
    ]
    return [body["payload"] for body in (*single, *batch) if "payload" in body]


def test_ebays_sandbox_item_has_its_price_and_free_shipping(data: Path) -> None:
    body = sample(data, "ebay_browse_item_summary_sandbox.json")
    (record,) = ebay.listings(ebay.redacted(body, ebay.Sellers()), query="")
    assert record["item_id"] == "v1|110587809529|0"
    assert (record["price"], record["shipping"], record["landed"]) == ("6780.00", "0.00", "6780.00")
    assert (record["feedback_score"], record["seller"], record["country"]) == (500, None, "US")
    assert not ebay.paging(body).has_more


def test_amazons_search_sample_has_one_offer_without_its_merchant(data: Path) -> None:
    body = sample(data, "amazon_creators_searchItems.json")
    assert b"Amazon.com" in body
    redacted = amazon.redacted(body)
    assert b"Amazon.com" not in redacted
    (record,) = amazon.offers(redacted)
    assert (record["asin"], record["amount"], record["currency"]) == ("0545162076", 59.49, "USD")
    assert (record["is_buy_box_winner"], record["deal_access"]) == (True, "PRIME_EXCLUSIVE")
    assert amazon.has_more(body, read=10)  # 146 in all


def test_every_documented_offer_of_the_selling_partner_api_is_a_record(sp_payloads: Any) -> None:
    assert len(sp_payloads) > 2
    for payload in sp_payloads:
        body = amazon_sp.redacted(orjson.dumps({"payload": payload}))
        summary = payload["Summary"]
        assert b"ellerId" not in body
        assert len(list(amazon_sp.offers(body))) == len(payload["Offers"])
        for key in ("LowestPrices", "BuyBoxPrices"):
            assert len(list(amazon_sp.summary(body, key))) == len(summary.get(key, []))


def test_the_documented_landed_price_is_what_we_would_sum(sp_payloads: Any) -> None:
    compared = 0
    for payload in sp_payloads:
        for lowest in payload["Summary"].get("LowestPrices", []):
            if "LandedPrice" not in lowest or "Shipping" not in lowest:
                continue
            offer = {key: lowest[key] for key in ("ListingPrice", "Shipping")}
            body = orjson.dumps({"payload": {**payload, "Offers": [offer]}})
            (record,) = amazon_sp.offers(body)
            assert record["landed"] == lowest["LandedPrice"]["Amount"]
            compared += 1
    assert compared
