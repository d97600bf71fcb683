"""MTGJSON's one-shot archives: set files and deck files, one JSON document each, and their check sums."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from arb_pipeline.sources.archives import members
from arb_pipeline.sources.parsing import SHOWN, LayoutError, Record, Records, json_object
from arb_pipeline.sources.parsing.mtg_decks import FAULTS, deck_cards

SOURCE = "mtgjson"
SETS, DECKS = "AllSetFiles.tar.xz", "AllDeckFiles.tar.xz"
_SHA256 = re.compile(rb"(?:\xef\xbb\xbf)?\s*([0-9a-fA-F]{64})\b")


def sha256_in(body: bytes) -> str:
    """The check sum that a `.sha256` file holds. Raises `LayoutError`."""
    match = _SHA256.match(body)
    if match is None:
        msg = f"{SOURCE} answered no SHA-256 but {body[:SHOWN].decode('utf-8', 'replace')!r}"
        raise LayoutError(msg)
    return match[1].decode().lower()


def sets(file: BinaryIO) -> Iterator[tuple[str, Record]]:
    """(kind, record) of each set, its cards, and its sealed products. Raises `LayoutError`."""
    for content in _documents(file):
        code = content.get("code")
        listed = {kind: _objects(content.get(kind)) for kind in ("cards", "sealedProduct")}
        sizes = {kind: len(records) for kind, records in listed.items()}
        yield "set", {"code": code, "name": content.get("name"), "type": content.get("type"), **sizes}
        for card in listed["cards"]:
            fields = {field: card.get(field) for field in ("uuid", "name", "number", "rarity")}
            yield "card", {"set": code, **fields, **_ids(card)}
        for product in listed["sealedProduct"]:
            fields = {field: product.get(field) for field in ("uuid", "name", "category", "subtype")}
            yield "sealed_product", {"set": code, **fields, **_ids(product)}


def _objects(value: Any) -> list[Record]:
    """The objects of a list; what else stands in it, or in its place, is left out."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _ids(record: Record) -> Record:
    """A record's ids at marketplaces; none where they do not read."""
    identifiers = record.get("identifiers")
    return identifiers if isinstance(identifiers, dict) else {}


def decks(file: BinaryIO) -> Records:
    """Each deck: code, name, type, releaseDate, and how many cards it has. Raises `LayoutError`."""
    for deck in deck_files(file):
        try:
            n_cards = sum(card.copies for card in deck_cards(deck)) or None
        except FAULTS:
            n_cards = None
        yield {**{key: deck.get(key) for key in ("code", "name", "type", "releaseDate")}, "cards": n_cards}


def deck_files(file: BinaryIO) -> Iterator[dict[str, Any]]:
    """Decks unchanged, one by one. Raises `LayoutError`."""
    yield from _documents(file)


def _documents(file: BinaryIO) -> Iterator[dict[str, Any]]:
    for name, body in members(file, r"(?:.*/)?[^/]+\.json"):
        content = json_object(body, source=SOURCE).get("data")
        if not isinstance(content, dict):
            msg = f"{SOURCE}'s {name} has no object in 'data'"
            raise LayoutError(msg)
        yield content
