"""Allocation of sold items to purchases: first in, first out, at most the pieces bought."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from arb_pipeline.core.matching.tokenizer import split


@dataclass(frozen=True, slots=True)
class OwnedCard:
    """A card that an open purchase holds."""

    purchase_id: str
    purchased_on: date
    name: str
    number: str
    set_code: str
    copies: float
    """Certain copies and expected pulls, of all pieces."""


@dataclass(frozen=True, slots=True)
class Sold:
    """A sold item, as an order export has it."""

    key: int
    """Its line in the file."""
    title: str
    number: str
    set_name: str
    quantity: int
    sold_on: date


@dataclass(frozen=True, slots=True)
class Allocation:
    """Copies of an item by purchase, or the reason that it is not allocated."""

    key: int
    copies: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


def allocate(
    items: Sequence[Sold], owned: Iterable[OwnedCard], set_names: Mapping[str, str]
) -> list[Allocation]:
    """Allocates each item to purchases made on or before its day.

    A card fits where its name's words are all in the item's title, and its number and set do not contradict
    the item's. Cards of several names that fit are ambiguous: the item is then left out, with the names.
    `set_names`: set code -> name.
    """
    cards = sorted(owned, key=lambda card: (card.purchased_on, card.purchase_id))
    words = {card.name: frozenset(split(card.name)[0]) for card in cards}
    left: dict[tuple[str, str, str], int] = defaultdict(int)
    for card in cards:
        left[_key(card)] += max(1, round(card.copies))
    return [_allocated(item, cards, words, left, set_names) for item in items]


def _key(card: OwnedCard) -> tuple[str, str, str]:
    return card.purchase_id, card.name, card.number


def _allocated(
    item: Sold,
    cards: Sequence[OwnedCard],
    words: Mapping[str, frozenset[str]],
    left: dict[tuple[str, str, str], int],
    set_names: Mapping[str, str],
) -> Allocation:
    title = frozenset(split(item.title)[0])
    named = [card for card in cards if words[card.name] and words[card.name] <= title]
    # "Bolt" is in "Lightning Bolt" too: the longest name that fits is meant.
    longest = [card for card in named if not any(words[card.name] < words[other.name] for other in named)]
    fitting = [card for card in longest if _agrees(card, item, set_names)]
    if not fitting:
        reason = (
            "no open purchase holds this card" if not longest else "its number or set is another printing's"
        )
        return Allocation(item.key, reason=reason)
    if len({card.name for card in fitting}) > 1:
        names = ", ".join(sorted({repr(card.name) for card in fitting}))
        return Allocation(item.key, reason=f"it may be {names}: name the card in the title")
    early = [card for card in fitting if card.purchased_on <= item.sold_on]
    if not early:
        return Allocation(item.key, reason=f"it was sold on {item.sold_on}, before the card was bought")
    copies: dict[str, int] = {}
    open_copies = item.quantity
    for card in early:
        taken = min(open_copies, left[_key(card)])
        if taken > 0:
            copies[card.purchase_id] = copies.get(card.purchase_id, 0) + taken
            left[_key(card)] -= taken
            open_copies -= taken
    if open_copies == item.quantity:
        return Allocation(item.key, reason="all copies of it are sold already")
    if open_copies:
        return Allocation(
            item.key, copies, f"{open_copies} of {item.quantity} copies are more than were bought"
        )
    return Allocation(item.key, copies)


def _agrees(card: OwnedCard, item: Sold, set_names: Mapping[str, str]) -> bool:
    if item.number and item.number.split("/")[0].lstrip("0").lower() != card.number.lstrip("0").lower():
        return False
    if not item.set_name:
        return True
    spelled = item.set_name.casefold()
    return spelled in {card.set_code.casefold(), set_names.get(card.set_code, "").casefold()}
