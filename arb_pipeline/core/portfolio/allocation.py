"""Allocation of sold items to purchases: first in, first out, at most the pieces bought."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from arb_pipeline.core.matching.tokenizer import split


@dataclass(frozen=True, slots=True)
class OwnedCard:
    """A card that an open purchase may hold, or the closed product itself."""

    purchase_id: str
    purchased_on: date
    name: str
    number: str
    """'' : not known, or a closed product."""
    set_code: str
    copies: float
    """Copies left to sell: certain ones, and of cards drawn at random the most that can be inside."""
    card_id: str = ""
    """'' : the closed product."""


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
    """Purchase -> copies."""
    reason: str = ""
    card_ids: frozenset[str] = frozenset()
    """Cards that the item may be: several where neither title nor columns say which printing."""


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
        left[_key(card)] += round(card.copies)
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
    fitting = _numbered([card for card in longest if _agrees(card, item, set_names)], title)
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
    cards_taken: set[str] = set()
    open_copies = item.quantity
    for card in early:
        taken = min(open_copies, left[_key(card)])
        if taken > 0:
            cards_taken.add(card.card_id)
            copies[card.purchase_id] = copies.get(card.purchase_id, 0) + taken
            left[_key(card)] -= taken
            open_copies -= taken
    if open_copies == item.quantity:
        return Allocation(item.key, reason="all copies of it are sold already")
    may_be = frozenset(card.card_id for card in early) if len(cards_taken) == 1 else frozenset(cards_taken)
    reason = f"{open_copies} of {item.quantity} copies are more than were bought" if open_copies else ""
    return Allocation(item.key, copies, reason, may_be)


def _numbered(cards: list[OwnedCard], title: frozenset[str]) -> list[OwnedCard]:
    """Printings of a card whose number is in the title; all of them where none is."""
    named = [card for card in cards if card.number and plain_number(card.number) in title]
    return named or cards


def plain_number(text: str) -> str:
    """Collector number without its total and leading zeros, lower case: `007/165` -> `7`."""
    return text.split("/", maxsplit=1)[0].lstrip("0").lower()


def _agrees(card: OwnedCard, item: Sold, set_names: Mapping[str, str]) -> bool:
    if item.number and card.number and plain_number(item.number) != plain_number(card.number):
        return False
    if not item.set_name:
        return True
    spelled = item.set_name.casefold()
    return spelled in {card.set_code.casefold(), set_names.get(card.set_code, "").casefold()}
