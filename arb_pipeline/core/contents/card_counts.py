"""Numbers of cards that a product may state: ranges, by the ways in which sources count.

A source counts either packs or their cards; it leaves out tokens, art cards and display commanders, which are
accessories upstream (mtgjson/mtg-sealed-content, deck_card_count). A number that no way of counting gives is
a contradiction.
"""

from collections.abc import Iterable
from functools import reduce

Sizes = tuple[tuple[float, float], ...]
"""Ranges, both ends included, in order and apart."""
NOTHING: Sizes = ((0.0, 0.0),)
ANYTHING: Sizes = ((0.0, float("inf")),)
MOST_RANGES = 400
"""Beyond them the nearest are merged: a product of many parts has few counts that it cannot state."""
BESIDE_A_PACK = (-1.0, 2.0)
"""Cards that a pack may hold less or more than its sheets say: its token, advertisement or art card, and the
card of The List that some packs have in its place (measured: 11.25 for 12, 12.25 for 12, 33 for 35)."""


def one_of(*counts: float) -> Sizes:
    """Any of some counts."""
    return joined((count, count) for count in counts)


def joined(ranges: Iterable[tuple[float, float]]) -> Sizes:
    """Ranges in order, those that touch as one."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    while len(merged) > MOST_RANGES:
        at = min(range(1, len(merged)), key=lambda n: merged[n][0] - merged[n - 1][1])
        merged[at - 1 : at + 1] = [(merged[at - 1][0], merged[at][1])]
    return tuple(merged)


def either(*sizes: Sizes) -> Sizes:
    """Counts by either way of counting."""
    return joined(bounds for one in sizes for bounds in one)


def plus(ours: Sizes, theirs: Sizes) -> Sizes:
    """Counts of two things together."""
    return joined((low + more, high + most) for low, high in ours for more, most in theirs)


def times(sizes: Sizes, count: int) -> Sizes:
    """Counts of `count` things alike."""
    return tuple((low * count, high * count) for low, high in sizes)


def optional(sizes: Sizes) -> Sizes:
    """Counts of a thing that a source may leave out."""
    return either(NOTHING, sizes)


def of_packs(count: int, cards: float | None) -> Sizes:
    """Packs may be left out, counted, or their cards counted. `cards`: in one pack; None: not known."""
    if cards is None:
        return ANYTHING
    less, more = BESIDE_A_PACK
    return either(one_of(0, count), (((cards + less) * count, (cards + more) * count),))


def of_sealed(count: int, inner: Sizes) -> Sizes:
    """Sealed products inside may be counted, or their cards."""
    return either(one_of(count), times(inner, count))


def of_mixture(draws: int, alternatives: Iterable[Sizes]) -> Sizes:
    """Drawn cards may be left out of the count, as the foil beside a spellbook's eight cards."""
    every = [size for sizes in alternatives for size in sizes]
    low, high = min(low for low, _ in every), max(high for _, high in every)
    return either(NOTHING, ((low * draws, high * draws),))


def together(parts: Iterable[Sizes]) -> Sizes:
    """Counts of all parts of a product."""
    return reduce(plus, parts, NOTHING)


def contradicts(sizes: Sizes, stated: float) -> bool:
    """True if no way of counting gives the stated number."""
    return not any(low - ROUNDING <= stated <= high + ROUNDING for low, high in sizes)


ROUNDING = 1e-6
