"""Promo cards of Pokemon products: the printing that a product guarantees, by number or name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from arb_pipeline.games.pokemon.product_facts import PromoCard, PromoNumbers
from arb_pipeline.games.pokemon.product_names import card_key

PLAIN = "holofoil"
STAMPED = "pokemon_center"
COSMOS = "cosmos"
SERIES = {"svp": ("sv",), "mep": ("me",), "swshp": ("swsh",)}
"""Promo set -> prefixes of the ids of its series' sets."""
SHOWN = 6
"""Most candidates that a reason lists."""


@dataclass(frozen=True, slots=True)
class Printing:
    """A promo card in one finish."""

    set_id: str
    set_code: str
    number: str
    name: str
    finish: str

    def __str__(self) -> str:
        """Label in reasons: `svp 043 (cosmos)`."""
        return f"{self.set_id} {self.number} ({self.finish})"


@dataclass(frozen=True, slots=True)
class Found:
    """The printing that a product holds, or why it is unknown."""

    printing: Printing | None = None
    why: str = ""


@dataclass(slots=True)
class Promos:
    """Listed promo cards."""

    printings: list[Printing] = field(default_factory=list)

    def by_number(self, card: PromoCard) -> Found:
        """Printing of a card of the parameter file, whose name must agree with the list's."""
        if not card.number:
            return self.by_name(card.name, card.set)
        fits = [promo for promo in self.printings if (promo.set_id, promo.number) == (card.set, card.number)]
        if not fits:
            return Found(why=f"promo card {card.set} {card.number} {card.name}: no list of cards has it")
        if card.name and card_key(fits[0].name) != card_key(card.name):
            return Found(
                why=f"promo card {card.set} {card.number}: it should be {card.name}, not {fits[0].name}"
            )
        exact = next((promo for promo in fits if promo.finish == card.finish), None)
        if exact is None:
            finishes = ", ".join(promo.finish for promo in fits)
            return Found(why=f"promo card {card.set} {card.number} {card.name}: listed as {finishes} alone")
        return Found(exact)

    def by_name(self, name: str, set_id: str, *, numbers: PromoNumbers | None = None) -> Found:
        """The single printing by name that a product may guarantee; the reason, where several fit or none.

        The promo set is searched first, without the stamped cards of Pokemon Center boxes; then the cosmos
        holofoils of its series' sets. `numbers`: numbers that the card can have.
        """
        of_name = [promo for promo in self.printings if card_key(promo.name) == card_key(name)]
        of_promos = [promo for promo in of_name if promo.set_id == set_id and promo.finish != STAMPED]
        if not of_promos:
            series = SERIES.get(set_id, ())
            fits = [promo for promo in of_name if promo.finish == COSMOS and promo.set_id.startswith(series)]
            shown = fits
        else:
            fits = [promo for promo in of_promos if numbers is None or _is_within(promo, numbers)]
            shown = fits or of_promos
        if len(fits) == 1:
            return Found(fits[0])
        if not shown:
            return Found(why=f"promo card {name!r}: no card of {set_id or 'any promo set'} has that name")
        where = f", and none is from {numbers.first} to {numbers.last}" if numbers and not fits else ""
        candidates = ", ".join(map(str, shown[:SHOWN]))
        return Found(why=f"promo card {name!r}: no single printing fits{where}; candidates: {candidates}")

    def stamped(self, printing: Printing) -> Printing | None:
        """The same card with the Pokemon Center's stamp."""
        key = (printing.set_id, printing.number, STAMPED)
        return next((e for e in self.printings if (e.set_id, e.number, e.finish) == key), None)


def promos(printings: pl.DataFrame, groups: Mapping[str, str]) -> Promos:
    """Cards that products guarantee: those of promo sets, and cosmos holofoils of all sets.

    `groups`: set -> its group.
    """
    sets = {group: set_id for set_id, group in groups.items()}
    is_promo = pl.col("set_code").is_in([groups[name] for name in SERIES if name in groups])
    rows = printings.filter(is_promo | (pl.col("finish") == COSMOS))
    columns = rows.select("set_code", "number", "name", "finish").iter_rows()
    return Promos(
        [Printing(sets.get(code, code), code, number, name, finish) for code, number, name, finish in columns]
    )


def entry(printing: Printing, promos_: Promos, *, evidence: str, count: int = 1) -> dict[str, Any]:
    """The printing as a `card` part of contents.

    A plain card names its stamped version as `dearer`: if it costs more than that, their ids are doubtful.
    """
    part: dict[str, Any] = {
        "name": printing.name,
        "set": printing.set_code,
        "number": printing.number,
        "finish": printing.finish,
        "count": count,
        "promo": True,
        "evidence": evidence,
    }
    twin = promos_.stamped(printing) if printing.finish == PLAIN else None
    if twin:
        part["dearer"] = {"set": twin.set_code, "number": twin.number, "finish": twin.finish}
    return part


def _is_within(printing: Printing, numbers: PromoNumbers) -> bool:
    is_finish = numbers.finish is None or printing.finish == numbers.finish
    return is_finish and numbers.first <= _digits(printing.number) <= numbers.last


def _digits(number: str) -> int:
    digits = "".join(filter(str.isdigit, number))
    return int(digits) if digits else 0
