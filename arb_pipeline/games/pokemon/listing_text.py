"""Grammar of listing texts: parts of a Pokemon product in TCGplayer's text, sentence by sentence.

It reads the list that follows the prose. A line that does not parse is reported, never guessed.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from arb_pipeline.games.pokemon.product_names import plain

WORDS = "one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {"a": 1, "an": 1} | {word: n for n, word in enumerate(WORDS.split(), start=1)}
COUNT = rf"(?P<count>\d+|{'|'.join(NUMBERS)})(?:x)?"
BULLET = re.compile(r"^[•·*\-]\s*")
BREAK = re.compile(r"<br\s*/?>|</?(?:p|li|ul|div)>|\r|\n", re.IGNORECASE)
TAG = re.compile(r"<[^>]+>")
RUN_ON = re.compile(r"(?<=\w) (?=each booster pack contains)", re.IGNORECASE)
"""Remarks that follow a part without a break."""
NO_SET = frozenset({"", "pokemon", "tcg", "pokemon tcg"})
"""Phrases in place of a set's name, for packs of any set."""
LIST_STARTS = re.compile(r"\b(?:includes?|contains|contents|configurations|details)\s*:?$", re.IGNORECASE)
PACKS = re.compile(
    rf"^{COUNT} (?:additional )?(?:assorted )?(?:pokemon (?:tcg|trading card game):? )?(?P<set>.*?) ?"
    r"booster packs?(?: from (?:the )?(?:pokemon tcg:? )?(?P<from>.+?)(?: expansion)?)?"
    r"(?: \((?:each pack contains|contents vary|packs and contents may vary)[^)]*\))?$",
    re.IGNORECASE,
)
SERIES = re.compile(
    r"^(?:pokemon tcg: )?(?:sword & shield|scarlet & violet|mega evolution) ?- ?", re.IGNORECASE
)
PROMO = re.compile(
    rf"^{COUNT} (?:special |etched |full-art |cosmos |holo )*foil (?:promo )?cards? "
    r"featuring (?P<name>[^,]+)$",
    re.IGNORECASE,
)
SEVERAL = re.compile(r"\b(?:or|and)\b|&", re.IGNORECASE)
"""Phrases for one of several cards, or for several: the sentence names no single card."""
NO_CARD = re.compile(
    r"\b(?:sleeves?|dice|die|markers?|coins?|code|player's guide|rulebook|dividers|pins?|stickers?|sheets?"
    r"|playmat|figure|poster|notepad|pencils?|portfolio|binder|checklist|keyring|squishy"
    r"|(?:code|energy|art) cards?|deck box|collector's box|box to hold)\b",
    re.IGNORECASE,
)
"""Parts without a price: extras of value 0."""
HARMLESS = re.compile(
    r"^(?:an?|one|1) (?:code|pokemon art) card .*"
    r"|(?:code|energy|art) cards?|card sleeves|card-display|deck box(?:es)?|collector's box|box to hold"
    r"|pokemon tcg|trading card game",
    re.IGNORECASE,
)
"""Phrases with a word of `HOLDS_CARDS` that hold no card."""
HOLDS_CARDS = re.compile(
    r"\b(?:cards?|decks?|packs?|boosters?|tins?|box(?:es)?|promos?|foil)\b", re.IGNORECASE
)
OVERSIZE = re.compile(r"\b(?:oversized?|jumbo|lenticular)\b", re.IGNORECASE)
OF_EACH_PACK = re.compile(
    r"^\(?(?:each (?:booster )?pack contains|cards vary by pack|packs may vary"
    r"|pokemon tcg booster packs and)",
    re.IGNORECASE,
)
"""Remarks on packs that are already counted."""


@dataclass(frozen=True, slots=True)
class PackLine:
    """A number of booster packs of a set, from one sentence. `set_name` is '' where it names none."""

    count: int
    set_name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PromoLine:
    """A number of copies of a named promo card."""

    count: int
    name: str
    sentence: str


@dataclass(slots=True)
class ListingText:
    """Parsed parts of a listing text."""

    packs: list[PackLine] = field(default_factory=list)
    promos: list[PromoLine] = field(default_factory=list)
    extras: list[str] = field(default_factory=list)
    """Sentences of parts without a card."""
    not_understood: list[str] = field(default_factory=list)


def read(text: str) -> ListingText:
    """Parts that a listing's text states."""
    text_parts = ListingText()
    for line in _listed(text):
        _take(line, text_parts)
    return text_parts


def _listed(text: str) -> Iterator[str]:
    """The lines of the list: those with a bullet, and those after a line that announces one."""
    announced = False
    for raw in BREAK.split(RUN_ON.sub("\n", TAG.sub("", BREAK.sub("\n", html.unescape(text))))):
        line = plain(raw)
        bare = BULLET.sub("", line).strip().rstrip(".!")
        if not bare:
            continue
        if LIST_STARTS.search(bare):
            announced = True
        elif announced or BULLET.match(line):
            yield bare


def _take(line: str, text_parts: ListingText) -> None:
    if OF_EACH_PACK.match(line):
        return
    if OVERSIZE.search(line):
        text_parts.not_understood.append(line)
    elif match := PACKS.match(line):
        set_name = SERIES.sub("", (match["from"] or match["set"] or "").strip(" -"))
        set_name = "" if set_name.lower() in NO_SET else set_name
        text_parts.packs.append(PackLine(_count(match["count"]), set_name, line))
    elif (match := PROMO.match(line)) and not SEVERAL.search(match["name"]):
        text_parts.promos.append(PromoLine(_count(match["count"]), match["name"].strip(), line))
    elif NO_CARD.search(line) and not HOLDS_CARDS.search(HARMLESS.sub(" ", line)):
        text_parts.extras.append(line)
    else:
        text_parts.not_understood.append(line)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word.lower()]
