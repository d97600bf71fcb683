"""Planted products that a detector must publish, and traps that it must not. `sealed` sets their prices."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from arb_pipeline.simulator.cards import FROZEN, LIVELY, UNSOLD, ListingKey, PriceProcess, Printing
from arb_pipeline.simulator.ground_truth import Opportunity, Trap
from arb_pipeline.simulator.magic import MagicSet
from arb_pipeline.simulator.market import LIVELY_SEALED, QUIET_SEALED, Pricing, Product, Shape, World
from arb_pipeline.simulator.prices import PriceTable
from arb_pipeline.simulator.products import card_entry, commander_list, part

VAULT_CODE = "xvt"
RELEASED = "2024-09-06"
DISAPPEARED_DAYS = 7
"""Days without a price: more than the 72 h for which an observation counts."""
MISPRICED_SHARE = 0.12
STRANDED_SHARE = 0.05
"""Ask as a share of the market price, for a card without sales at that price."""
CLOSED_SHARE = 0.62
"""Ask of the last day as a share of the market price, for a box worth reselling unopened."""
DEAR = ("DRAFT", "PLAY")
"""Subtypes of boxes that cost enough to be worth a parcel."""
RAISED = 1.5
"""Factor of a market price that one odd sale raises for a day."""
BULK_CENTS = (5, 36)
GOOD = Pricing("rich", 1.32, LIVELY_SEALED)
TOO_GOOD = Pricing("rich", 1.5, LIVELY_SEALED)
DROP, COMMANDER = ("BOX_SET", "DROP"), ("DECK", "COMMANDER")

Distortion = Callable[[PriceTable], None]


@dataclass
class Planting:
    """Planted products, and the price distortions applied after all prices are drawn."""

    world: World
    opportunities: list[Opportunity]
    traps: list[Trap]
    distortions: list[Distortion]
    resales: list[Opportunity]
    card_number: int = 0

    def opportunity(self, product: Product, kind: str) -> None:
        """Records a product that must be published."""
        row = (product.name, product.set_code, product.category, product.tcg_id or 0, kind)
        self.opportunities.append(Opportunity(*row))

    def trap(self, product: Product, kind: str, why: str, distortion: Distortion | None = None) -> None:
        """Records a product that must not be published, with the reason."""
        row = (product.name, product.set_code, product.category, product.tcg_id or 0, kind, why)
        self.traps.append(Trap(*row))
        if distortion:
            self.distortions.append(distortion)

    def single(
        self, low: float, high: float, finish: str = "nonfoil", mood: PriceProcess = LIVELY
    ) -> Printing:
        """A card of the vault at a price in cents within a range."""
        self.card_number += 1
        finishes = (finish,) if finish != "both" else ("foil", "nonfoil")
        cents = self.world.rng.uniform(low, high)
        number, name = str(self.card_number), self.world.namer.card()
        return self.world.catalog.add(VAULT_CODE, number, name, "rare", finishes, cents=cents, mood=mood)

    def drop(
        self,
        name: str,
        cards: list[Printing],
        pricing: Pricing,
        *,
        is_foil: bool = False,
        bonus: Shape | None = None,
    ) -> Product:
        """A product of one deck list of single cards, and of a bonus card if there is one."""
        self.world.deck(VAULT_CODE, name, [[VAULT_CODE, card.number, int(is_foil), 1] for card in cards])
        bonus = bonus or {}
        contents = {
            "card_count": len(cards) + bool(bonus),
            "deck": [{"name": name, "set": VAULT_CODE}],
            **bonus,
        }
        return self.world.product(
            VAULT_CODE, f"Vault Drop {name}", DROP, contents, pricing, released=RELEASED
        )

    def commander(self, beside: MagicSet, name: str, singles: list[Printing], pricing: Pricing) -> Product:
        """A commander deck of singles and cheap cards of an ordinary set."""
        self.world.deck(VAULT_CODE, name, commander_list(self.world, beside, singles), release_date=RELEASED)
        contents = {
            "card_count": 99,
            "deck": [{"name": name, "set": VAULT_CODE}],
            "other": [{"name": "Vault Life Wheel"}],
        }
        return self.world.product(
            VAULT_CODE, f"Vault Commander Deck {name}", COMMANDER, contents, pricing, released=RELEASED
        )


def plant(world: World, sets: list[MagicSet]) -> Planting:
    """Adds every planted product to the market."""
    ordinary = list(world.products.values())
    world.set_names[VAULT_CODE] = "Vault Series"
    planting = Planting(world, [], [], [], [])
    _opportunities(planting, sets)
    _price_traps(planting, sets)
    _age_traps(planting, sets)
    _nobody_trades_traps(planting, sets)
    _contents_traps(planting, sets)
    _impossible_traps(planting)
    _resales(planting, ordinary)
    return planting


def _opportunities(planting: Planting, sets: list[MagicSet]) -> None:
    """Products with known, daily traded contents whose net value is well above the price."""
    single, world = planting.single, planting.world
    deck = planting.commander(sets[2], "Weir Wardens", [single(700, 2_200) for _ in range(12)], GOOD)
    planting.opportunity(deck, "commander_deck")
    plain = planting.drop("Copper Coast", [single(1_200, 3_500) for _ in range(5)], GOOD)
    planting.opportunity(plain, "fixed_drop")
    foil_cards = [*(single(1_500, 4_000, "foil") for _ in range(3)), single(1_800, 3_000, "both")]
    foil = planting.drop("Glass Menagerie Foil Edition", foil_cards, GOOD, is_foil=True)
    planting.opportunity(foil, "fixed_drop")
    fair = world.share(0.8, 0.95, LIVELY_SEALED)
    cased = planting.commander(sets[3], "Quarry Choir", [single(720, 1_400) for _ in range(9)], fair)
    case = world.product(
        VAULT_CODE,
        f"{cased.name} Case",
        ("DECK_BOX", "COMMANDER"),
        part(VAULT_CODE, cased.name, 4),
        GOOD,
        released=RELEASED,
    )
    planting.opportunity(case, "deck_case")
    odds = ((single(3_600, 4_200), 60), (single(4_800, 5_600), 40))
    bonus = {
        "variable": [{"card": [card_entry(card)], "chance": chance} for card, chance in odds],
        "variable_mode": {"count": 1, "weight": 100},
    }
    mystery = planting.drop("Moth Cabinet", [single(900, 1_500) for _ in range(4)], GOOD, bonus=bonus)
    planting.opportunity(mystery, "variable")


def _price_traps(planting: Planting, sets: list[MagicSet]) -> None:
    """Traps with a wrong price on the last day."""
    world, recent = planting.world, sets[4]
    pack = world.products[recent.code, f"{recent.name} Play Booster Pack"]
    key = (pack.tcg_id or 0, "Normal")
    why = "lowPrice of the last day is 12 % of marketPrice; at its market price it loses money"
    planting.trap(pack, "mispriced_listing", why, lambda table: table.undercut_last_day(key, MISPRICED_SHARE))
    singles = [planting.single(100, 450) for _ in range(9)]
    jumping = planting.single(900, 1_000)
    pricing = world.share(0.85, 0.95, QUIET_SEALED)
    deck = planting.commander(sets[0], "Ferry Tollmen", [*singles, jumping], pricing)
    why = f"{jumping.name} shows ten times its usual price on the last day only"
    jump_key = jumping.key("nonfoil")
    planting.trap(deck, "ten_times_price", why, lambda table: table.multiply_last_day(jump_key, 10))


def _age_traps(planting: Planting, sets: list[MagicSet]) -> None:
    """Traps with a stale price."""
    deck = planting.commander(
        sets[1], "Almanac Keepers", [planting.single(600, 1_900) for _ in range(11)], TOO_GOOD
    )
    why = f"its own price has been missing from the archives for {DISAPPEARED_DAYS} days"
    planting.trap(deck, "stale_price", why, _vanishing(deck.tcg_id or 0))
    cards = [planting.single(6_000, 7_000), *(planting.single(1_100, 1_600) for _ in range(3))]
    drop = planting.drop("Vanishing Ink", cards, TOO_GOOD)
    why = f"{cards[0].name}, a quarter of its cards, has had no price for {DISAPPEARED_DAYS} days"
    planting.trap(drop, "stale_price", why, _vanishing(cards[0].product_id))


def _vanishing(product_id: int) -> Distortion:
    return lambda table: table.vanish(product_id, DISAPPEARED_DAYS)


def _nobody_trades_traps(planting: Planting, sets: list[MagicSet]) -> None:
    """Traps whose value rests on illiquid cards."""
    frozen = [planting.single(cents, cents, mood=FROZEN) for cents in (9_450, 13_999)]
    deck = planting.commander(sets[4], "Gilded Ledger", [*frozen, *_cheap(planting)], TOO_GOOD)
    why = f"marketPrice of {frozen[0].name} and {frozen[1].name} has not moved by a cent in any archive"
    planting.trap(deck, "nobody_trades", why)
    unsold = planting.single(16_000, 19_000, mood=UNSOLD)
    deck = planting.commander(sets[5], "Attic Regiment", [unsold, *_cheap(planting)], TOO_GOOD)
    planting.trap(deck, "nobody_trades", f"{unsold.name} has asking prices only and was never sold")


def _cheap(planting: Planting) -> list[Printing]:
    """Cheap cards with moving prices for the rest of a deck."""
    return [planting.single(55, 260) for _ in range(8)]


def _contents_traps(planting: Planting, sets: list[MagicSet]) -> None:
    """Traps with partly unknown contents, or with bulk only."""
    world, single = planting.world, planting.single
    parts: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("Gift Chest", {"pack": [{"code": "sample", "set": VAULT_CODE}]}, "its pack has no booster file"),
        (
            "Anniversary Tin",
            {"deck": [{"name": "Anniversary Reprints", "set": VAULT_CODE}]},
            "its deck has no list",
        ),
    )
    for name, unknown, why in parts:
        cards = [single(1_400, 2_600, "foil") for _ in range(4)]
        entries = [card_entry(card, is_foil=True, as_text=n == 0) for n, card in enumerate(cards)]
        contents = {"card": entries, "card_count": 24, **unknown}
        product = world.product(
            VAULT_CODE, f"Vault {name}", ("BOX_SET", "OTHER"), contents, TOO_GOOD, released=RELEASED
        )
        planting.trap(product, "incomplete_contents", why)
    lowest, highest = BULK_CENTS
    prices: dict[ListingKey, float] = {quote.key: quote.base_cents for quote in world.catalog.quotes}
    cards = [
        card
        for magic_set in sets
        for card in [*magic_set.cards["common"], *magic_set.cards["uncommon"]]
        if lowest <= prices[card.key("nonfoil")] <= highest
    ]
    chosen = world.rng.sample(cards, 420)
    world.deck(VAULT_CODE, "Long Box", [[card.set_code, card.number, 0, 1] for card in chosen])
    contents = {"card_count": 420, "deck": [{"name": "Long Box", "set": VAULT_CODE}]}
    bait = Pricing("bait", 1.6, LIVELY_SEALED)
    box = world.product(
        VAULT_CODE, "Vault Long Box of 420", ("BOX_SET", "OTHER"), contents, bait, released=RELEASED
    )
    planting.trap(box, "box_of_bulk", "420 cards of $0.05 to $0.45, which net nothing each")


def _resales(planting: Planting, ordinary: list[Product]) -> None:
    """Of the ordinary boxes the two worth least opened: one offered cheaply, one with an odd market price."""
    dear = [product for product in ordinary if product.category == "BOOSTER_BOX" and product.subtype in DEAR]
    box, lifted = sorted(dear, key=lambda product: product.pricing.ratio if product.pricing else 1.0)[:2]
    key, raised = (box.tcg_id or 0, "Normal"), (lifted.tcg_id or 0, "Normal")
    planting.resales.append(Opportunity(box.name, box.set_code, box.category, key[0], "box_to_resell"))
    planting.distortions.append(lambda table: table.undercut_last_day(key, CLOSED_SHARE))
    why = f"its market price alone rises {RAISED}-fold on the last day: closed it nets what it did before"
    planting.trap(lifted, "raised_market", why, lambda table: table.raise_last_day(raised, RAISED))


def _impossible_traps(planting: Planting) -> None:
    """Traps of contradictory sources, and a price below every ask."""
    world, single, bait = planting.world, planting.single, Pricing("bait", 1.6, LIVELY_SEALED)
    twin = planting.drop("Twin Bracket", [single(900, 1_600) for _ in range(3)], TOO_GOOD)
    copied = replace(twin, name=f"{twin.name} Second Edition", pricing=None)
    world.products[VAULT_CODE, copied.name] = copied
    for one, other in ((twin, copied), (copied, twin)):
        planting.trap(one, "id_claimed_twice", f"{other.name} has its TCGplayer id too")
    promos = planting.drop("Promo Wheel", [single(800, 1_500) for _ in range(8)], TOO_GOOD)
    promos.contents["card_count"] = 3
    planting.trap(promos, "contradiction", "it states 3 cards, its deck has 8")
    cards = [single(150, 300) for _ in range(2)]
    keys = {f"{VAULT_CODE}:{card.number}": 1 for card in cards}
    sheets = {"pair": {"total_weight": 2, "cards": keys}}
    about = {"code": f"{VAULT_CODE}-pair", "set_code": VAULT_CODE, "name": "Vault Pair Booster"}
    world.boosters[f"{VAULT_CODE}-pair"] = {
        **about,
        "set_name": "Vault Series",
        "boosters": [{"sheets": {"pair": 50}, "weight": 1}],
        "sheets": sheets,
    }
    contents = {"pack": [{"code": "pair", "set": VAULT_CODE}]}
    pack = world.product(VAULT_CODE, "Vault Pair Booster", ("BOOSTER_PACK", "DEFAULT"), contents, bait)
    planting.trap(pack, "impossible_pack", "it takes 50 cards of a sheet of two, each once")
    inner = planting.drop("Copper Crumbs", [single(60, 90) for _ in range(5)], bait)
    pallet = world.product(
        VAULT_CODE, f"{inner.name} Pallet", ("BOX_SET", "OTHER"), part(VAULT_CODE, inner.name, 3_000), bait
    )
    planting.trap(pallet, "absurd_count", "it would hold 15,000 cards")
    stranded = single(5_500, 6_500)
    drop = planting.drop("Empty Stall", [stranded, *_cheap(planting)], TOO_GOOD)
    why = f"{stranded.name} has a lowest ask of a twentieth of its market price on every day"
    key = stranded.key("nonfoil")
    planting.trap(drop, "market_without_asks", why, lambda table: table.strand(key, STRANDED_SHARE))
