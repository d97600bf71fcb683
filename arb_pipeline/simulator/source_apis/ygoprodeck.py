"""YGOPRODeck: cards merged from the dumps of sets, the list of sets as it is."""

import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import json_answer, parsed

UNKNOWN = {"error": "No card matching your query was found in the database."}
LAST_UPDATE = "2026-01-01 00:00:00"


def answer(folder: Path, request: Request) -> Answer:
    """Cards, sets, or the version of the database."""
    root = folder / "yugioh"
    cards, sets = _cards(root / "ygoprodeck_sets"), root / "cardsets.json"
    page = request.path.removeprefix("/api/v7/")
    if page == "cardsets.php" and sets.is_file():
        return Answer(sets.read_bytes())
    if page == "cardinfo.php" and cards:
        matching = [card for card in cards if _matches(card, request)]
        return json_answer({"data": matching}) if matching else json_answer(UNKNOWN, 400)
    if page == "checkDBVer.php" and cards:
        return json_answer([{"database_version": _version(cards), "last_update": _updated(root)}])
    return NOT_FOUND


@lru_cache(maxsize=2)
def _cards(dumps: Path) -> list[dict[str, Any]]:
    """Each card once, although the dump of every set that it was printed in has it."""
    bodies = (orjson.loads(path.read_bytes()) for path in sorted(dumps.glob("*.json")))
    return list({card["id"]: card for body in bodies for card in body}.values())


def _matches(card: dict[str, Any], request: Request) -> bool:
    name, card_set = request.query.get("name"), request.query.get("cardset", "").lower()
    names = {printed_set["set_name"].lower() for printed_set in card.get("card_sets", ())}
    return (not name or card["name"].lower() in name.lower().split("|")) and (
        not card_set or card_set in names
    )


def _version(cards: list[dict[str, Any]]) -> str:
    """Version that changes when a card does, as the real one."""
    return f"{len(cards)}.{zlib.crc32(orjson.dumps(cards)) % 100:02d}"


def _updated(root: Path) -> str:
    read = str(parsed(root / "ygojson/meta.json", {}).get("lastYGOProDeckRead", LAST_UPDATE))
    return read[: len(LAST_UPDATE)].replace("T", " ")
