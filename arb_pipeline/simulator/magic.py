"""The ordinary Magic sets: their cards and boosters, and the commander sets beside them."""

from collections.abc import Mapping
from dataclasses import dataclass

from arb_pipeline.simulator import boosters
from arb_pipeline.simulator.cards import Printing
from arb_pipeline.simulator.market import World

MAIN_SETS: Mapping[str, tuple[str, str]] = {
    "xvk": ("Lanterns of Vennor", "draft"),
    "xqe": ("The Sunken Almanac", "draft"),
    "xzu": ("Kilnborn Winter", ""),
    "xhy": ("Orchard of Echoes", "draft"),
    "xow": ("Ravelston Carnival", "play"),
    "xjt": ("Saltreach Uprising", "play"),
}
"""Set code -> name and the suffix of its ordinary booster's file."""
DEFAULT_CODED = ("xzu", "xhy")
"""Sets whose contents call their pack `default`: one has a file without a suffix, one has a `-draft` file."""
THEME_SET = "xjt"
LAYOUT: Mapping[str, int] = {
    "common": 100,
    "uncommon": 75,
    "rare": 50,
    "mythic": 15,
    "land": 10,
    "borderless": 12,
    "foil_only": 6,
    "etched": 6,
}
TWO_FACED_FROM = 90
"""The last commons have two faces."""
COMMANDER_CARDS = 24


@dataclass(frozen=True)
class MagicSet:
    """An ordinary set: its cards by the kind they were made as, and its commander set."""

    code: str
    name: str
    pack_code: str
    released: str
    cards: Mapping[str, list[Printing]]
    commander_code: str
    commander_cards: list[Printing]


def build_sets(world: World) -> list[MagicSet]:
    """All ordinary sets with their boosters, the oldest first."""
    return [_build_set(world, code, age) for age, code in enumerate(MAIN_SETS)]


def _build_set(world: World, code: str, age: int) -> MagicSet:
    name, suffix = MAIN_SETS[code]
    world.set_names[code] = name
    kinds = [kind for kind, number in LAYOUT.items() for _ in range(number)]
    cards = [_card(world, code, number, kind) for number, kind in enumerate(kinds, start=1)]
    kept = boosters.by_rarity(cards, kinds)
    ordinary = [card for kind in ("common", "uncommon", "rare", "mythic") for card in kept[kind]]
    configs, sheets = boosters.play_sheets(ordinary, kept)
    files = [boosters.booster(code, name, suffix, configs, sheets)]
    files.append(boosters.booster(code, name, "collector", *boosters.collector_sheets(kept)))
    if code == THEME_SET:
        files.append(boosters.booster(code, name, "theme-b", *boosters.theme_sheets(kept)))
    world.boosters |= {str(file["code"]): file for file in files}
    commander_code = code[:2] + "c"
    world.set_names[commander_code] = f"{name} Commander"
    commanders = [_commander_card(world, commander_code, number) for number in range(1, COMMANDER_CARDS + 1)]
    pack_code = "default" if code in DEFAULT_CODED else suffix
    return MagicSet(code, name, pack_code, f"{2019 + age}-{age + 2:02d}-14", kept, commander_code, commanders)


def _card(world: World, code: str, number: int, kind: str) -> Printing:
    finishes: tuple[str, ...] = ("nonfoil", "foil")
    rarity, name = kind, world.namer.card
    if kind == "common" and number > TWO_FACED_FROM:
        name = world.namer.two_faced
    elif kind == "land":
        finishes = ("nonfoil",)
    elif kind == "mythic":
        name = world.namer.legend
    elif kind == "foil_only":
        finishes, rarity = ("foil",), "borderless"
    elif kind == "etched":
        finishes, rarity = ("nonfoil", "foil", "etched"), "rare"
    return world.catalog.add(code, str(number), name(), rarity, finishes)


def _commander_card(world: World, code: str, number: int) -> Printing:
    """Cards that only decks hold: a few legends, foil as decks print them, the rest plain rares."""
    if number <= 2:  # noqa: PLR2004 - one face commander for each of a set's two decks
        return world.catalog.add(code, str(number), world.namer.legend(), "mythic", ("foil", "etched"))
    cents = world.rng.uniform(60, 300) if number % 2 else world.rng.uniform(350, 1_500)
    return world.catalog.add(code, str(number), world.namer.card(), "rare", ("nonfoil",), cents=cents)
