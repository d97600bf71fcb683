"""Amazon's Creators API: search and look-up over a list of items."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import (
    WRONG,
    bearer,
    fields,
    is_issued,
    json_answer,
    parsed,
    token,
)

SCOPE = "creatorsapi::default"
TOKEN_PATH = "/auth/o2/token"  # noqa: S105 - a path
ITEMS_PER_PAGE = PAGES = IDS_PER_CALL = 10

Item = Mapping[str, Any]


def answer(folder: Path, request: Request) -> Answer:
    """A token, a page of a search, or items by ASIN."""
    items = _items(folder)
    if items is None or request.method != "POST":
        return NOT_FOUND
    body = fields(request)
    if request.path == TOKEN_PATH:
        return _token(body)
    look_up = {"/catalog/v1/searchItems": _search, "/catalog/v1/getItems": _get}.get(request.path)
    if look_up is None:
        return NOT_FOUND
    if not is_issued("amazon", bearer(request)):
        return _refused(401, "UnauthorizedException", "The access token is missing, invalid or expired.")
    if not body.get("partnerTag"):
        return _refused(400, "ValidationException", "The request must contain a partnerTag.")
    return look_up(items, body)


def _items(folder: Path) -> list[Item] | None:
    sample = parsed(folder / "api_samples/amazon_creators_searchItems.json", {})
    items: list[Item] | None = parsed(
        folder / "amazon/items.json", sample.get("searchResult", {}).get("items")
    )
    return items


def _token(body: Mapping[str, Any]) -> Answer:
    client, secret = body.get("client_id"), body.get("client_secret")
    if not client or not secret or secret == WRONG:
        return json_answer(
            {"error": "invalid_client", "error_description": "Client authentication failed"}, 401
        )
    if body.get("grant_type") != "client_credentials" or body.get("scope") != SCOPE:
        return json_answer(
            {"error": "invalid_request", "error_description": "grant_type or scope is wrong"}, 400
        )
    return json_answer({"access_token": token("amazon", client), "expires_in": 3600, "token_type": "bearer"})


def _refused(status: int, kind: str, message: str) -> Answer:
    return json_answer({"type": kind, "message": message}, status)


def _title(item: Item) -> str:
    title: str = item.get("itemInfo", {}).get("title", {}).get("displayValue", "")
    return title


def _search(items: list[Item], body: Mapping[str, Any]) -> Answer:
    page, size = body.get("itemPage", 1), body.get("itemCount", ITEMS_PER_PAGE)
    if page not in range(1, PAGES + 1) or size not in range(1, ITEMS_PER_PAGE + 1):
        return _refused(400, "ValidationException", "itemPage and itemCount go from 1 to 10.")
    words = str(body.get("keywords", "")).lower().split()
    matching = [item for item in items if all(word in _title(item).lower() for word in words)]
    result: dict[str, Any] = {
        "items": matching[(page - 1) * size : page * size],
        "searchURL": f"https://www.amazon.com/s/?field-keywords={'+'.join(words)}&tag={body['partnerTag']}",
        "totalResultCount": len(matching),
    }
    none = [{"code": "NoResults", "message": "No results found for your request."}]
    return json_answer({"searchResult": result, **({} if matching else {"errors": none})})


def _get(items: list[Item], body: Mapping[str, Any]) -> Answer:
    asins = body.get("itemIds") or []
    if not 1 <= len(asins) <= IDS_PER_CALL:
        return _refused(400, "ValidationException", "itemIds holds 1 to 10 ids.")
    known = {item["asin"]: item for item in items}
    errors = [
        {
            "code": "ItemNotAccessible",
            "message": f"The ItemId {asin} is not accessible through the Creators API.",
        }
        for asin in asins
        if asin not in known
    ]
    return json_answer(
        {"itemsResult": {"items": [known[asin] for asin in asins if asin in known]}, "errors": errors}
    )
