"""Text to words, the same way for titles, names and declared terms."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from arb_pipeline.core.matching import vocabulary

MARKS = str.maketrans("", "", "™®©℠'`\u2018\u2019\u00b4\u02bc")
"""Dropped before NFKC, which would make "Pokémon™" the word "pokemontm"; "Urza's" and "Urzas" are one."""
DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d(?!\d))")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
INITIALS = re.compile(r"\b(?:[a-z]\.){2,}")
GLUED = re.compile(r"(?<=\d)(?=(?:ct|pk|packs?|boosters?|cards?|box|boxes)\b)")
WORD = re.compile(r"\d+\.\d+|[a-z0-9]+|\+|½")
LONGEST = 6
"""Words of the longest phrase that is looked for; a longer one is no term but a sentence."""
FOREIGN = re.compile(r"[Ѐ-ӿ֐-ۿ฀-๿぀-ヿ㐀-鿿가-힯]")
"""Letters of Cyrillic, Hebrew, Arabic, Thai, Japanese, Chinese and Korean."""


def plain(text: str) -> str:
    """NFKC, casefolded, without accents and apostrophes; `&` is "and"."""
    folded = unicodedata.normalize("NFKC", text.translate(MARKS)).casefold().replace("&", " and ")
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    joined = INITIALS.sub(lambda dotted: dotted[0].replace(".", ""), THOUSANDS.sub("", bare))
    return GLUED.sub(" ", DECIMAL_COMMA.sub(".", joined))


def split(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Words in order, and which of them stood in the plural.

    Small words go, nouns of packaging become singular, and what has two spellings gets one
    (`terms.SPELLINGS`): "Magic: The Gathering - 2 ETBs" is `mtg 2 elite trainer box`.
    """
    words: list[str] = []
    plurals = set()
    for word in WORD.findall(plain(text)):
        if word in vocabulary.SMALL:
            continue
        single = vocabulary.SINGULAR.get(word, word)
        if single != word and (*words[-1:], word) not in vocabulary.PLURAL_NAMES:
            plurals.add(single)
        words.append(single)
    respelled: list[str] = []
    at = 0
    while at < len(words):
        length, spelling = next(
            (
                (n, vocabulary.SPELLINGS[tuple(words[at : at + n])])
                for n in range(vocabulary.LONGEST_SPELLING, 0, -1)
                if tuple(words[at : at + n]) in vocabulary.SPELLINGS
            ),
            (1, (words[at],)),
        )
        respelled.extend(spelling)
        at += length
    return tuple(respelled), frozenset(plurals)


def runs(words: tuple[str, ...], known: Mapping[tuple[str, ...], object]) -> Iterator[tuple[str, ...]]:
    """Every run of words that is a key of `known`."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
            if words[start:end] in known:
                yield words[start:end]


def is_number(word: str) -> bool:
    """Digits alone."""
    return word.isascii() and word.isdigit()
