"""Amazon's Selling Partner API: the offers of an ASIN (getItemOffers), and Amazon's summary of them."""

from decimal import Decimal
from typing import Any

import orjson

from arb_pipeline.sources.parsing import LayoutError, Record, Records, json_object
from arb_pipeline.sources.redaction import edited, gone

REQUIRED = {
    "offer": ("asin", "condition", "listing", "currency"),
    "lowest": ("asin", "condition", "listing", "currency"),
    "buy_box": ("asin", "condition", "listing", "currency"),
}
SUCCESS = "Success"
UNKNOWN_ASIN = frozenset({"InvalidInput", "NotFound"})
FULFILLED_BY = {True: "Amazon", False: "Merchant"}


def redacted(body: bytes) -> bytes:
    """The answer without sellers' ids."""
    return edited(body, dict.fromkeys(("SellerId", "sellerId", "SellerSKU"), gone), source="amazon_sp")


def errors(body: bytes) -> list[str]:
    """Errors of an ASIN. Raises `LayoutError` for other errors."""
    document = json_object(body, source="amazon_sp")
    known_errors = [error for error in document.get("errors") or () if error.get("code") in UNKNOWN_ASIN]
    if not known_errors:
        msg = f"amazon_sp answered an error that is not about an ASIN: {str(document.get('errors'))[:120]}"
        raise LayoutError(msg)
    return [str(error.get("message")) for error in known_errors]


def status(body: bytes) -> str:
    """Status of the look-up: `SUCCESS`, `NoBuyableOffers` ..."""
    return str(_payload(body).get("status"))


def offers(body: bytes) -> Records:
    """One record per seller's offer. Raises `LayoutError`."""
    payload = _payload(body)
    if "Offers" not in payload and payload.get("status") == SUCCESS:
        msg = f"amazon_sp answered with success but without Offers; it has {sorted(payload)[:12]}"
        raise LayoutError(msg)
    for offer in payload.get("Offers") or ():
        yield {
            **_head(payload),
            "condition": offer.get("SubCondition"),
            **_money(offer),
            "fulfillment": FULFILLED_BY.get(offer.get("IsFulfilledByAmazon")),
            "is_buy_box_winner": offer.get("IsBuyBoxWinner"),
        }


def summary(body: bytes, key: str) -> Records:
    """Prices under `LowestPrices` or `BuyBoxPrices`, with Amazon's own sums. Raises `LayoutError`."""
    payload = _payload(body)
    for price in (payload.get("Summary") or {}).get(key) or ():
        yield {
            **_head(payload),
            "condition": price.get("condition"),
            **_money(price),
            "fulfillment": price.get("fulfillmentChannel"),
            "is_buy_box_winner": key == "BuyBoxPrices" or None,
            # Business and quantity prices are beside the unit price.
            "offer_type": price.get("offerType"),
            "quantity_tier": price.get("quantityTier"),
        }


def _payload(body: bytes) -> dict[str, Any]:
    document = json_object(body, source="amazon_sp")
    payload = document.get("payload")
    if not isinstance(payload, dict) or "ASIN" not in payload:
        msg = f"amazon_sp answered without a payload; it has {sorted(document)[:12]}"
        raise LayoutError(msg)
    return payload


def _head(payload: dict[str, Any]) -> Record:
    summary = payload.get("Summary") or {}
    return {
        "asin": payload["ASIN"],
        "offer_count": summary.get("TotalOfferCount"),
        "buy_box_eligible_count": _count(summary.get("BuyBoxEligibleOffers")),
    }


def _count(counts: list[Record] | None) -> int | None:
    """Offers of all conditions and channels; None where Amazon omits the numbers."""
    numbers = [count.get("OfferCount") for count in counts or ()]
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def _money(price: Record) -> Record:
    """Amounts as Amazon writes them; a missing landed price is summed (one currency only)."""
    parts = {key: price.get(key) or {} for key in ("LandedPrice", "ListingPrice", "Shipping")}
    landed, listing, shipping = parts.values()
    amount = landed.get("Amount")
    is_summable = listing.get("CurrencyCode") == shipping.get("CurrencyCode")
    if amount is None and is_summable and None not in (listing.get("Amount"), shipping.get("Amount")):
        amount = float(_exact(listing["Amount"]) + _exact(shipping["Amount"]))
    return {
        "landed": amount,
        "listing": listing.get("Amount"),
        "shipping": shipping.get("Amount"),
        "currency": listing.get("CurrencyCode") or landed.get("CurrencyCode"),
    }


def _exact(amount: float) -> Decimal:
    """Exact decimal: 0.1 + 0.2 is 0.3."""
    return Decimal(orjson.dumps(amount).decode())
