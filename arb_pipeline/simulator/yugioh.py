"""Two simulated Yu-Gi-Oh sets: cards, distributions and sealed products as YGOJSON writes them.

YGOJSON has no TCGplayer ids: TCGCSV's product listing joins the two by card number and rarity.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arb_pipeline.simulator.cards import YUGIOH, ListingKey
from arb_pipeline.simulator.ground_truth import Opportunity, Trap
from arb_pipeline.simulator.market import BUSY_SEALED, LIVELY_SEALED, QUIET_SEALED, Pricing, Sealed, World

SCHEMA = "https://raw.githubusercontent.com/iconmaster5326/YGOJSON/main/schema/v1/{}.json"
NAMESPACE = uuid.UUID("5d0c3a52-60f7-4f0e-9d52-8f6b0f2f7a11")
EDITIONS: Mapping[str, str] = {"1st": "1st Edition", "unlimited": "Unlimited"}
RARITIES: Mapping[str, tuple[str, float, float]] = {
    "common": ("Common / Short Print", 4, 25),
    "shortprint": ("Common / Short Print", 8, 60),
    "rare": ("Rare", 8, 60),
    "super": ("Super Rare", 20, 250),
    "ultra": ("Ultra Rare", 60, 900),
    "secret": ("Secret Rare", 250, 3_500),
}
"""YGOJSON's rarity -> TCGplayer's name, lowest and highest cents."""
SHORT, COMMON = {"rarities": ["shortprint"], "chance": 3}, {"rarities": ["common"]}
CORE_SLOTS: list[dict[str, Any]] = [
    {"type": "pool", "rarity": [SHORT, COMMON], "qty": 7, "proportionate": True},
    {"type": "pool", "rarity": [{"rarities": ["rare"]}]},
    {
        "type": "pool",
        "rarity": [
            {"rarities": ["secret"], "chance": 12},
            {"rarities": ["ultra"], "chance": 6},
            {"rarities": ["super"]},
        ],
    },
]
CORE_PER_PACK: Mapping[str, float] = {
    "shortprint": 0.58,
    "common": 6.42,
    "rare": 1.0,
    "secret": 1 / 12,
    "ultra": 1 / 6,
    "super": 0.75,
}
ARSENAL_SLOTS: list[dict[str, Any]] = [
    {"type": "pool", "rarity": [{"rarities": ["secret"]}]},
    {"type": "pool", "rarity": [{"rarities": ["super", "ultra"]}], "qty": 4},
]
ARSENAL_PER_PACK: Mapping[str, float] = {"secret": 1.0, "super": 3.0, "ultra": 1.0}


@dataclass(frozen=True)
class SetPlan:
    """A set to build."""

    name: str
    prefix: str
    released: str
    distribution: str
    slots: list[dict[str, Any]]
    per_pack: Mapping[str, float]
    counts: Mapping[str, int]
    editions: tuple[str, ...]


PLANS = (
    SetPlan(
        "Clockwork Monsoon",
        "ZCMN-EN",
        "2017-05-05",
        "Core Booster of the Demo",
        CORE_SLOTS,
        CORE_PER_PACK,
        {"common": 44, "rare": 20, "super": 14, "ultra": 10, "secret": 8, "shortprint": 4},
        ("1st", "unlimited"),
    ),
    SetPlan(
        "Arsenal of the Meek",
        "ZARM-EN",
        "2018-08-03",
        "Arsenal Pack of the Demo",
        ARSENAL_SLOTS,
        ARSENAL_PER_PACK,
        {"super": 30, "ultra": 10, "secret": 20},
        ("1st",),
    ),
)
PACKS_PER_BOX = 24
GOOD = ("Clockwork Monsoon Booster Box", Pricing("rich", 1.32, LIVELY_SEALED))
"""A true opportunity in any edition."""
BAIT = ("Clockwork Monsoon Duelist Satchel", 9, Pricing("rich", 1.5, LIVELY_SEALED))
"""No source states its contents."""


@dataclass
class YugiohMarket:
    """Files of Yu-Gi-Oh."""

    sets: list[dict[str, Any]] = field(default_factory=list)
    distributions: list[dict[str, Any]] = field(default_factory=list)
    sealed_products: list[dict[str, Any]] = field(default_factory=list)
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    listings: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """TCGCSV's products by group id."""
    sealed: list[Sealed] = field(default_factory=list)
    opportunities: list[Opportunity] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)


def build_yugioh(world: World) -> YugiohMarket:
    """Both sets with their price rows and their sealed products."""
    market = YugiohMarket()
    for plan in PLANS:
        _build_set(world, market, plan)
    return market


def _id(*parts: str) -> str:
    """An id derived from names, so that two builds are equal."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def _build_set(world: World, market: YugiohMarket, plan: SetPlan) -> None:
    group = next(world.catalog.next_group)
    set_id, distribution_id = _id(plan.name), _id(plan.distribution)
    head = {"$schema": SCHEMA.format("distribution"), "id": distribution_id, "name": plan.distribution}
    market.distributions.append({**head, "slots": plan.slots})
    entries: list[dict[str, Any]] = []
    rows: dict[str, list[ListingKey]] = defaultdict(list)
    for number, rarity in enumerate((rarity for rarity, n in plan.counts.items() for _ in range(n)), start=1):
        name = world.namer.duelist()
        card_id, suffix = _id("card", name), f"{number:03d}"
        market.cards[card_id] = _card(card_id, name, 70_000_000 + len(market.cards))
        printing = {
            "id": _id("printing", plan.prefix, suffix),
            "card": card_id,
            "suffix": suffix,
            "rarity": rarity,
        }
        entries.append(printing)
        title, low, high = RARITIES[rarity]
        facts = (("Number", plan.prefix + suffix), ("Rarity", title))
        product_id = _list(world, market, group, name, facts)
        base = world.rng.uniform(low, high)
        for rank, edition in enumerate(plan.editions):
            key = (product_id, EDITIONS[edition])
            world.catalog.quote(key, YUGIOH, group, base * (1 if rank == 0 else 0.8))
            if rank == len(plan.editions) - 1:
                rows[rarity].append(key)
    market.sets.append(_set(plan, set_id, distribution_id, entries))
    pack = {key: plan.per_pack[rarity] / len(keys) for rarity, keys in rows.items() for key in keys}
    _sealed(world, market, plan, (group, set_id, pack, rows["super"][0]))


def _list(
    world: World, market: YugiohMarket, group: int, name: str, facts: Iterable[tuple[str, str]] = ()
) -> int:
    """Adds a product to TCGCSV's listing of the group; returns its id."""
    product_id = next(world.catalog.next_product)
    extended = [{"name": fact, "displayName": fact, "value": value} for fact, value in facts]
    market.listings[group].append(
        {
            "productId": product_id,
            "name": name,
            "cleanName": name,
            "imageUrl": f"https://images.example.invalid/product/{product_id}_200w.jpg",
            "categoryId": YUGIOH,
            "groupId": group,
            "url": f"https://shop.example.invalid/product/{product_id}",
            "modifiedOn": "2025-12-01T00:00:00",
            "imageCount": 1,
            "presaleInfo": {"isPresale": False, "releasedOn": None, "note": None},
            "extendedData": extended,
        }
    )
    return product_id


def _card(card_id: str, name: str, password: int) -> dict[str, Any]:
    slug = name.lower().replace(" ", "-")
    ids = {
        "yugipedia": [{"name": name, "id": password - 69_000_000}],
        "dbID": password - 69_980_000,
        "ygoprodeck": {"id": password, "name": f"{slug}-{password % 10_000}"},
        "yamlyugiID": password,
    }
    return {"id": card_id, "name": name, "passwords": [str(password)], "externalIDs": ids}


def _set(plan: SetPlan, set_id: str, distribution_id: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    image = f"https://images.example.invalid/{plan.prefix}-Booster.png"
    images = {entry["id"]: f"https://images.example.invalid/{entry['id']}.png" for entry in entries}
    locale = {
        "language": "en",
        "prefix": plan.prefix,
        "date": plan.released,
        "image": image,
        "cardImages": {plan.editions[0]: images},
        "cardInfo": {plan.editions[0]: {key: {"image": url} for key, url in images.items()}},
        "formats": ["tcg"],
        "editions": list(plan.editions),
        "externalIDs": {"dbIDs": [19_000_000 + len(plan.name)]},
    }
    contents = {
        "locales": ["en"],
        "formats": ["tcg"],
        "distrobution": distribution_id,  # the source's spelling
        "packsPerBox": PACKS_PER_BOX,
        "editions": list(plan.editions),
        "image": image,
        "cards": entries,
        "externalIDs": {"ygoprodeck": plan.name},
    }
    head = {"$schema": SCHEMA.format("set"), "id": set_id, "name": {"en": plan.name}}
    ids = {"yugipedia": {"name": plan.name, "id": 800_000 + len(plan.name)}}
    return {**head, "locales": {"en": locale}, "contents": [contents], "externalIDs": ids}


def _sealed(
    world: World,
    market: YugiohMarket,
    plan: SetPlan,
    opened: tuple[int, str, dict[ListingKey, float], ListingKey],
) -> None:
    """The box and a special edition with a promo; and the loose pack, which only TCGCSV lists."""
    group, set_id, pack, promo_key = opened
    promo = next(entry for entry in market.sets[-1]["contents"][0]["cards"] if entry["rarity"] == "super")
    for form, packs, worth, mood in (
        ("Booster Pack", 1, 0.5, QUIET_SEALED),
        ("Booster Box", PACKS_PER_BOX, 0.65, BUSY_SEALED),
        ("Special Edition", 3, 0.45, QUIET_SEALED),
    ):
        product_id = _list(world, market, group, f"{plan.name} {form}")
        copies = {key: expected * packs for key, expected in pack.items()}
        if form == "Special Edition":
            copies[promo_key] += 1
        pricing = world.share(worth, worth + 0.25, mood)
        if f"{plan.name} {form}" == GOOD[0]:
            pricing = GOOD[1]
            market.opportunities.append(Opportunity(GOOD[0], str(group), "BOX", product_id, "yugioh_box"))
        market.sealed.append(Sealed(product_id, EDITIONS[plan.editions[-1]], YUGIOH, group, copies, pricing))
        if form == "Booster Pack":
            continue
        inside: list[dict[str, Any]] = [{"set": set_id, "qty": packs}]
        if form == "Special Edition":
            inside.append({"set": set_id, "card": promo["card"]})
        is_box = form == "Booster Box"
        title = f"{plan.name} (Box)" if is_box else f"{plan.name}: Special Edition"
        market.sealed_products.append(
            {
                "id": _id(title),
                "name": {"en": title},
                **({"boxOf": [set_id]} if is_box else {}),
                "locales": {"en": {"date": plan.released, "externalIDs": {}}},
                "contents": [{"locales": ["en"], "packs": inside}],
                "externalIDs": {},
            }
        )
    if BAIT[0].startswith(plan.name):
        title, packs, pricing = BAIT
        product_id = _list(world, market, group, title)
        copies = {key: expected * packs for key, expected in pack.items()}
        market.sealed.append(Sealed(product_id, EDITIONS[plan.editions[-1]], YUGIOH, group, copies, pricing))
        why = "no source tells what is in it"
        market.traps.append(Trap(title, str(group), "BOX", product_id, "incomplete_contents", why))
