"""A list of the cards that opened packs held: CSV, TSV or XLSX -> cards with copies."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from arb_pipeline.contracts.errors import InvalidFileError
from arb_pipeline.sources.buyer_price_list import folded, text_rows
from arb_pipeline.sources.parsing.values import text_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "card", "card name", "product name", "title"),
    "number": ("number", "card number", "collector number", "no"),
    "foil": ("foil", "finish", "printing", "variant", "is foil"),
    "copies": ("quantity", "qty", "copies", "count", "amount", "add to quantity"),
}
"""Field -> headers that name it: lower case, separators and punctuation as one space."""
PLAIN = frozenset({"", "0", "no", "false", "normal", "nonfoil", "non foil", "regular"})
"""Values of a column of finishes for a card that is no foil."""
HEADER_WITHIN = 10


class PulledCardsError(InvalidFileError):
    """A file that lists no cards."""


@dataclass(frozen=True, slots=True)
class PulledCard:
    """A card that was pulled."""

    line: int
    name: str
    number: str
    """'' : not stated."""
    is_foil: bool
    copies: int


@dataclass(frozen=True, slots=True)
class PulledCards:
    """The cards of a file, and (line, reason) of the rows left out."""

    cards: list[PulledCard]
    rejected: list[tuple[int, str]]


def read_pulled_cards(path: Path) -> PulledCards:
    """Reads a file with a column of names, and, where it has them, of number, finish and copies.

    Raises `PulledCardsError`.
    """
    rows = text_rows(path, lambda header: "name" in _places(header))
    at, places = _header(path, [[text_of(cell) for cell in cells or []] for _, cells in rows[:HEADER_WITHIN]])
    cards, rejected = [], []
    for line, cells in rows[at + 1 :]:
        texts = [text_of(cell) for cell in cells or []]
        filled = {field: texts[place] for field, place in places.items() if place < len(texts)}
        copies = filled.get("copies") or "1"
        if not filled.get("name"):
            if any(texts):
                rejected.append((line, "it names no card"))
        elif not re.fullmatch(r"[1-9]\d{0,4}", copies, re.ASCII):
            rejected.append((line, f"quantity {copies!r} is no whole number from 1"))
        else:
            is_foil = folded(filled.get("foil", "")) not in PLAIN
            cards.append(PulledCard(line, filled["name"], filled.get("number", ""), is_foil, int(copies)))
    return PulledCards(cards, rejected)


def _header(path: Path, rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    for at, texts in enumerate(rows):
        places = _places(texts)
        if "name" in places:
            return at, places
    raise PulledCardsError(
        f"{path}: no column names cards",
        allowed=f"a column called {', '.join(COLUMNS['name'])}",
        next_step="Write it as: name,number,foil,quantity.",
    )


def _places(header: Sequence[str]) -> dict[str, int]:
    names = [folded(name) for name in header]
    columns = {field: [names.index(s) for s in spelled if s in names] for field, spelled in COLUMNS.items()}
    return {field: at[0] for field, at in columns.items() if at}
