"""Products by every word of their names: a title matches if it has all of them and no unexplained ones.

The rest of a title must be noise, the product's own set, or its number: an unexplained word prevents a match,
so "Innistrad Remastered Booster Box" is never Innistrad's, even where the catalogue does not know Remastered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from arb_pipeline.core.matching import vocabulary
from arb_pipeline.core.matching.conflicts import Product, conflicts, explained, rank_of
from arb_pipeline.core.matching.result import MATCHED, Match, Reason, first
from arb_pipeline.core.matching.titles import Title, read
from arb_pipeline.core.matching.tokenizer import split

COLUMNS = ("product_id", "category", "name", "set_name", "set_code", "language")
OPTIONAL_COLUMNS = ("release_date", "pack_count")
SHOWN = 10
"""Maximum number of candidates in a result."""


@dataclass(frozen=True)
class _Entry:
    product: Product
    needed: frozenset[str]
    optional: frozenset[str]
    times: Counter[str]


class Catalogue:
    """Sealed products, indexed by the rarest word of each."""

    def __init__(self, entries: list[_Entry]) -> None:
        self._entries = entries
        self._having: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            for word in entry.needed:
                self._having[word].append(entry)
        self._by_rarest: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            self._by_rarest[min(entry.needed, key=lambda word: (len(self._having[word]), word))].append(entry)

    @classmethod
    def of(cls, frame: pl.DataFrame) -> "Catalogue":
        """From a frame of `COLUMNS`, and of `OPTIONAL_COLUMNS` those that it has.

        `release_date` lets a title name the year; `pack_count` refuses a title with another number of packs.
        """
        columns = [*COLUMNS, *(name for name in OPTIONAL_COLUMNS if name in frame.columns)]
        entries = (_entry(row) for row in frame.select(columns).sort("product_id").iter_rows(named=True))
        return cls([entry for entry in entries if entry is not None])

    def find(self, title: Title) -> Match:
        """The one product whose words the title holds and whose rest is explained."""
        held = [
            entry
            for word in title.has
            for entry in self._by_rarest.get(word, ())
            if entry.needed <= title.has
        ]
        named = [entry for entry in held if not any(entry.needed < other.needed for other in held)]
        if not named:
            return self._refusal(title)
        against = {entry.product.product_id: set(_against(title, entry)) for entry in named}
        fitting = _with_same_counts(
            title, [candidate for candidate in named if not against[candidate.product.product_id]]
        )
        if len(fitting) == 1:
            return Match(fitting[0], MATCHED, fitting)
        if fitting:
            return Match(None, "ambiguous", fitting[:SHOWN])
        reasons = {reason for candidate in against.values() for reason in candidate}
        return Match(None, first(reasons), tuple(sorted(against))[:SHOWN])

    def _refusal(self, title: Title) -> Match:
        """Result where no product's words are all in the title: the reason, else candidates."""
        anything = Product(
            "", next(iter(title.games), ""), "English", frozenset(), frozenset(), vocabulary.BOX
        )
        reasons = set(conflicts(title, anything)) - {"ambiguous"}
        if reasons:
            return Match(None, first(reasons))
        core = title.has - vocabulary.NOISE - explained(title, anything)
        if not core - vocabulary.NAMELESS:
            return Match(None, "unknown")
        rarest = min(core, key=lambda word: (len(self._having.get(word, ())), word))
        near = [entry for entry in self._having.get(rarest, ()) if core <= entry.needed | entry.optional]
        ids = tuple(sorted(entry.product.product_id for entry in near))[:SHOWN]
        return Match(None, "ambiguous" if len(near) > 1 else "unknown", ids)


def _with_same_counts(title: Title, fitting: list[_Entry]) -> tuple[str, ...]:
    """Ids of the fitting products; of products with equal words those whose counts equal the title's.

    "Elves vs Goblins" is a pair of decks, "Elves vs Goblins Elves Deck" is one of them.
    """
    if len({entry.needed for entry in fitting}) == 1:
        counts = Counter(title.words)
        as_often = [entry for entry in fitting if all(counts[word] == n for word, n in entry.times.items())]
        fitting = as_often if len(as_often) == 1 else fitting
    return tuple(sorted(entry.product.product_id for entry in fitting))


def _against(title: Title, entry: _Entry) -> Iterator[Reason]:
    yield from conflicts(title, entry.product)
    left = (
        title.has - entry.product.words - entry.optional - vocabulary.NOISE - explained(title, entry.product)
    )
    for series in vocabulary.SERIES.get(entry.product.category, ()):
        if series <= title.has:
            left -= series
    says_foil = (
        "nonfoil" in title.has and "nonfoil" not in entry.product.words and "foil" in entry.product.words
    )
    if left or says_foil:
        yield "unknown"


def _entry(row: dict[str, object]) -> _Entry | None:
    """Index entry of a product; None if its name does not identify it."""
    name, set_name, set_code = (str(row[key] or "") for key in ("name", "set_name", "set_code"))
    in_order, plurals = split(name)
    words = frozenset(in_order)
    of_set = frozenset(split(set_name)[0])
    if not words - vocabulary.NAMELESS - vocabulary.NOISE:
        words |= of_set
    needed = words - vocabulary.BRANDS
    if not needed - vocabulary.NAMELESS:
        return None
    released, pack_count = row.get("release_date"), row.get("pack_count")
    year = {str(getattr(released, "year", ""))} if released else set()
    title = read(name)
    numbers = frozenset(word for count in title.counts for word in count.words)
    product = Product(
        product_id=str(row["product_id"]),
        category=str(row["category"]),
        language=str(row["language"] or "English"),
        words=words | numbers | ({"+", "/"} & title.has),
        plurals=plurals,
        rank=rank_of(words),
        pack_count=pack_count if isinstance(pack_count, int) else None,
        foreign_letters=title.foreign_letters,
    )
    optional = (
        (of_set if set_name.casefold() != set_code.casefold() else frozenset()) | year | {set_code.casefold()}
    )
    return _Entry(product, needed, frozenset(optional), Counter(word for word in in_order if word in needed))
