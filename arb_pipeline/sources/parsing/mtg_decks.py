"""Preconstructed decks as taw/magic-preconstructed-decks-data publishes them: one JSON list of decks.

Upstream a card is an object; our own slim copies write it as [set, number, foil, count]. Both are read.
"""

from typing import Any, BinaryIO, NamedTuple

from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import Records, json_list

SOURCE = "mtg_decks"
FILE = "decks_v2.json"
BOARDS = ("commander", "sideboard", "planes", "schemes", "display_commander")
"""Cards that a deck lists beside `cards`: they come in the same box."""
FAULTS = (KeyError, TypeError, ValueError)
"""What reading a deck that is none raises."""


class DeckCard(NamedTuple):
    """A card of a deck."""

    set_code: str
    number: str
    finish: str
    copies: int


def decks(file: BinaryIO) -> Records:
    """Each deck: set_code, name, type, release_date, and how many cards it has. Raises `LayoutError`."""
    for record in json_list(whole(file), source=SOURCE):
        entry = record if isinstance(record, dict) else {}
        fields = {field: entry.get(field) for field in ("set_code", "name", "type", "release_date")}
        try:
            n_cards = sum(card.copies for card in deck_cards(entry)) or None
        except FAULTS:
            n_cards = None
        yield {**fields, "cards": n_cards}


def deck_cards(deck: dict[str, Any]) -> list[DeckCard]:
    """All cards in the box of a deck. Raises one of `FAULTS`."""
    boards = [deck["cards"], *(deck.get(board) or [] for board in BOARDS)]
    return [deck_card(card) for board in boards for card in board]


def deck_card(card: Any) -> DeckCard:
    """A card in either shape. Raises one of `FAULTS`."""
    if isinstance(card, dict):
        set_code, number, count = card["set_code"], card["number"], card["count"]
        is_foil, is_etched = card.get("foil"), card.get("etched")
    else:
        (set_code, number, is_foil, count), is_etched = card, False
    return checked_card(set_code, number, count, is_foil=bool(is_foil), is_etched=bool(is_etched))


def checked_card(set_code: Any, number: Any, count: Any, *, is_foil: bool, is_etched: bool) -> DeckCard:
    """A card whose count is a whole number of at least 1. Raises `ValueError`."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        msg = f"card {set_code}:{number} has count {count!r}"
        raise ValueError(msg)
    finish = "etched" if is_etched else "foil" if is_foil else "nonfoil"
    return DeckCard(str(set_code).lower(), str(number), finish, count)
