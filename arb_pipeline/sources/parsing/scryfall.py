"""Scryfall's bulk files: the index that leads to them, and the cards of `default_cards`, one per line.

Since 2026-07-20 the index names gzipped JSON Lines (`jsonl_download_uri`); before, a JSON list with one card
per line (`download_uri`). Both are read.
"""

from codecs import BOM_UTF8
from typing import Any, BinaryIO

from arb_pipeline.sources.archives import expanded
from arb_pipeline.sources.parsing import SHOWN, LayoutError, Records, json_object, parsed_json, records_in

SOURCE = "scryfall"
WANTED = "default_cards"
LINES, LIST = "default-cards.jsonl.gz", "default-cards.json"
"""File name in the package."""
FIELDS = (
    "id",
    "set",
    "collector_number",
    "name",
    "lang",
    "digital",
    "rarity",
    "finishes",
    "tcgplayer_id",
    "tcgplayer_etched_id",
    "cardmarket_id",
)
MAX_LINE = 64 * 1024 * 1024
"""A card has some 5,000 bytes. More than that is not one card per line."""


def bulk_file(body: bytes) -> tuple[str, str]:
    """(address, name to keep it as) of the file of all cards, from the index. Raises `LayoutError`."""
    entries = records_in(json_object(body, source=SOURCE), "data", source=SOURCE)
    entry = next((entry for entry in entries if entry.get("type") == WANTED), {})
    for field, file in (("jsonl_download_uri", LINES), ("download_uri", LIST)):
        address = entry.get(field)
        if isinstance(address, str) and address:
            return address, file
    kinds = [entry.get("type") for entry in entries][:12]
    msg = f"{SOURCE} lists no address of {WANTED}; it has the kinds {kinds}, and {sorted(entry)} of it"
    raise LayoutError(msg)


def cards(file: BinaryIO) -> Records:
    """The printings, one by one, with the fields that lead to marketplaces. Raises `LayoutError`."""
    lines, is_list, last = expanded(file), False, b""
    if lines.peek(len(BOM_UTF8)).startswith(BOM_UTF8):
        lines.read(len(BOM_UTF8))
    while line := lines.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            msg = f"{SOURCE} has a line of more than {MAX_LINE:,} bytes, expected one card per line"
            raise LayoutError(msg)
        last = line.strip() or last
        match line.strip().removesuffix(b","):
            case b"" | b"]":
                continue
            case b"[":
                is_list = True
            case text if text.startswith(b"["):  # all on one line, as a small test server may write it
                is_list = True
                for card in parsed_json(text, source=SOURCE):
                    yield _record(card)
            case text:
                yield _record(parsed_json(text, source=SOURCE))
    if is_list and not last.endswith(b"]"):
        msg = f"{SOURCE}'s list of cards is cut short: it ends with {last[-SHOWN:]!r}"
        raise LayoutError(msg)


def _record(card: Any) -> dict[str, Any]:
    if not isinstance(card, dict):
        msg = f"{SOURCE} has a line that is no card: {str(card)[:SHOWN]!r}"
        raise LayoutError(msg)
    return {field: card.get(field) for field in FIELDS}
