"""Names of Pokemon products: set, kind, variant, case. No source is read here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

SPELLINGS = {
    r"\b(\d)[ -]Pack Blisters?\b": r"\1 pack blister",
    r"\bSleeved Booster(?: Pack)? (?:Case|Master Carton)\b": "sleeved booster pack case",
    r"\bElite Trainer Box(?:es)?\b": "elite trainer box",
}
"""Spellings of a kind at TCGplayer."""
SAME_PRODUCT = re.compile(r"\((?:Exclusive|Red|Blue)\)")
"""Remarks in parentheses that do not change the product."""
BRACKET = re.compile(r"\[(?P<variant>(?!Set of)[^\]]+)\]")
"""A variant. `[Set of 2]` names several products and stays in the kind."""
PARENTHESES = re.compile(r"\((?P<variant>[A-Z][a-z]+)\)$")
"""A variant in the form of Shrouded Fable's mini tins: `Mini Tin (Okidogi)`."""
CASE = re.compile(r"^(?P<inner>.+) case(?: \((?P<count>\d+)(?: boxes| count)?\))?$")
LETTERS = str.maketrans({"é": "e", "É": "E", "\u2019": "'", "\u2014": "-", "\u2013": "-"})
WORD = re.compile(r"[^a-z0-9']+")


@dataclass(frozen=True, slots=True)
class ProductName:
    """A parsed product name."""

    set_id: str
    set_name: str
    kind: str
    """Lower case: `booster box`, `pokemon center elite trainer box`; of a case, the kind inside it."""
    variant: str = ""
    """In brackets: `Koraidon`."""
    is_case: bool = False
    case_count: int | None = None
    """Pieces in the case, where the name says it."""

    @property
    def inner(self) -> "ProductName":
        """Name of one piece of a case."""
        return replace(self, is_case=False, case_count=None)


def plain(text: str) -> str:
    """Text without accents and typographic signs, with single spaces."""
    return " ".join(text.translate(LETTERS).split())


def card_key(name: str) -> str:
    """A card's name for comparison: lower case, words only."""
    return " ".join(WORD.sub(" ", plain(name).lower().replace("☆", " star ")).split())


def parse(name: str, sets: Mapping[str, str]) -> ProductName | None:
    """The parsed name, or None where it starts with no set's name.

    `sets`: name of a set -> its id. The longest matching name is the product's set.
    """
    text = plain(name)
    set_name = max((candidate for candidate in sets if _starts(text, candidate)), key=len, default=None)
    if set_name is None:
        return None
    rest = text[len(plain(set_name)) :].lstrip(": ")
    variant = match["variant"] if (match := BRACKET.search(rest)) else ""
    rest = SAME_PRODUCT.sub("", BRACKET.sub("", rest)).strip()
    if not variant and (match := PARENTHESES.search(rest)):
        variant, rest = match["variant"], rest[: match.start()].strip()
    for spelling, kind in SPELLINGS.items():
        rest = re.sub(spelling, kind, rest)
    kind = " ".join(rest.lower().split())
    case = CASE.match(kind)
    if case is None:
        return ProductName(sets[set_name], set_name, kind, variant)
    count = int(case["count"]) if case["count"] else None
    return ProductName(sets[set_name], set_name, case["inner"], variant, is_case=True, case_count=count)


def _starts(text: str, set_name: str) -> bool:
    """True if the text starts with the set's name, followed by more words."""
    start = plain(set_name).lower()
    return text.lower().startswith((f"{start} ", f"{start}: "))
