"""Scryfall: the list of bulk files, and the files, one card to a line."""

from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import json_answer, table

UPDATED_AT = "2026-01-01T10:05:31.123+00:00"
_FILES = {"default_cards": "default-cards-20260101.json", "oracle_cards": "oracle-cards-20260101.json"}
_REQUIRED = ("user-agent", "accept")
_PRICES = dict.fromkeys(("usd", "usd_foil", "usd_etched", "eur", "eur_foil", "tix"))
Card = dict[str, Any]


def answer(folder: Path, request: Request) -> Answer:
    """The list, for clients that send a User-Agent, or one of its files."""
    names = {f"/file/{name}": kind for kind, name in _FILES.items()}
    if request.path in names:
        body = _bulk(folder, names[request.path], _stamp(folder))
        return Answer(body) if body else NOT_FOUND
    if request.path != "/bulk-data":
        return NOT_FOUND
    if missing := [name for name in _REQUIRED if not request.headers.get(name)]:
        details = f"All requests must include a {missing[0].title()} header."
        return json_answer({"object": "error", "code": "bad_request", "status": 400, "details": details}, 400)
    listed = [_listed(folder, kind, request.origin) for kind in _FILES]
    if not all(entry["size"] for entry in listed):
        return NOT_FOUND
    return json_answer({"object": "list", "has_more": False, "data": listed})


def _listed(folder: Path, kind: str, origin: str) -> dict[str, Any]:
    number = str(uuid5(NAMESPACE_URL, kind))
    return {
        "object": "bulk_data",
        "id": number,
        "type": kind,
        "updated_at": UPDATED_AT,
        "uri": f"{origin}/bulk-data/{number}",
        "name": kind.replace("_", " ").title(),
        "size": len(_bulk(folder, kind, _stamp(folder))),
        "download_uri": f"{origin}/file/{_FILES[kind]}",
        "content_type": "application/json",
        "content_encoding": "gzip",
    }


def _inputs(folder: Path) -> list[Path]:
    return [
        *sorted((folder / "mtg/scryfall").glob("*.json")),
        *(folder / "mtg/id_map").glob("mtg_id_map.csv"),
    ]


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    return tuple((str(file), file.stat().st_mtime_ns) for file in _inputs(folder))


@lru_cache(maxsize=4)
def _bulk(folder: Path, kind: str, _stamp: object) -> bytes:
    """A file, cached since the list states its size; empty where the folder has no card."""
    cards = _cards(folder)
    if kind == "oracle_cards":  # one printing of each
        cards = list({card.get("oracle_id", card["name"]): card for card in cards}.values())
    lines = [orjson.dumps(card) for card in cards]
    return b"[\n" + b",\n".join(lines) + b"\n]" if lines else b""


def _cards(folder: Path) -> list[Card]:
    """Scryfall's own objects, and one for each printing of the id map that is not among them."""
    own = [
        card for file in _inputs(folder) if file.suffix == ".json" for card in orjson.loads(file.read_bytes())
    ]
    known = {(card["set"], card["collector_number"]) for card in own}
    rows = table(folder / "mtg/id_map/mtg_id_map.csv")
    return own + [_card(row) for row in rows if (row["set"].lower(), row["number"]) not in known]


def _card(row: dict[str, str]) -> Card:
    ids = {
        "tcgplayer_id": row.get("tcgplayerProductId"),
        "tcgplayer_etched_id": row.get("tcgplayerEtchedProductId"),
        "cardmarket_id": row.get("mcmId"),
    }
    return {
        "object": "card",
        "id": row.get("scryfallId") or str(uuid5(NAMESPACE_URL, f"{row['set']}/{row['number']}")),
        **{name: int(number) for name, number in ids.items() if number},
        "name": row["name"],
        "lang": "en",
        "finishes": [finish for finish in row["finishes"].split("|") if finish != "signed"],  # MTGJSON's own
        "set": row["set"].lower(),
        "collector_number": row["number"],
        "rarity": row["rarity"],
        "prices": _PRICES,
    }
