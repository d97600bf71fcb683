"""Amazon's Creators API: answers of searchItems and getItems, one record per offer."""

from typing import Any

from arb_pipeline.sources.parsing import LayoutError, Record, Records, json_object, records_in
from arb_pipeline.sources.redaction import edited, gone

REQUIRED = {"offer": ("asin", "title", "url")}
# Amazon's own pages spell the second one in two ways.
RESULTS = ("searchResult", "itemsResult", "itemResults")
FOUND_NOTHING = frozenset({"ItemNotAccessible", "ItemsNotFound", "NoResults", "ResourceNotFound"})


def redacted(body: bytes) -> bytes:
    """The answer without merchants' names."""
    return edited(body, {"merchantInfo": gone}, source="amazon")


def notes(body: bytes) -> list[str]:
    """Amazon's remarks on single items, e.g. an ASIN that it does not show."""
    return [
        f"{_code(error)}: {error.get('message')}" for error in _errors(json_object(body, source="amazon"))
    ]


def has_more(body: bytes, *, read: int) -> bool:
    """True if there are results beyond the first `read`."""
    result = json_object(body, source="amazon").get("searchResult") or {}
    return bool(result.get("items")) and int(result.get("totalResultCount") or 0) > read


def offers(body: bytes, *, query: str | None = None) -> Records:
    """The offers of each item; one record without a price for an item that has none. Raises `LayoutError`."""
    for item in _items(json_object(body, source="amazon")):
        listings = (item.get("offersV2") or {}).get("listings") or [{}]
        for listing in listings:
            yield _offer(item, listing, query)


def _items(document: dict[str, Any]) -> list[Record]:
    result: dict[str, Any] = next(
        (document[key] for key in RESULTS if isinstance(document.get(key), dict)), {}
    )
    if "items" in result:
        return records_in(result, "items", source="amazon")
    codes = [_code(error) for error in _errors(document)]
    if result.get("totalResultCount") == 0 or (codes and FOUND_NOTHING.issuperset(codes)):
        return []
    msg = f"amazon answered without items; it has {sorted(document | result)[:12]}, errors {codes}"
    raise LayoutError(msg)


def _errors(document: dict[str, Any]) -> list[Record]:
    """Remarks beside a result, or the error in place of it (which has its own form)."""
    return document.get("errors") or ([document] if "message" in document else [])


def _code(error: Record) -> str:
    return str(error.get("code") or error.get("type")).removesuffix("Exception")


def _offer(item: Record, listing: Record, query: str | None) -> Record:
    price, availability = listing.get("price") or {}, listing.get("availability") or {}
    money = price.get("money") or {}
    title = (item.get("itemInfo") or {}).get("title") or {}
    return {
        "asin": item.get("asin"),
        "title": title.get("displayValue"),
        "url": item.get("detailPageURL"),
        "amount": money.get("amount"),
        "currency": money.get("currency"),
        "availability": availability.get("type"),
        "condition": (listing.get("condition") or {}).get("value"),
        "is_buy_box_winner": listing.get("isBuyBoxWinner"),
        "min_order_quantity": availability.get("minOrderQuantity"),
        "max_order_quantity": availability.get("maxOrderQuantity"),
        "deal_access": (listing.get("dealDetails") or {}).get("accessType"),
        "query": query,
    }
