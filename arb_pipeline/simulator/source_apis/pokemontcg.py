"""The Pokemon TCG API: cards and prices from the newest `pokemontcg_io_prices_<day>.csv`."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import json_answer, newest, number, table, whole

MOST_PER_PAGE = 250
FINISHES = {"normal": "Normal", "holofoil": "Holofoil"}
_TERM = re.compile(r'\s*(id|name|set\.id|set\.name|rarity):(?:"([^"]*)"|(\S+))')

Card = dict[str, Any]


def answer(folder: Path, request: Request) -> Answer:
    """A page of cards or of sets."""
    path = newest((folder / "pokemon/tcgplayer").glob("pokemontcg_io_prices_*.csv"), request.day)
    if not path or request.path not in {"/v2/cards", "/v2/sets"}:
        return NOT_FOUND
    cards = _cards(path)
    records = list({card["set"]["id"]: card["set"] for card in cards}.values())
    if request.path == "/v2/cards":
        terms = _terms(request.query.get("q", ""))
        if terms is None:
            return _refused("Your request is either malformed, or is missing one or more required fields.")
        records = [card for card in cards if all(_matches(card, *term) for term in terms)]
    page, size = whole(request.query, "page", 1), whole(request.query, "pageSize", MOST_PER_PAGE)
    if page < 1 or not 1 <= size <= MOST_PER_PAGE:
        return _refused("page starts at 1, pageSize goes from 1 to 250.")
    shown = records[(page - 1) * size : page * size]
    counts = {"page": page, "pageSize": size, "count": len(shown), "totalCount": len(records)}
    return json_answer({"data": shown, **counts})


def _refused(message: str) -> Answer:
    return json_answer({"error": {"message": f"Bad Request. {message}", "code": 400}}, 400)


def _terms(query: str) -> list[tuple[str, str]] | None:
    """The query's terms, all of which have to match; None where it holds anything else."""
    if _TERM.sub("", query).strip():
        return None
    return [(field, quoted or plain) for field, quoted, plain in _TERM.findall(query)]


def _matches(card: Card, field: str, wanted: str) -> bool:
    value: Any = card
    for key in field.split("."):
        value = value[key]
    return fnmatchcase(value.lower(), wanted.lower())


@lru_cache(maxsize=2)
def _cards(path: Path) -> list[Card]:
    return [_card(row) for row in table(path)]


def _card(row: Mapping[str, str]) -> Card:
    day = {"updatedAt": row["Last Updated"][:10].replace("-", "/")}
    card: Card = {
        "id": row["Card ID"],
        "name": row["Card Name"],
        "number": row["Number"],
        "rarity": row["Rarity"],
        "set": {"id": row["Set ID"], "name": row["Set Name"]},
    }
    prices = {name: _finish(row, title) for name, title in FINISHES.items()}
    if known := {name: price for name, price in prices.items() if any(price.values())}:
        url = f"https://prices.pokemontcg.io/tcgplayer/{card['id']}"
        card["tcgplayer"] = {"url": url, **day, "prices": known}
    market = {
        "averageSellPrice": number(row["Cardmarket Average"]),
        "lowPrice": number(row["Cardmarket Low"]),
        "trendPrice": number(row["Cardmarket Trend"]),
    }
    return card | ({"cardmarket": {**day, "prices": market}} if any(market.values()) else {})


def _finish(row: Mapping[str, str], title: str) -> dict[str, float | None]:
    """A finish's prices; the file has neither the mid price nor TCGplayer direct's."""
    low, high, market = (number(row[f"TCGPlayer {kind} ({title})"]) for kind in ("Low", "High", "Market"))
    return {"low": low, "mid": None, "high": high, "market": market, "directLow": None}
