"""Pokemon's packs: published rates x the cards of a set, slot by slot (docs/adding-a-game.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from arb_pipeline.core.contents.pull_rates import WHOLE, PullRates, SlotOf
from arb_pipeline.core.contents.slot_packs import Draw, Slot, booster

BALLS = {"poke ball": "poke_ball", "master ball": "master_ball"}
"""Classes that are finishes of common and rare cards, not rarities."""
HIT_FINISH = "holofoil"
HOLO = "holo"
"""The class of holo rares."""
UNITED = {
    "full art": ("full art v", "full art trainer"),
    "vmax or vstar": ("vmax", "vstar"),
}
"""Classes of some tables -> the classes of cards that they count together."""
Cards = Mapping[tuple[str, str], Sequence[str]]
"""(rarity, finish) -> booster keys."""


def pack(set_id: str, cards: pl.DataFrame, rates: PullRates, left_out: Sequence[str] = ()) -> dict[str, Any]:
    """Booster of a set, from its printings and its unreadable cards.

    The chance of a class of an estimated table that the set lacks goes to the slot's plain cards.
    Raises `SlotError` where a class of a measured table has a rate and no card.
    """
    table = rates.tables[set_id]
    slots = rates.structures[table.packs].slots
    by_class = _by_class(cards)
    made = [_slot(set_id, name, slot, by_class, rates) for name, slot in slots.items()]
    about = {"sample_packs": table.sample_packs, "confidence": table.confidence}
    return booster(made, **about, note=_note(set_id, by_class, rates), left_out=list(left_out))


def _by_class(cards: pl.DataFrame) -> Cards:
    by_class: dict[tuple[str, str], list[str]] = {}
    for set_code, number, finish, rarity in cards.select(
        "set_code", "number", "finish", "rarity"
    ).iter_rows():
        by_class.setdefault((rarity, finish), []).append(f"{set_code}:{number}:{finish}")
    return by_class


def _slot(set_id: str, name: str, slot: SlotOf, cards: Cards, rates: PullRates) -> Slot:
    is_estimated = bool(rates.tables[set_id].estimated_from)
    draws = [
        Draw(hit, rates.percent(set_id, hit) / WHOLE / slot.cards, keys)
        for hit in slot.hits
        if (keys := _hits(hit, cards)) or not is_estimated
    ]
    rest = [key for rarity in slot.rest for key in cards.get((rarity, slot.finish), ())]
    if is_estimated and not rest:  # special sets print every rare as a holo rare
        rest = list(cards.get((HOLO, HIT_FINISH), ()))
    left = 1 - sum(draw.chance for draw in draws)
    return Slot(name, slot.cards, [*draws, Draw(f"{slot.finish} of {', '.join(slot.rest)}", left, rest)])


def _hits(hit: str, cards: Cards) -> list[str]:
    if hit in BALLS:
        return [key for (_, finish), keys in cards.items() if finish == BALLS[hit] for key in keys]
    return [key for name in UNITED.get(hit, (hit,)) for key in cards.get((name, HIT_FINISH), ())]


def _note(set_id: str, cards: Cards, rates: PullRates) -> str:
    """Note on classes of the set without a published rate, which count as 0, and on gaps of an estimate."""
    table = rates.tables[set_id]
    slots = rates.structures[table.packs].slots.values()
    rated = [hit for slot in slots for hit in slot.hits if rates.percent(set_id, hit) > 0]
    drawn = {(rarity, slot.finish) for slot in slots for rarity in slot.rest}
    drawn |= {(name, HIT_FINISH) for hit in rated for name in UNITED.get(hit, (hit,))}
    plain = {pair for pair in cards if pair[1] in {"normal", HIT_FINISH}}
    if table.estimated_from and not any(pair in cards for pair in drawn if pair[0] == "rare"):
        drawn.add((HOLO, HIT_FINISH))
    without = sorted({rarity for rarity, _ in plain} - {rarity for rarity, _ in plain & drawn})
    without += [ball for ball in BALLS if _hits(ball, cards) and rates.percent(set_id, ball) == 0]
    notes = [f"no rate of {rarity} cards is published" for rarity in without]
    notes += [
        f"{name} is in {percent[0]:g} % of packs, and in no list" for name, percent in table.unpriced.items()
    ]
    if table.estimated_from:
        absent = [hit for hit in rated if not _hits(hit, cards)]
        notes += [f"the set has no {hit} card: its chance goes to plain cards" for hit in absent]
    return "; ".join(notes)
