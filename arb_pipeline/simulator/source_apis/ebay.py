"""eBay's OAuth and Browse API over a list of item summaries."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import (
    WRONG,
    basic_client,
    bearer,
    fields,
    is_issued,
    json_answer,
    parsed,
    token,
    whole,
)

SCOPE = "https://api.ebay.com/oauth/api_scope"
BROWSE = "/buy/browse/v1"
MOST_PER_PAGE, MOST_OFFSET = 200, 9_999
CONDITIONS = {"NEW": "1000", "USED": "3000"}
_FILTER = re.compile(r"(\w+):(\{[^}]*\}|\[[^\]]*\]|[^,]+)")
_RANGE = re.compile(r"\[([\d.]*?)(?:\.\.([\d.]*))?\]")

Item = Mapping[str, Any]


def answer(folder: Path, request: Request) -> Answer:
    """A token, a page of a search, or one item."""
    items = _items(folder)
    if items is None:
        return NOT_FOUND
    if request.path == "/identity/v1/oauth2/token":
        return _token(request)
    if not request.path.startswith(f"{BROWSE}/"):
        return NOT_FOUND
    if not is_issued("ebay", bearer(request)):
        return _refused(401, 1001, "Invalid access token", domain="OAuth")
    if request.path == f"{BROWSE}/item_summary/search":
        return _search(items, request)
    number = request.path.removeprefix(f"{BROWSE}/item/")
    item_ = next((item for item in items if (item.get("itemId") or _item_id(item)) == number), None)
    return json_answer(item_) if item_ else _refused(404, 11001, "The specified item Id was not found.")


def _items(folder: Path) -> list[Item] | None:
    """The folder's items; else eBay's own sample, which has no titles."""
    items: list[Item] | None = parsed(folder / "ebay/item_summaries.json")
    if items is not None:
        return items
    sample = parsed(folder / "api_samples/ebay_browse_item_summary_sandbox.json")
    return sample and [{"itemId": _item_id(item), **item} for item in sample["itemSummaries"]]


def _item_id(item: Item) -> str:
    return f"v1|{item['legacyItemId']}|0"


def _token(request: Request) -> Answer:
    client, secret = basic_client(request)
    form = fields(request)
    if not client or secret in {"", WRONG}:
        return json_answer(
            {"error": "invalid_client", "error_description": "client authentication failed"}, 401
        )
    if form.get("grant_type") != "client_credentials" or form.get("scope") != SCOPE:
        return json_answer(
            {"error": "invalid_request", "error_description": "grant_type or scope is wrong"}, 400
        )
    body = {
        "access_token": token("ebay", client),
        "expires_in": 7200,
        "token_type": "Application Access Token",
    }
    return json_answer(body)


def _refused(status: int, number: int, message: str, *, domain: str = "API_BROWSE") -> Answer:
    error = {"errorId": number, "domain": domain, "category": "REQUEST", "message": message}
    return json_answer({"errors": [error]}, status)


def _search(items: list[Item], request: Request) -> Answer:
    limit, offset = whole(request.query, "limit", 50), whole(request.query, "offset", 0)
    if not 1 <= limit <= MOST_PER_PAGE:
        return _refused(400, 12006, "The 'limit' value should be between 1 and 200 (inclusive).")
    if not 0 <= offset <= MOST_OFFSET:
        return _refused(400, 12005, "The 'offset' value should be between 0 and 9,999 (inclusive).")
    marketplace = request.headers.get("x-ebay-c-marketplace-id", "EBAY_US")
    filters = dict(_FILTER.findall(request.query.get("filter", "")))
    words = request.query.get("q", "").lower().split()
    matching = [
        item
        for item in items
        if item.get("listingMarketplaceId", marketplace) == marketplace
        and _is_named(item, words, is_sample=not any("title" in listed for listed in items))
        and _passes(item, filters)
    ]
    page = {"href": _href(request, limit, offset), "total": len(matching), "limit": limit, "offset": offset}
    if offset + limit < len(matching):
        page["next"] = _href(request, limit, offset + limit)
    if shown := matching[offset : offset + limit]:  # eBay leaves the key out where nothing was found
        page["itemSummaries"] = shown
    return json_answer(page)


def _href(request: Request, limit: int, offset: int) -> str:
    query = urlencode({**request.query, "limit": limit, "offset": offset})
    return f"{request.origin}{request.path}?{query}"


def _is_named(item: Item, words: list[str], *, is_sample: bool) -> bool:
    title = item.get("title", "").lower()
    return is_sample or all(word in title for word in words)


def _passes(item: Item, filters: Mapping[str, str]) -> bool:
    """True if it passes price, conditions and buyingOptions. Other filters are ignored."""
    price = float((item.get("price") or item["currentBidPrice"])["value"])
    bounds = _RANGE.fullmatch(filters.get("price", ""))
    low, high = bounds.groups() if bounds else (None, None)
    conditions = {CONDITIONS.get(name, name) for name in _choices(filters.get("conditions"))}
    options = _choices(filters.get("buyingOptions"))
    return (
        (not low or price >= float(low))
        and (not high or price <= float(high))
        and (not conditions or item.get("conditionId") in conditions)
        and (not options or not options.isdisjoint(item.get("buyingOptions", ())))
    )


def _choices(text: str | None) -> set[str]:
    return set(text.strip("{}").split("|")) if text else set()
