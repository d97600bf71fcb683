"""The ordinary sealed Magic products: boosters, bundles, commander decks and drops at ordinary prices."""

from typing import Any

from arb_pipeline.simulator.cards import Printing
from arb_pipeline.simulator.magic import THEME_SET, MagicSet
from arb_pipeline.simulator.market import BUSY_SEALED, QUIET_SEALED, Shape, World

DROPS_CODE = "xsd"
DROP_THEMES = (
    "Harbour Sketches",
    "Botanist's Notebook",
    "Midnight Tram",
    "Paper Lions",
    "Tea and Thunder",
    "Small Gods of the Pantry",
    "Neon Orchard",
    "Letters from the Weir",
)


def part(set_code: str, name: str, count: int) -> Shape:
    """`sealed` with one entry."""
    return {"sealed": [{"count": count, "name": name, "set": set_code}]}


def card_entry(card: Printing, *, is_foil: bool = False, as_text: bool = False) -> Shape:
    """One entry of `card`; the number is an int in the source, or a string where it holds a letter."""
    number: int | str = card.number if as_text or not card.number.isdigit() else int(card.number)
    return {**({"foil": True} if is_foil else {}), "name": card.name, "number": number, "set": card.set_code}


def add_ordinary_products(world: World, sets: list[MagicSet]) -> None:
    """Every product that is not planted."""
    for magic_set in sets:
        _boosters(world, magic_set, "Draft" if magic_set.pack_code in ("draft", "default") else "Play")
        _bundles(world, magic_set)
        _commander_decks(world, magic_set)
    _theme_boosters(world, next(ordinary_set for ordinary_set in sets if ordinary_set.code == THEME_SET))
    _oddities(world, sets)
    _drops(world)


def _boosters(world: World, magic_set: MagicSet, word: str) -> None:
    """Packs, boxes and cases of ordinary boosters."""
    forms = (
        (word, word.upper(), magic_set.pack_code, 36 if word == "Draft" else 30, 14, 0.5),
        ("Collector", "COLLECTOR", "collector", 12, 15, 0.55),
    )
    for title, subtype, code, box_size, card_count, worth in forms:
        pack, box = f"{magic_set.name} {title} Booster Pack", f"{magic_set.name} {title} Booster Box"
        contents = {"card_count": card_count, "pack": [{"code": code, "set": magic_set.code}]}
        share = world.rng.uniform(worth, worth + 0.3)
        for name, category, inner, step, mood in (
            (pack, "BOOSTER_PACK", contents, 0.0, QUIET_SEALED),
            (box, "BOOSTER_BOX", part(magic_set.code, pack, box_size), 0.15, BUSY_SEALED),
            (f"{box} Case", "BOOSTER_CASE", part(magic_set.code, box, 6), 0.22, QUIET_SEALED),
        ):
            pricing = world.share(share + step, share + step + 0.05, mood)
            world.product(
                magic_set.code, name, (category, subtype), inner, pricing, released=magic_set.released
            )


def _bundles(world: World, magic_set: MagicSet) -> None:
    """A bundle of packs, lands and a foil promo; its case; and a prerelease pack."""
    code, name = magic_set.code, magic_set.name
    pack = f"{name} {'Draft' if magic_set.pack_code in ('draft', 'default') else 'Play'} Booster Pack"
    promo = world.catalog.add(
        code, "290", world.namer.legend(), "borderless", ("foil",), cents=world.rng.uniform(90, 700)
    )
    lands = [[code, card.number, 0, 2] for card in magic_set.cards["land"]]
    world.deck(code, f"{name} Bundle Land Pack", lands, release_date=magic_set.released)
    contents = {
        "card": [card_entry(promo, is_foil=True)],
        "deck": [{"name": f"{name} Bundle Land Pack", "set": code}],
        "other": [{"name": f"{name} Spindown"}],
        **part(code, pack, 8),
    }
    world.product(
        code,
        f"{name} Bundle",
        ("BUNDLE", "DEFAULT"),
        contents,
        world.share(0.6, 0.85),
        released=magic_set.released,
    )
    case = part(code, f"{name} Bundle", 6)
    world.product(code, f"{name} Bundle Case", ("BUNDLE_CASE", "DEFAULT"), case, world.share(0.65, 0.9))
    prerelease = {"card_count": 1, "other": [{"name": f"{name} Spindown"}], **part(code, pack, 6)}
    kind = ("LIMITED", "PRERELEASE")
    world.product(
        code, f"{name} Prerelease Pack", kind, prerelease, world.share(0.5, 0.8), released=magic_set.released
    )


def commander_list(world: World, magic_set: MagicSet, singles: list[Printing]) -> list[list[Any]]:
    """A deck of about a hundred cards: the singles, cheap cards of the set beside it, and basic lands."""
    filler = world.rng.sample(
        [*magic_set.cards["common"], *magic_set.cards["uncommon"]], 99 - len(singles) - 35
    )
    lands = [[magic_set.code, card.number, 0, 7] for card in magic_set.cards["land"][:5]]
    return [[card.set_code, card.number, 0, 1] for card in [*singles, *filler]] + lands


def _commander_decks(world: World, magic_set: MagicSet) -> None:
    """Two decks, a set of both, and one deck in minimal packaging, which copies its contents."""
    code, released = magic_set.commander_code, magic_set.released
    title = world.set_names[code]
    names = []
    for which in (0, 1):
        leader, rest = (
            magic_set.commander_cards[which],
            magic_set.commander_cards[2 + 11 * which : 13 + 11 * which],
        )
        deck = f"{leader.name.split(',')[0].split(' of ')[0]}'s {('Parade', 'Ledger')[which]}"
        cards = [*commander_list(world, magic_set, rest), [code, leader.number, 1, 1]]
        extra: dict[str, Any] = {"type": "Commander Deck"} if int(released[:4]) < 2021 else {}  # noqa: PLR2004
        if which == 0 and extra:
            extra["commander"] = [cards.pop()]
        world.deck(code, deck, cards, release_date=released, **extra)
        names.append(f"{title} Deck {deck}")
        contents = {
            "card_count": 100,
            "deck": [{"name": deck, "set": code}],
            "other": [{"name": f"{title} Life Wheel"}, {"name": "10 Double Sided Tokens"}],
        }
        world.product(
            code, names[-1], ("DECK", "COMMANDER"), contents, world.share(0.9, 1.6), released=released
        )
    both = {"sealed": [{"count": 1, "name": name, "set": code} for name in names]}
    world.product(
        code,
        f"{title} Decks Set of 2",
        ("SUBSET", "COMMANDER"),
        both,
        world.share(0.85, 1.3),
        released=released,
    )
    if int(released[:4]) % 2:
        copied = {"copy": names[0]}
        minimal = f"{names[0]} Minimal Packaging"
        world.product(code, minimal, ("DECK", "COMMANDER"), copied, world.share(0.9, 1.6))


def _theme_boosters(world: World, magic_set: MagicSet) -> None:
    """Boosters made of fixed sheets, and a box of them."""
    code, pack = magic_set.code, f"{magic_set.name} Theme Booster Black"
    contents = {"card_count": 20, "pack": [{"code": "theme-b", "set": code}]}
    world.product(
        code, pack, ("BOOSTER_PACK", "THEME"), contents, world.share(0.4, 0.6), released=magic_set.released
    )
    box = f"{magic_set.name} Theme Booster Box"
    world.product(code, box, ("BOOSTER_BOX", "THEME"), part(code, pack, 12), world.share(0.5, 0.7))


def _oddities(world: World, sets: list[MagicSet]) -> None:
    """Edge cases for readers: empty contents, a product without a market, decks drawn at random."""
    first, second = sets[0], sets[1]
    world.product(
        first.code, f"{first.name} Standard Night Booster", ("BOOSTER_PACK", "PROMOTIONAL"), {}, None
    )
    redemption = {"card_count": 250, "deck": [{"name": f"{first.name} Redemption", "set": first.code}]}
    world.product(
        first.code, f"{first.name} Online Redemption", ("BOX_SET", "MTGO_REDEMPTION"), redemption, None
    )
    options = []
    for letter, start in (("A", 0), ("B", 30)):
        deck = f"{second.name} Sample Deck {letter}"
        picks = second.cards["common"][start : start + 25]
        sideboard = [[second.code, second.cards["uncommon"][start].number, 0, 1]]
        cards = [[second.code, card.number, 0, 1] for card in picks]
        world.deck(second.code, deck, cards, type="Welcome Deck", sideboard=sideboard)
        options.append({"deck": [{"name": deck, "set": second.code}]})
    contents = {"card count": 25, "variable": options, "variable_mode": {"count": 1, "replacement": False}}
    world.product(
        second.code,
        f"{second.name} Sample Deck",
        ("DECK", "WELCOME"),
        contents,
        world.share(0.4, 0.6),
        released=second.released,
    )


def _drops(world: World) -> None:
    """Small fixed products, plain or foil, without profit after fees; half contain a bonus card."""
    world.set_names[DROPS_CODE] = "Studio Drops"
    number = 0
    for theme_number, theme in enumerate(DROP_THEMES):
        is_foil = theme_number % 2 == 1
        finish = ("foil",) if is_foil else ("nonfoil",)
        cards = []
        for _ in range(6):
            number += 1
            price = world.rng.uniform(250, 1_100)
            cards.append(
                world.catalog.add(DROPS_CODE, str(number), world.namer.card(), "rare", finish, cents=price)
            )
        deck = f"{theme} Foil Edition" if is_foil else theme
        world.deck(DROPS_CODE, deck, [[DROPS_CODE, card.number, int(is_foil), 1] for card in cards[:4]])
        contents: dict[str, Any] = {"card_count": 5, "deck": [{"name": deck, "set": DROPS_CODE}]}
        if theme_number % 4 < 2:  # noqa: PLR2004
            odds = ((cards[4], 93), (cards[5], 7))
            contents["variable"] = [
                {"card": [card_entry(card, is_foil=is_foil)], "chance": n} for card, n in odds
            ]
            contents["variable_mode"] = {"count": 1, "weight": 100}
        name = f"Studio Drop {theme}{' Foil' if is_foil else ''}"
        world.product(
            DROPS_CODE, name, ("BOX_SET", "DROP"), contents, world.share(0.9, 1.6), released="2024-05-03"
        )
