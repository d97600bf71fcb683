"""A pulled card, as a person writes it -> the card of the product's possible contents that is meant."""

from collections.abc import Sequence
from dataclasses import dataclass

from arb_pipeline.core.matching.tokenizer import split
from arb_pipeline.core.portfolio.allocation import plain_number


@dataclass(frozen=True, slots=True)
class Candidate:
    """A card that the product may hold."""

    card_id: str
    name: str
    number: str
    is_foil: bool


def match(
    name: str, number: str, candidates: Sequence[Candidate], *, is_foil: bool
) -> tuple[str | None, str]:
    """(card_id, '') of the one card that name, number and finish denote, or (None, why there is none)."""
    words = frozenset(split(name)[0])
    named = [card for card in candidates if words and words == frozenset(split(card.name)[0])]
    named = named or [card for card in candidates if words and words <= frozenset(split(card.name)[0])]
    if not named:
        return None, "the product holds no card of this name"
    if number:
        named = [card for card in named if plain_number(card.number) == plain_number(number)]
        if not named:
            return None, f"the product holds none of number {number}"
    finished = [card for card in named if card.is_foil == is_foil]
    if not finished:
        return None, f"the product holds it {'plain' if is_foil else 'as a foil'} only"
    if len(finished) > 1:
        numbers = ", ".join(sorted({card.number or "?" for card in finished}))
        return None, f"it may be number {numbers}: state which"
    return finished[0].card_id, ""
