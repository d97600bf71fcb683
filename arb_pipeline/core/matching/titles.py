"""Parsed title of a listing, independent of the products it is compared with."""

import re
from dataclasses import dataclass

from arb_pipeline.core.matching import blocklist, vocabulary
from arb_pipeline.core.matching.result import Reason
from arb_pipeline.core.matching.tokenizer import FOREIGN, is_number, plain, runs, split

TIMES = re.compile(r"(?:x(\d{1,3})|(\d{1,3})x)")
ALONE = re.compile(
    r"[(\[]\s*({codes})\s*[)\]]|[-|/,]\s*({codes})\s*$".format(codes="|".join(blocklist.CODES))
)
BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
CARD_NUMBER = re.compile(r"\b\d{1,3}/\d{2,3}\b")
SINGLE = ("carta",)
"""Portuguese and Spanish for a card; "90 cartas" are what a box holds."""
YEAR_DIGITS = 4
SET_SIZES = range(2, 21)
"""'Set of 5', after small words are gone: "set 5". Larger numbers are years of core sets."""


@dataclass(frozen=True)
class Count:
    """A number of something: `3x`, `36 packs`, `case of 6`."""

    number: int
    noun: str
    words: frozenset[str]


@dataclass(frozen=True)
class Title:
    """Words of a title, and what they state beside the product's name."""

    words: tuple[str, ...]
    has: frozenset[str]
    bracketed: frozenset[str]
    plurals: frozenset[str]
    counts: tuple[Count, ...]
    games: frozenset[str]
    languages: tuple[tuple[str, frozenset[str]], ...]
    foreign_letters: frozenset[str]
    refusals: tuple[tuple[Reason, frozenset[str]], ...]


def read(title: str) -> Title:
    """Reads a title."""
    words, plurals = split(title)
    lower = plain(title)
    against = [
        (blocklist.REFUSED[run], frozenset(run))
        for run in runs(words, blocklist.REFUSED)
        if run != SINGLE or SINGLE[0] not in plurals
    ]
    if CARD_NUMBER.search(lower):
        against.append(("single_card", frozenset({"/"})))
    if "+" in words:
        against.append(("lot", frozenset({"+"})))
    languages = [(blocklist.LANGUAGES[run], frozenset(run)) for run in runs(words, blocklist.LANGUAGES)]
    codes = [inner or last for inner, last in ALONE.findall(lower)]
    languages += [(blocklist.CODES[code], frozenset({code})) for code in codes]
    return Title(
        words=words,
        has=frozenset(words),
        bracketed=frozenset(word for inner in BRACKETS.findall(title) for word in split(inner)[0]),
        plurals=plurals,
        counts=tuple(_counts(words)),
        games=frozenset(blocklist.GAMES[run] for run in runs(words, blocklist.GAMES)),
        languages=tuple(languages),
        foreign_letters=frozenset(FOREIGN.findall(title)),
        refusals=tuple(against),
    )


def _counts(words: tuple[str, ...]) -> list[Count]:
    counts = []
    for at, word in enumerate(words):
        after = words[at + 1 : at + 4]
        times = TIMES.fullmatch(word)
        if times:
            counts.append(Count(int(times[1] or times[2]), "", frozenset({word})))
        elif word == "x" and after and is_number(after[0]):
            noun = _noun(after[1:])
            counts.append(Count(int(after[0]), noun, frozenset({"x", after[0], *([noun] if noun else [])})))
        elif is_number(word) and after[:1] == ("x",) and (at == 0 or len(after) == 1):
            counts.append(Count(int(word), "", frozenset({word, "x"})))
        elif word == "case" and after and is_number(after[0]):
            counts.append(Count(int(after[0]), "box", frozenset({"case", after[0]})))
        elif word == "set" and after and is_number(after[0]) and int(after[0]) in SET_SIZES:
            counts.append(Count(int(after[0]), "", frozenset({"set", after[0]})))
        elif is_number(word) and len(word) < YEAR_DIGITS:
            noun = _noun(after)
            if noun:
                counts.append(Count(int(word), noun, frozenset({word, *after[: after.index(noun) + 1]})))
            elif at == 0:
                counts.append(Count(int(word), "", frozenset({word})))
    return counts


def _noun(after: tuple[str, ...]) -> str:
    """The noun of packaging that a number counts: the outermost of those that follow in a row."""
    row = []
    for word in after:
        if word not in vocabulary.COUNTABLE:
            break
        row.append(word)
    return max(row, key=vocabulary.PACKAGING.__getitem__, default="")
