"""Yu-Gi-Oh's packs: YGOJSON's pack distributions, else the table of core boosters, x the cards of a set."""

from collections.abc import Mapping, Sequence
from typing import Any

from arb_pipeline.core.contents.pull_rates import CoreBooster
from arb_pipeline.core.contents.slot_packs import Draw, Slot, SlotError, booster

UNDERSTOOD = {"type", "rarity", "qty", "proportionate"}
CORE_CARDS = 80
"""Least number of cards of a core set; side sets have fewer, and other packs."""
CORE_RARITIES = {"common", "super", "ultra", "secret"}
Cards = Mapping[str, Sequence[str]]
"""Rarity -> booster keys."""


def distributed(distribution: Mapping[str, Any], cards: Cards) -> dict[str, Any]:
    """A pack by YGOJSON's distribution. Raises `SlotError` for an unsupported one, or one without cards.

    An entry with `chance` 6 is drawn once in 6; the entry without one takes what is left. The cards of an
    entry's rarities are alike. In a `proportionate` slot `chance` 3 means a third as likely as another
    card. The chance of a rarity that the set lacks goes to the rest: a distribution serves many sets.
    """
    slots, absent = [], list[str]()
    for n, slot in enumerate(distribution["slots"]):
        if slot.get("type") != "pool" or slot.keys() - UNDERSTOOD:
            msg = (
                f"slot {n} of {distribution.get('name')!r} is of a kind that is not known: {str(slot)[:120]}"
            )
            raise SlotError(msg)
        slots.append(_slot(f"slot {n + 1}", slot, cards, absent))
    notes = [
        f"the set has no {rarity} card: its chance goes to the others" for rarity in dict.fromkeys(absent)
    ]
    if distribution.get("quotas"):
        notes.append("quotas of card types do not change the odds here")
    return booster(slots, confidence="C", note="; ".join(notes + _without_chance(slots, cards)))


def _slot(name: str, slot: Mapping[str, Any], cards: Cards, absent: list[str]) -> Slot:
    hits, rest, rest_named = list[Draw](), list[str](), list[str]()
    weighed: list[tuple[str, float, list[str]]] = []
    for entry in slot["rarity"]:
        rarities = [str(rarity) for rarity in entry.get("rarities") or cards]
        keys = [key for rarity in rarities for key in cards.get(rarity, ())]
        what, chance = " or ".join(rarities), float(entry.get("chance") or 1)
        if slot.get("proportionate"):
            weighed.append((what, len(keys) / chance, keys))
        elif entry.get("chance") is None:
            rest += keys
            rest_named.append(what)
        elif keys:
            hits.append(Draw(what, 1 / chance, keys))
        else:
            absent.append(what)
    if slot.get("proportionate"):
        total = sum(weight for _, weight, _ in weighed)
        draws = [Draw(what, weight / total, keys) for what, weight, keys in weighed if keys]
        return Slot(name, int(slot.get("qty") or 1), draws or [Draw("its rarities", 1.0, [])])
    left = 1 - sum(draw.chance for draw in hits)
    return Slot(
        name, int(slot.get("qty") or 1), [*hits, Draw(" or ".join(rest_named) or "nothing", left, rest)]
    )


def core(structure: CoreBooster, cards: Cards) -> dict[str, Any]:
    """A core booster by the table. Raises `SlotError` where a rarity of it has no card."""
    slots = []
    for n, slot in enumerate(structure.slots, start=1):
        rest = [key for rarity in slot.rest for key in cards.get(rarity, ())]
        hits = [Draw(what, 1 / packs, cards.get(what, ())) for what, packs in slot.chances.items()]
        left = 1 - sum(draw.chance for draw in hits)
        slots.append(Slot(f"slot {n}", slot.cards, [*hits, Draw(" or ".join(slot.rest), left, rest)]))
    notes = ["packs as core boosters usually are", *_without_chance(slots, cards)]
    return booster(slots, confidence=structure.confidence, note="; ".join(notes))


def is_core(cards: Cards) -> bool:
    """True if a set without a distribution is taken for a core set."""
    return cards.keys() >= CORE_RARITIES and sum(map(len, cards.values())) >= CORE_CARDS


def _without_chance(slots: Sequence[Slot], cards: Cards) -> list[str]:
    drawn = {key for slot in slots for draw in slot.draws if draw.chance > 0 for key in draw.cards}
    without = [rarity for rarity, keys in cards.items() if not drawn & set(keys)]
    return [f"no rate of {rarity} cards is published" for rarity in sorted(without)]
