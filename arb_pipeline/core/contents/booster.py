"""Booster odds: expected copies of each card in one pack (valuation.md 1), and the structure of its draws.

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
CONFIDENCES = ("A", "B", "C")
MOST_CARDS = 1000
"""Most cards of one sheet in one pack. The largest real pack holds 75; beyond this a count is damage."""
MOST_REPEATS = 10
"""Most copies of a card in a pack from a sheet that does not allow duplicates; real ones give one."""
MOST_PACKS = 1_000_000_000
"""Opened to measure a rate."""
MOST_WEIGHT = 1e15
"""Float64 adds whole weights exactly up to here."""
_KEY = re.compile(r"(?P<set>[^:]+):(?P<number>[^:]+)(?::(?P<finish>[^:]+))?")


IMPOSSIBLE = "a pack takes"
"""Start of the refusal of a pack that takes more than its sheets, or a pack, can hold."""


class BoosterError(ValueError):
    """A booster file with invalid odds; the message states sheet, value and expected value."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Expected copies of one printing from one sheet in one pack."""

    sheet: str
    set_code: str
    number: str
    finish: str
    expected_copies: float


@dataclass(frozen=True, slots=True)
class SheetTaken:
    """Cards that packs of one configuration take from one sheet."""

    configuration: int
    chance: float
    """Probability of the configuration."""
    sheet: str
    taken: int
    """Cards drawn; of a fixed sheet the cards on it, which all come."""
    is_fixed: bool
    population: int | None
    """Equal cards of which none comes twice in a pack; None where weights differ or a card may repeat."""
    sample_packs: int | None
    """Packs opened to measure the rates; None where they are known."""


def pulls(booster: Mapping[str, Any]) -> Iterator[Pull]:
    """Expected copies per card of one pack.

    copies = sum over configurations of weight / total weight x cards taken from the sheet
    x card weight / sheet total. A `fixed` sheet gives each card its weight as a count.
    Raises `BoosterError` for a sheet whose weights do not sum to its declared total, an unknown sheet,
    a weight that is not a positive number, or a card key that does not read `set:number[:finish]`.
    """
    sheets = _mapping(booster, "sheets")
    totals = {sheet: _checked_total(sheet, definition) for sheet, definition in sheets.items()}
    for sheet, chance, taken in _sheets_taken(booster):
        definition, total = sheets[sheet], totals[sheet]
        for key, weight in definition["cards"].items():
            set_code, number, finish = _card(key, sheet)
            copies = chance * weight if definition.get("fixed") else taken * weight / total
            yield Pull(sheet, set_code, number, finish, copies)


def sheets_taken(booster: Mapping[str, Any]) -> Iterator[SheetTaken]:
    """Configurations with the sheets they take from, for the outcome distribution.

    `sample_packs` is of the whole booster (under `about`), or of a sheet, where a source states it. Raises
    `BoosterError` as `pulls` does, and for a number of cards that is not whole.
    """
    sheets, configurations = _mapping(booster, "sheets"), _configurations(booster)
    of_all = about(booster).get("sample_packs")
    total = sum(weight for weight, _ in configurations)
    for index, (weight, taken) in enumerate(configurations):
        for name, count in taken.items():
            cards, fixed = sheets[name]["cards"], bool(sheets[name].get("fixed"))
            held = sum(cards.values()) if fixed else count
            if held != int(held):
                msg = f"{held!r} cards of sheet {name!r}; a whole number is due"
                raise BoosterError(msg)
            is_plain = len(set(cards.values())) == 1 and not sheets[name].get("allow_duplicates")
            yield SheetTaken(
                configuration=index,
                chance=weight / total,
                sheet=name,
                taken=int(held),
                is_fixed=fixed,
                population=len(cards) if is_plain and not fixed else None,
                sample_packs=_sample(sheets[name].get("sample_packs", of_all), name),
            )


def check_possible(booster: Mapping[str, Any]) -> None:
    """Raises `BoosterError` for a pack that takes more cards than its sheets can give, or a pack can hold."""
    _sample(about(booster).get("sample_packs"), "all")
    sheets = _mapping(booster, "sheets")
    for _, counts in _configurations(booster):
        for sheet, taken in counts.items():
            _check_taken(sheet, sheets[sheet], taken)


def _check_taken(sheet: str, definition: Mapping[str, Any], taken: float) -> None:
    cards = _mapping(definition, "cards")
    if definition.get("fixed"):
        taken = sum(cards.values())
    elif not definition.get("allow_duplicates"):
        # A weight above 1 is so many places on the printed sheet.
        places = max(len(cards), sum(cards.values()))
        if taken > min(places, MOST_REPEATS * len(cards)):
            msg = (
                f"{IMPOSSIBLE} {taken:g} cards of sheet {sheet!r}, which has {len(cards):,} on {places:g}"
                " places and does not say that cards repeat (allow_duplicates)"
            )
            raise BoosterError(msg)
    if taken > MOST_CARDS:
        msg = f"{IMPOSSIBLE} {taken:,.0f} cards of sheet {sheet!r}; a pack holds {MOST_CARDS:,} at most"
        raise BoosterError(msg)


def about(booster: Mapping[str, Any]) -> Mapping[str, Any]:
    """Statement of a booster about its odds; empty where they are printed. Raises `BoosterError`."""
    stated = booster.get("about") or {}
    if not isinstance(stated, Mapping) or stated.get("confidence", "A") not in CONFIDENCES:
        allowed = ", ".join(CONFIDENCES)
        msg = f"'about' should state how its odds are known ({allowed}), it is {str(stated)[:80]!r}"
        raise BoosterError(msg)
    left_out = stated.get("left_out", [])
    if not isinstance(stated.get("note", ""), str) or not isinstance(left_out, list):
        msg = f"'about' should have a note in words and a list of cards left out, it is {str(stated)[:80]!r}"
        raise BoosterError(msg)
    return stated


def _sheets_taken(booster: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """(sheet, chance that a pack uses it, expected cards taken from it) per sheet in use."""
    configurations = _configurations(booster)
    total = sum(weight for weight, _ in configurations)
    chance: dict[str, float] = {}
    taken: dict[str, float] = {}
    for weight, counts in configurations:
        for sheet, count in counts.items():
            chance[sheet] = chance.get(sheet, 0.0) + weight / total
            taken[sheet] = taken.get(sheet, 0.0) + weight / total * count
    return [(sheet, chance[sheet], taken[sheet]) for sheet in chance]


def _configurations(booster: Mapping[str, Any]) -> list[tuple[float, dict[str, float]]]:
    """(weight, cards taken per sheet) of each configuration, checked."""
    sheets = _mapping(booster, "sheets")
    configurations = booster.get("boosters")
    if not isinstance(configurations, list) or not configurations:
        msg = "it lists no pack configuration under 'boosters'"
        raise BoosterError(msg)
    for index, configuration in enumerate(configurations):
        if not isinstance(configuration, Mapping):
            msg = f"configuration {index} should be a mapping, it is {configuration!r}"
            raise BoosterError(msg)
    weights = [_positive(c.get("weight"), f"configuration {i}") for i, c in enumerate(configurations)]
    rows = []
    for configuration, weight in zip(configurations, weights, strict=True):
        taken: dict[str, float] = {}
        for sheet, count in _mapping(configuration, "sheets").items():
            if sheet not in sheets:
                msg = f"a configuration takes from sheet {sheet!r}, which is not among {sorted(sheets)[:20]}"
                raise BoosterError(msg)
            taken[sheet] = _positive(count, f"cards taken from sheet {sheet!r}")
        rows.append((weight, taken))
    return rows


def _sample(value: object, sheet: str) -> int | None:
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_PACKS
    ):
        is_long = isinstance(value, int) and abs(value) > MOST_PACKS
        shown = "far out of bounds" if is_long else repr(value)[:80]
        msg = f"sample_packs of sheet {sheet!r} should be 1 or more, it is {shown}"
        raise BoosterError(msg)
    return value


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
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_WEIGHT:
        is_long = isinstance(value, int) and abs(value) > MOST_WEIGHT
        shown = "beyond 10^15" if is_long else repr(value)[:80]
        msg = f"the weight of {what} should be a positive number, it is {shown}"
        raise BoosterError(msg)
    return float(value)
