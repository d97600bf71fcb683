"""Packs by slot: rates per class of cards become a booster with sheets (valuation.md 10).

Each slot is one sheet that carries the chances of its classes, and every card of a slot is one draw from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EXACT = 1e-9


class SlotError(ValueError):
    """A slot whose chances do not sum to 1, or without cards; the message names it."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A class of cards in a slot."""

    what: str
    """Its name, for messages."""
    chance: float
    """Share of the slot's draws, 0 to 1."""
    cards: Sequence[str]
    """Keys `set:number:finish`; within a class cards are equally likely."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A number of cards with equal draws."""

    name: str
    cards: int
    draws: Sequence[Draw]


def booster(slots: Sequence[Slot], **about: Any) -> dict[str, Any]:
    """A booster in the format of Magic's files, with one configuration. `about`: statement about its odds.

    Raises `SlotError` where a slot's chances do not sum to 1, one is negative, or one has no cards.
    """
    sheets = {slot.name: _sheet(slot) for slot in slots}
    taken = {slot.name: slot.cards for slot in slots}
    return {"boosters": [{"sheets": taken, "weight": 1}], "sheets": sheets, "about": about}


def _sheet(slot: Slot) -> Mapping[str, Any]:
    total = sum(draw.chance for draw in slot.draws)
    if abs(total - 1) > EXACT or any(draw.chance < 0 for draw in slot.draws):
        chances = ", ".join(f"{draw.what} {draw.chance:g}" for draw in slot.draws)
        msg = f"the chances of slot {slot.name!r} should be from 0 and sum to 1: {chances}"
        raise SlotError(msg)
    weights: dict[str, float] = {}
    for draw in slot.draws:
        if draw.chance > 0 and not draw.cards:
            msg = f"slot {slot.name!r} holds {draw.what} by {draw.chance:.4g}, and no card of it is known"
            raise SlotError(msg)
        for card in draw.cards if draw.chance > 0 else ():
            weights[card] = weights.get(card, 0.0) + draw.chance / len(draw.cards)
    repeats = {"allow_duplicates": True} if slot.cards > len(weights) else {}
    return {"total_weight": sum(weights.values()), "cards": weights, **repeats}
