"""Two simulated Pokemon sets: cards as tcgdex writes them, sealed products as the tracking list does."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from arb_pipeline.simulator.cards import POKEMON, ListingKey, PriceProcess
from arb_pipeline.simulator.ground_truth import Opportunity, Trap
from arb_pipeline.simulator.market import BUSY_SEALED, LIVELY_SEALED, QUIET_SEALED, Pricing, Sealed, World

SUB_TYPES: Mapping[str, str] = {"normal": "Normal", "reverse": "Reverse Holofoil", "holo": "Holofoil"}


@dataclass(frozen=True)
class Rarity:
    """Cards of a rarity in a set: number, variants, prices and rate per pack."""

    cards: int
    variants: tuple[str, ...]
    cents: tuple[float, float]
    """Lowest and highest price of the first variant."""
    per_pack: float


RARITIES: Mapping[str, Rarity] = {
    "Common": Rarity(60, ("normal", "reverse"), (4, 15), 4.0),
    "Uncommon": Rarity(40, ("normal", "reverse"), (5, 20), 3.0),
    "Rare": Rarity(14, ("holo", "reverse"), (10, 60), 0.797),
    "Double rare": Rarity(12, ("holo",), (60, 400), 0.137),
    "Illustration rare": Rarity(12, ("holo",), (200, 2_200), 0.077),
    "Ultra Rare": Rarity(8, ("holo",), (150, 1_100), 0.066),
    "Special illustration rare": Rarity(5, ("holo",), (1_200, 9_000), 0.031),
    "Hyper rare": Rarity(3, ("holo",), (400, 1_500), 0.018),
}
REVERSES_PER_PACK = 1.874
TRAINER_SHARE = 0.15
SETS: Mapping[str, tuple[str, str, str]] = {
    "sv01": ("Tidal Parade", "TPD", "2024-06-14"),
    "sv02": ("Gloaming Meadow", "GLM", "2025-03-28"),
}
FORMS: tuple[tuple[str, int, float], ...] = (
    ("Booster Pack", 1, 0.6),
    ("Sleeved Booster Pack", 1, 0.55),
    ("Booster Bundle", 6, 0.65),
    ("Booster Box", 36, 0.75),
    ("Elite Trainer Box", 9, 0.5),
    ("Booster Box Case", 216, 0.8),
    ("Elite Trainer Box Case", 90, 0.55),
)
"""Product, packs inside, and approximate value of the contents as a share of its price."""
GOOD = ("Gloaming Meadow Booster Box", Pricing("rich", 1.32, LIVELY_SEALED))
"""A true opportunity: all cards and their rates are known."""
BAIT = ("Tidal Parade 3 Pack Blister [Lanternfin]", 3, Pricing("rich", 1.5, LIVELY_SEALED))
"""Contains a promo card that no source lists."""
TRACKING_COLUMNS = ("productId", "name", "cleanName", "imageUrl", "earliestDate", "set_code", "url")


@dataclass(frozen=True)
class PokemonMarket:
    """Files of Pokemon: set files by set id, tracking rows, and future sealed price rows."""

    sets: Mapping[str, dict[str, Any]]
    tracking: list[dict[str, Any]]
    sealed: list[Sealed]
    opportunities: list[Opportunity]
    traps: list[Trap]


def build_pokemon(world: World) -> PokemonMarket:
    """Both sets with their price rows and their sealed products."""
    sets: dict[str, dict[str, Any]] = {}
    tracking: list[dict[str, Any]] = []
    sealed: list[Sealed] = []
    opportunities: list[Opportunity] = []
    traps: list[Trap] = []
    for set_id, (name, official, released) in SETS.items():
        group = next(world.catalog.next_group)
        cards, pack = _cards(world, set_id, group)
        head = {
            "id": set_id,
            "name": name,
            "releaseDate": released,
            "abbreviations": {"official": official},
            "cardCount": {"official": sum(RARITIES[rarity].cards for rarity in list(RARITIES)[:4])},
            "thirdParty": {"cardmarket": group - 60_000, "tcgplayer": group},
        }
        sets[set_id] = {"set": head, "cards": cards}
        for form, packs, worth in FORMS:
            product_id = next(world.catalog.next_product)
            pricing = world.share(worth, worth + 0.25, BUSY_SEALED if form == "Booster Box" else QUIET_SEALED)
            if f"{name} {form}" == GOOD[0]:
                pricing = GOOD[1]
                opportunities.append(Opportunity(GOOD[0], str(group), "BOX", product_id, "pokemon_box"))
            copies = {key: expected * packs for key, expected in pack.items()}
            sealed.append(Sealed(product_id, "Normal", POKEMON, group, copies, pricing))
            first_seen = date.fromisoformat(released) - timedelta(days=30 if form == "Booster Box" else 0)
            tracking.append(_tracking(product_id, f"{name} {form}", first_seen, group))
        if BAIT[0].startswith(name):
            product_id, (title, packs, pricing) = next(world.catalog.next_product), BAIT
            copies = {key: expected * packs for key, expected in pack.items()}
            sealed.append(Sealed(product_id, "Normal", POKEMON, group, copies, pricing))
            tracking.append(_tracking(product_id, title, date.fromisoformat(released), group))
            why = "its promo card is not identified"
            traps.append(Trap(title, str(group), "BLISTER", product_id, "incomplete_contents", why))
    return PokemonMarket(sets, tracking, sealed, opportunities, traps)


def _tracking(product_id: int, name: str, first_seen: date, group: int) -> dict[str, Any]:
    values = (
        product_id,
        name,
        name.replace("&", "and"),
        f"https://images.example.invalid/product/{product_id}_200w.jpg",
        first_seen.isoformat(),
        group,
        f"https://shop.example.invalid/{product_id:x}",
    )
    return dict(zip(TRACKING_COLUMNS, values, strict=True))


def _cards(world: World, set_id: str, group: int) -> tuple[list[dict[str, Any]], dict[ListingKey, float]]:
    """A set's cards with their price rows, and the expected copies in a pack."""
    catalog, rng = world.catalog, world.rng
    cards: list[dict[str, Any]] = []
    by_rarity: dict[str, list[ListingKey]] = defaultdict(list)
    reverses: list[ListingKey] = []
    for rarity, facts in RARITIES.items():
        for _ in range(facts.cards):
            product_id, market_id = next(catalog.next_product), 900_000 + len(cards)
            third = {"cardmarket": market_id, "tcgplayer": product_id}
            variants: list[dict[str, Any]] = []
            base = rng.uniform(*facts.cents)
            for variant in facts.variants:
                key = (product_id, SUB_TYPES[variant])
                catalog.quote(
                    key, POKEMON, group, base if variant != "reverse" else base * 1.7 + 6, _mood(base)
                )
                (reverses if variant == "reverse" else by_rarity[rarity]).append(key)
                gold = {"foil": "gold"} if rarity == "Hyper rare" else {}
                variants.append({"type": variant, **gold, "thirdParty": dict(third)})
            if rarity == "Rare" and len(cards) % 4 == 0:
                variants.append({"type": "holo", "foil": "cosmos", "thirdParty": {"cardmarket": market_id}})
            local = f"{len(cards) + 1:03d}"
            category = "Trainer" if rng.random() < TRAINER_SHARE else "Pokemon"
            name = world.namer.beast() if category == "Pokemon" else world.namer.card()
            facts_of_card = {"id": f"{set_id}-{local}", "localId": local, "name": name, "rarity": rarity}
            cards.append({**facts_of_card, "category": category, "variants": variants})
    pack: dict[ListingKey, float] = defaultdict(float)
    for rarity, keys in by_rarity.items():
        for key in keys:
            pack[key] += RARITIES[rarity].per_pack / len(keys)
    for key in reverses:
        pack[key] += REVERSES_PER_PACK / len(reverses)
    return cards, pack


def _mood(cents: float) -> PriceProcess:
    """Process by price: expensive cards trade almost daily, cheap ones rarely."""
    return PriceProcess(0.7, 0.015) if cents > 1_000 else PriceProcess(0.3, 0.012)  # noqa: PLR2004
