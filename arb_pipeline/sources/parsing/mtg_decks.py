"""Preconstructed decks as taw/magic-preconstructed-decks-data publishes them: one JSON list of decks.

Upstream a card is an object; our own slim copies write it as [set, number, foil, count]. Both are read.
"""

from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import Records, json_list

SOURCE = "mtg_decks"
FILE = "decks_v2.json"
BOARDS = {
    "main": ("cards", "mainBoard", "mainboard", "main"),
    "commander": ("commander",),
    "sideboard": ("sideboard", "sideBoard"),
    "planes": ("planes", "planarDeck", "planar_deck"),
    "schemes": ("schemes", "schemeDeck", "scheme_deck"),
    "display_commander": ("display_commander", "displayCommander"),
    "tokens": ("tokens",),
}
"""Boards of a deck -> their names in the sources. Their cards come in the same box; tokens are left out."""
ACCESSORIES = frozenset({"display_commander"})
"""Boards whose cards upstream's card counts leave out."""
ABOUT = frozenset(
    {
        *("name", "type", "set_code", "set_name", "release_date", "code", "releaseDate", "fileName"),
        *("source", "sourceSetCodes", "sealedProductUuids", "uuid", "category", "format", "languages"),
        *("isFoil", "identifiers", "meta", "card_count", "url"),
    }
)
"""Fields of a deck beside its boards."""
MOST_COPIES = 1000
"""Most copies of a card in a deck; beyond this a count is damage."""
FAULTS = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""Exceptions raised for an invalid deck."""


@dataclass(frozen=True, slots=True)
class DeckCard:
    """A card of a deck."""

    set_code: str
    number: str
    finish: str
    copies: int
    name: str = field(default="", compare=False)
    is_accessory: bool = field(default=False, compare=False)
    """True if it is beside the cards that the source counts."""


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
    """All cards of a deck's box. Raises one of `FAULTS`."""
    return [
        replace(deck_card(card), is_accessory=board in ACCESSORIES)
        for board, cards in boards(deck).items()
        for card in cards
    ]


def boards(deck: dict[str, Any]) -> dict[str, list[Any]]:
    """Boards of a deck by the names here, without its tokens.

    Raises `ValueError` for a board under two names, one that is no list, no board at all, and a list that is
    no known board: its cards would not be counted.
    """
    lists: dict[str, list[Any]] = {}
    for board, names in BOARDS.items():
        there = [name for name in names if deck.get(name)]
        if len(there) > 1:
            msg = f"it lists its {board} twice, as {' and '.join(there)}"
            raise ValueError(msg)
        for name in there:
            if not isinstance(deck[name], list):
                msg = f"its board {name!r} is no list: {str(deck[name])[:80]!r}"
                raise ValueError(msg)  # noqa: TRY004 - refused as a board, by name
            lists[board] = deck[name]
    null = [name for name in BOARDS["main"] if name in deck and deck[name] is None]
    if null and "main" not in lists:
        msg = f"its board {null[0]!r} is null: its cards are not known"
        raise ValueError(msg)
    known = ABOUT.union(*BOARDS.values())
    unknown = sorted(str(name)[:40] for name, value in deck.items() if name not in known and _is_board(value))
    if unknown:
        msg = f"its board {', '.join(map(repr, unknown))} is not known; known are {', '.join(sorted(BOARDS))}"
        raise ValueError(msg)
    lists.pop("tokens", None)
    listed = (deck.get(name) for names in BOARDS.values() for name in names)
    if not any(isinstance(cards, list) for cards in listed):
        msg = f"it has no board; known are {', '.join(sorted(BOARDS))}"
        raise ValueError(msg)
    return lists


def _is_board(value: Any) -> bool:
    """True if a field of a deck looks like a list of cards."""
    return isinstance(value, list) and any(isinstance(entry, dict | list) for entry in value)


def deck_card(card: Any) -> DeckCard:
    """A card in any of the sources' shapes. Raises one of `FAULTS`."""
    if isinstance(card, dict):
        set_code = card["set_code"] if "set_code" in card else card["setCode"]
        is_foil = card.get("foil", card.get("isFoil"))
        is_etched = card.get("etched", card.get("isEtched"))
        number, count, name = card["number"], card["count"], card.get("name")
    else:
        (set_code, number, is_foil, count), is_etched, name = card, False, None
    return checked_card(
        set_code, number, count, is_foil=bool(is_foil), is_etched=bool(is_etched), name=name or ""
    )


def checked_card(
    set_code: Any, number: Any, count: Any, *, is_foil: bool, is_etched: bool, name: Any = ""
) -> DeckCard:
    """A card whose count is a whole number of at least 1. Raises `ValueError`."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_COPIES:
        is_far = isinstance(count, int) and abs(count) > MOST_COPIES
        card, shown = f"{set_code!s:.20}:{number!s:.20}", "far out of bounds" if is_far else repr(count)[:80]
        msg = f"card {card} has count {shown}; 1 to {MOST_COPIES:,} are possible"
        raise ValueError(msg)
    if not isinstance(set_code, str) or not isinstance(number, str | int) or isinstance(number, bool):
        msg = f"a card has the set {str(set_code)[:40]!r} and the number {str(number)[:40]!r}"
        raise TypeError(msg)
    finish = "etched" if is_etched else "foil" if is_foil else "nonfoil"
    return DeckCard(set_code.lower(), str(number), finish, count, str(name)[:200])
