"""Booster configurations of a simulated Magic set, in the shape of booster/*.json."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from arb_pipeline.simulator.cards import Printing
from arb_pipeline.simulator.market import Shape


def sheet(cards: Iterable[tuple[Printing, int]], finish: str = "", **flags: bool) -> Shape:
    """A sheet of cards and their weights; the number of a two-faced card ends with its face's letter."""
    suffix = f":{finish}" if finish else ""
    weights = {
        f"{card.set_code}:{card.number}{'a' if ' // ' in card.name else ''}{suffix}": weight
        for card, weight in cards
    }
    return {"total_weight": sum(weights.values()), **flags, "cards": weights}


def booster(
    set_code: str,
    set_name: str,
    suffix: str,
    configs: Sequence[tuple[dict[str, int], int]],
    sheets: dict[str, Shape],
) -> dict[str, Any]:
    """A booster file's contents; configs are (cards taken from each sheet, weight)."""
    kind = suffix.replace("-", " ").title()
    return {
        "name": f"{set_name} {kind} Booster" if kind else f"{set_name} Booster",
        "code": f"{set_code}-{suffix}" if suffix else set_code,
        "set_code": set_code,
        "set_name": set_name,
        "boosters": [
            {"sheets": taken, "weight": weight, "sheet_order": list(taken)} for taken, weight in configs
        ],
        "sheets": sheets,
        "source_set_codes": [set_code],
    }


def play_sheets(
    cards: Sequence[Printing], finishes: Shape
) -> tuple[list[tuple[dict[str, int], int]], dict[str, Shape]]:
    """Configurations and sheets of an ordinary booster: one pack in three has a foil instead of a common."""
    plain = {rarity: [card for card in finishes[rarity] if " // " not in card.name] for rarity in finishes}
    faces = [card for card in finishes["common"] if " // " in card.name]
    sheets = {
        "basic": sheet(((card, 1) for card in plain["land"]), allow_duplicates=True),
        "sfc_common": sheet(((card, 3) for card in plain["common"]), balance_colors=True),
        "dfc_common": sheet((card, 2) for card in faces),
        "uncommon": sheet((card, 1) for card in plain["uncommon"]),
        "rare_mythic": sheet(
            [*((card, 2) for card in plain["rare"]), *((card, 1) for card in plain["mythic"])]
        ),
        "foil": sheet(((card, 8 if card.rarity == "common" else 3) for card in cards), "foil"),
    }
    usual = {"basic": 1, "sfc_common": 9, "dfc_common": 1, "uncommon": 3, "rare_mythic": 1}
    shiny = usual | {"sfc_common": 8, "foil": 1}
    return [(usual, 2), (shiny, 1)], sheets


def collector_sheets(finishes: Shape) -> tuple[list[tuple[dict[str, int], int]], dict[str, Shape]]:
    """Configurations and sheets of a collector booster: foils, borderless, one etched or foil-only."""
    rares = [*((card, 2) for card in finishes["rare"]), *((card, 1) for card in finishes["mythic"])]
    sheets = {
        "foil_common": sheet(((card, 1) for card in finishes["common"]), "foil"),
        "foil_uncommon": sheet(((card, 1) for card in finishes["uncommon"]), "foil"),
        "foil_rare_mythic": sheet(rares, "foil"),
        "borderless": sheet((card, 1) for card in finishes["borderless"]),
        "foil_borderless": sheet(((card, 1) for card in finishes["borderless"]), "foil"),
        "foil_only": sheet(((card, 1) for card in finishes["foil_only"]), "foil"),
        "etched": sheet(((card, 1) for card in finishes["etched"]), "etched"),
    }
    base = {"foil_common": 5, "foil_uncommon": 4, "foil_rare_mythic": 2, "borderless": 1}
    return [
        (base | {"etched": 1}, 3),
        (base | {"foil_only": 1}, 2),
        (base | {"foil_borderless": 1}, 1),
    ], sheets


def theme_sheets(finishes: Shape) -> tuple[list[tuple[dict[str, int], int]], dict[str, Shape]]:
    """Two themes of fixed cards, each with one rare. On a `fixed` sheet a weight is a count."""
    configs: list[tuple[dict[str, int], int]] = []
    sheets: dict[str, Shape] = {"rare_mythic": sheet((card, 1) for card in finishes["rare"][:20])}
    for theme, start in (("harbour_1", 0), ("forge_1", 14)):
        lands = [(finishes["land"][start % 10], 7)]
        picks = [(card, 1) for card in finishes["common"][start : start + 12]]
        sheets[theme] = sheet([*picks, *lands], fixed=True)
        configs.append(({theme: 19, "rare_mythic": 1}, 1))
    return configs, sheets


def by_rarity(cards: Sequence[Printing], kinds: Sequence[str]) -> dict[str, list[Printing]]:
    """Cards grouped by kind; `cards` and `kinds` are parallel."""
    pairs = zip(kinds, cards, strict=True)
    return {kind: [card for _, card in group] for kind, group in groupby(pairs, key=lambda pair: pair[0])}
