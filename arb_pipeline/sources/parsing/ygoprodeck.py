"""YGOPRODeck's API v7: the version of its database, cards with their printings, sets."""

from typing import Any

from arb_pipeline.sources.parsing import LayoutError, Record, Records, json_list, json_object, records_in

SOURCE = "YGOPRODeck"
CARD = ("id", "name", "type", "frameType", "race", "archetype")
PRINTING = ("set_name", "set_code", "set_rarity", "set_rarity_code", "set_price")
SET = ("set_name", "set_code", "num_of_cards", "tcg_date")


def database_version(body: bytes) -> str:
    """Version that `checkDBVer.php` states. Raises `LayoutError`."""
    documents = json_list(body, source=SOURCE)
    version = documents[0].get("database_version") if documents and isinstance(documents[0], dict) else None
    if not version:
        msg = f"{SOURCE} answered no 'database_version': {body[:120].decode('utf-8', 'replace')!r}"
        raise LayoutError(msg)
    return str(version)


def cards(body: bytes) -> Records:
    """Cards with the lowest prices that the source shows, as text; '0.00' means unknown."""
    for card in _cards(body):
        prices = _records(card, "card_prices")
        yield {**_picked(card, CARD), **(prices[0] if prices else {})}


def printings(body: bytes) -> Records:
    """One record per (card, set, rarity)."""
    for card in _cards(body):
        for printing in _records(card, "card_sets"):
            yield {"id": card.get("id"), **_picked(printing, PRINTING)}


def sets(body: bytes) -> Records:
    """Sets of the TCG."""
    listed = _filled(json_list(body, source=SOURCE), "sets")
    return (_picked(entry, SET) for entry in listed)


def _cards(body: bytes) -> list[Record]:
    return _filled(records_in(json_object(body, source=SOURCE), "data", source=SOURCE), "cards")


def _filled(listed: list[Any], what: str) -> list[Record]:
    if not listed or not all(isinstance(entry, dict) for entry in listed):
        msg = f"{SOURCE} answered {len(listed)} {what}, or something that is none: {str(listed)[:120]!r}"
        raise LayoutError(msg)
    return listed


def _records(card: Record, key: str) -> list[Record]:
    """Records under a key of a card; cards that were never printed lack it."""
    listed = card.get(key) or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        msg = f"{SOURCE}'s card {card.get('id')} has no list of records in {key!r}: {str(listed)[:120]!r}"
        raise LayoutError(msg)
    return listed


def _picked(record: Record, fields: tuple[str, ...]) -> Record:
    return {field: record.get(field) for field in fields}
