"""Booster odds: expected copies of each card in one pack (valuation.md 1).

A booster file lists configurations (how many cards of which sheet, with a weight) and sheets (cards
with weights). Nothing here reads a file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FINISHES = (
    *("foil", "etched"),
    *("normal", "holofoil", "reverse_holofoil", "poke_ball", "master_ball"),
    *("1st_edition", "unlimited", "limited", "any_edition"),
)
_KEY = re.compile(r"(?P<set>[^:]+):(?P<number>[^:]+)(?::(?P<finish>[^:]+))?")


class BoosterError(ValueError):
    """A booster file that cannot be trusted; the message names the sheet, its value and what was due."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Expected copies of one printing from one sheet in one pack."""

    sheet: str
    set_code: str
    number: str
    finish: str
    expected_copies: float


def pulls(booster: Mapping[str, Any]) -> Iterator[Pull]:
    """Expected copies per card of one pack.

    copies = sum over configurations of weight / total weight x cards taken from the sheet
    x card weight / sheet total. A `fixed` sheet gives each card its weight as a count.
    Raises `BoosterError` for a sheet whose weights do not sum to its declared total, an unknown sheet,
    a weight that is not a positive number, or a card key that does not read `set:number[:finish]`.
    """
    sheets = _mapping(booster, "sheets")
    totals = {sheet: _checked_total(sheet, definition) for sheet, definition in sheets.items()}
    for sheet, chance, taken in _sheets_taken(booster, sheets):
        definition, total = sheets[sheet], totals[sheet]
        for key, weight in definition["cards"].items():
            set_code, number, finish = _card(key, sheet)
            copies = chance * weight if definition.get("fixed") else taken * weight / total
            yield Pull(sheet, set_code, number, finish, copies)


def _sheets_taken(booster: Mapping[str, Any], sheets: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """(sheet, chance that a pack uses it, expected cards taken from it) per sheet in use."""
    configurations = booster.get("boosters")
    if not isinstance(configurations, list) or not configurations:
        msg = "it lists no pack configuration under 'boosters'"
        raise BoosterError(msg)
    for index, configuration in enumerate(configurations):
        if not isinstance(configuration, Mapping):
            msg = f"configuration {index} should be a mapping, it is {configuration!r}"
            raise BoosterError(msg)
    weights = [_positive(c.get("weight"), f"configuration {i}") for i, c in enumerate(configurations)]
    total = sum(weights)
    chance: dict[str, float] = {}
    taken: dict[str, float] = {}
    for configuration, weight in zip(configurations, weights, strict=True):
        for sheet, count in _mapping(configuration, "sheets").items():
            if sheet not in sheets:
                msg = f"a configuration takes from sheet {sheet!r}, which is not among {sorted(sheets)[:20]}"
                raise BoosterError(msg)
            count_ = _positive(count, f"cards taken from sheet {sheet!r}")
            chance[sheet] = chance.get(sheet, 0.0) + weight / total
            taken[sheet] = taken.get(sheet, 0.0) + weight / total * count_
    return [(sheet, chance[sheet], taken[sheet]) for sheet in chance]


def _checked_total(sheet: str, definition: Mapping[str, Any]) -> float:
    cards = _mapping(definition, "cards")
    declared = _positive(definition.get("total_weight"), f"total_weight of sheet {sheet!r}")
    total = sum(_positive(weight, f"card {key} of sheet {sheet!r}") for key, weight in cards.items())
    if abs(total - declared) > 1e-9 * declared:
        msg = f"the weights of sheet {sheet!r} sum to {total:g}, its total_weight says {declared:g}"
        raise BoosterError(msg)
    return declared


def _card(key: str, sheet: str) -> tuple[str, str, str]:
    match = _KEY.fullmatch(key)
    finish = match["finish"] if match else None
    if not match or (finish and finish not in FINISHES):
        msg = f"card {key!r} of sheet {sheet!r} does not read set:number[:finish], of {', '.join(FINISHES)}"
        raise BoosterError(msg)
    return match["set"].lower(), match["number"], finish or "nonfoil"


def _mapping(record: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = record.get(field) if isinstance(record, Mapping) else None
    if not isinstance(value, Mapping) or not value:
        msg = f"{field!r} should be a filled mapping, it is {str(value)[:80]!r}"
        raise BoosterError(msg)
    return value


def _positive(value: object, what: str) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not value > 0
        or value == float("inf")
    ):
        msg = f"the weight of {what} should be a positive number, it is {value!r}"
        raise BoosterError(msg)
    return float(value)
