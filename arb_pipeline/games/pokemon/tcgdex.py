"""TCGdex's cards of Pokemon, as fetched (`sets/`, `cards/`), or one file per set in a data folder."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import LayoutError

SKIPPED = "Its cards are left out; fetch tcgdex again."
FOILS = {None: "", "gold": "", "rainbow": "", "pokeball": "poke_ball", "masterball": "master_ball"}
"""Foil pattern -> finish; '' is the plain one."""
OF_PRODUCTS = {"cosmos": "cosmos"}
"""Foil patterns of cards outside of packs (blisters, collections) -> finish."""
STAMPS = {"pokemon-center": "pokemon_center"}
"""Stamps of cards that a sealed product guarantees -> finish. Cards with other stamps are left out."""
TYPES = {
    "normal": ("normal", "normal"),
    "holo": ("holofoil", "holofoil"),
    "reverse": ("reverse_holofoil", "reverse_holofoil"),
}
"""Variant type -> finish in contents, printing in prices."""
GALLERIES = {"tg": "trainer gallery", "gg": "galarian gallery", "sv": "shiny vault"}
"""Suffix of a gallery's set id -> class of its cards in the parent's pull rates."""
GALLERY = re.compile(r"(?P<parent>swsh[\d.]+)(?P<suffix>tg|gg|sv)")
PLAIN_RARITIES = ("common", "uncommon", "rare", "none")
"""Rarities of cards printed without foil."""
PROMO_SETS = ("svp", "mep", "swshp")
CLASSED = frozenset({"ultra", "secret"})
"""Rarities of Sword & Shield that the rate tables divide further."""


@dataclass(frozen=True, slots=True)
class SetOfCards:
    """A set: its ids, its name, and its cards by finish (columns of `BY_FINISH` without set_code)."""

    id: str
    name: str
    group: str | None
    """Group at TCGplayer, where TCGdex has it."""
    cards: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Unreadable cards, or of unknown class; their share in a pack is unknown."""


def sets(package: Path) -> tuple[list[SetOfCards], list[Problem]]:
    """All sets that have landed, at least in part."""
    problems: list[Problem] = []
    sets_of_cards = []
    for head, cards in _documents(package, problems):
        try:
            card_set = _set(head, cards if isinstance(cards, list) else [cards])
            sets_of_cards.append(card_set)
            problems += [
                Problem(f"tcgdex, set {card_set.id!r}", f"left out: {card}") for card in card_set.left_out
            ]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            where = f"tcgdex, set {head.get('id')!r}" if isinstance(head, dict) else "tcgdex"
            problems.append(Problem(where, f"another layout: {error!r}"[:300], "", SKIPPED))
    return sets_of_cards, problems


def _documents(package: Path, problems: list[Problem]) -> Iterator[tuple[Any, list[Any]]]:
    """(set, its cards)."""
    for path in sorted([*package.glob("*.json"), *package.glob("*.json.gz")]):
        body = _parsed(path, problems)
        if isinstance(body, dict) and "cards" in body and "set" in body:
            yield body["set"], body["cards"]
    by_set: dict[str, list[Any]] = defaultdict(list)
    for path in sorted((package / "cards").glob("*.json*")):
        card = _parsed(path, problems)
        if isinstance(card, dict) and isinstance(card.get("set"), dict):
            by_set[str(card["set"].get("id"))].append(card)
    for path in sorted((package / "sets").glob("*.json*")):
        head = _parsed(path, problems)
        if isinstance(head, dict):
            yield head, by_set.get(str(head.get("id")), [])


def _parsed(path: Path, problems: list[Problem]) -> Any:
    try:
        with path.open("rb") as file:
            return orjson.loads(whole(file))
    except (orjson.JSONDecodeError, LayoutError) as error:
        problems.append(Problem(f"tcgdex/{path.name}", f"not JSON: {error}"[:300], "", SKIPPED))
        return None


def _set(head: Mapping[str, Any], listed: list[Any]) -> SetOfCards:
    """A set. An unreadable card is named in `left_out`; the others are valid."""
    group = _third_party(head)
    set_of_cards = SetOfCards(str(head["id"]), str(head["name"]), str(group) if group else None)
    cards = []
    for at, card in enumerate(listed):
        if fault := _fault(card):
            set_of_cards.left_out.append(f"{_shown(card, at)} {fault}")
        else:
            cards.append(card)
    rarities = _rarities(set_of_cards.id, cards)
    for card, rarity in zip(cards, rarities, strict=True):
        finishes = list(_finishes(card, is_promo=set_of_cards.id in PROMO_SETS))
        if not finishes and not _variants(card):
            # It stays in its class without a price: leaving it out would shift the mean of the others.
            finish = "normal" if rarity in PLAIN_RARITIES else "holofoil"
            product = _third_party(card)
            finishes = [(finish, finish, str(product) if product else None)]
        for finish, printing, product in finishes:
            set_of_cards.cards.append(
                {
                    "number": str(card["localId"]),
                    "name": str(card["name"]),
                    "rarity": rarity,
                    "finish": finish,
                    "printing": printing,
                    "variant": "" if product == finishes[0][2] else finish,
                    "tcg_product_id": product,
                    "is_offered": True,
                }
            )
    return set_of_cards


def _fault(card: Any) -> str:
    """Reason that a card is not usable; '' for none."""
    if not isinstance(card, Mapping):
        return "is no object"
    number, name, rarity = card.get("localId"), card.get("name"), card.get("rarity")
    if not isinstance(number, str | int) or isinstance(number, bool) or not str(number).strip():
        return f"has the number {str(number)[:40]!r}"
    if not isinstance(name, str) or not name.strip():
        return f"has the name {str(name)[:40]!r}"
    if rarity is not None and not (isinstance(rarity, str) and re.search("[A-Za-z]", rarity)):
        return f"has the rarity {str(rarity)[:40]!r}"
    return ""


def _shown(card: Any, at: int) -> str:
    """Label of a card in messages."""
    known = card if isinstance(card, Mapping) else {}
    named = " ".join(str(known[name])[:80] for name in ("name", "localId") if known.get(name))
    return named or f"card {at}"


def _third_party(record: Mapping[str, Any]) -> Any:
    """Id at TCGplayer; None where there is none."""
    market = record.get("thirdParty")
    product = market.get("tcgplayer") if isinstance(market, Mapping) else None
    is_id = isinstance(product, int | str) and not isinstance(product, bool)
    return product if is_id and re.fullmatch("[0-9]{1,12}", str(product)) else None


def _finishes(card: Mapping[str, Any], *, is_promo: bool) -> Iterator[tuple[str, str, str | None]]:
    """(finish, printing, TCGplayer product id) of each usable variant; the first variant of a finish counts.

    Usable: as found in packs, with the cosmos pattern, or (of promos) with a stamp in `STAMPS`. A promo whose
    variants are not recorded is a holofoil.
    """
    chosen: dict[str, tuple[str, str | None]] = {}
    for variant in _variants(card):
        finish, printing = _finish(variant, is_promo=is_promo)
        product = _third_party(variant)
        if finish and (finish not in chosen or chosen[finish][1] is None):
            chosen[finish] = (printing, str(product) if product else None)
    if is_promo and not chosen and not _variants(card):
        product = _third_party(card)
        chosen["holofoil"] = ("holofoil", str(product) if product else None)
    yield from ((finish, *rest) for finish, rest in chosen.items())


def _finish(variant: Mapping[str, Any], *, is_promo: bool) -> tuple[str, str]:
    """(finish, printing) of a variant; '' for one in no pack and no known product."""
    kind, foil, stamps = TYPES.get(str(variant.get("type"))), variant.get("foil"), variant.get("stamp")
    if kind is None or variant.get("size") not in {None, "standard"}:
        return "", ""
    if stamps:
        named = STAMPS.get("+".join(stamps) if isinstance(stamps, list) else str(stamps))
        return (named, kind[1]) if named and is_promo and foil is None else ("", "")
    if foil in OF_PRODUCTS:
        return OF_PRODUCTS[foil], "holofoil"
    pattern = FOILS.get(foil)
    if pattern is None:
        return "", ""
    return (pattern, "holofoil") if pattern else kind


def _variants(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The variants as records. Old sets list them as `{holo: true}`, and their id at the card alone.

    The id of a card is that of its plain variants where no variant has one of its own.
    """
    listed = card.get("variants_detailed", card.get("variants"))
    if isinstance(listed, Mapping):
        listed = [{"type": kind} for kind in TYPES if listed.get(kind)]
    listed = listed if isinstance(listed, list) else []
    variants = [variant for variant in listed if isinstance(variant, Mapping)]
    own = _third_party(card)
    if not own or any(_third_party(variant) for variant in variants):
        return variants
    plain = [not variant.get("stamp") and FOILS.get(variant.get("foil")) == "" for variant in variants]
    return [
        {**variant, "thirdParty": {"tcgplayer": own}} if is_plain else variant
        for variant, is_plain in zip(variants, plain, strict=True)
    ]


def _rarities(set_id: str, cards: list[Any]) -> list[str]:
    """Class of each card in the rate tables.

    Sword & Shield's tables divide rarities of TCGdex. Ultra rares: `full art v` or `full art
    trainer`; the second of a name is `alternate v`; an energy is `textured energy`; one numbered among the
    ordinary cards is `v` or `vmax` (TCGdex lists Starmie V 030 of Astral Radiance so). Secret rares: by their
    foil `rainbow` or `gold`, else `alternate vmax`; without a recorded foil by their kind. (Evolving Skies:
    22 and 5 full arts, 11 alternate V, 6 alternate VMAX, 16 rainbow and 12 gold cards, as printed.)
    """
    if gallery := GALLERY.fullmatch(set_id):
        return [GALLERIES[gallery["suffix"]]] * len(cards)
    words = [rarity_word(card.get("rarity")) for card in cards]
    if not set_id.startswith("swsh") or set_id in PROMO_SETS:
        return words
    ordinary = [_order(card) for card, word in zip(cards, words, strict=True) if word not in CLASSED]
    full_arts: set[str] = set()
    for n, (card, word) in enumerate(zip(cards, words, strict=True)):
        if word == "ultra":
            words[n] = _ultra(card, full_arts, is_ordinary=_order(card) < max(ordinary, default=0))
        elif word == "secret":
            words[n] = _secret(card, full_arts)
    return words


def _order(card: Mapping[str, Any]) -> int:
    digits = re.sub(r"\D", "", str(card["localId"]))
    return int(digits) if digits else 0


def _ultra(card: Mapping[str, Any], full_arts: set[str], *, is_ordinary: bool) -> str:
    """The class of an ultra rare. Adds its name to `full_arts` of the set."""
    name, category = str(card["name"]), card.get("category", "Pokemon")
    if category == "Energy":
        return "textured energy"
    if is_ordinary:
        return name.rpartition(" ")[2].lower()
    is_second = name in full_arts
    full_arts.add(name)
    if category != "Pokemon":
        return "full art trainer"
    return "alternate v" if is_second else "full art v"


def _secret(card: Mapping[str, Any], full_arts: set[str]) -> str:
    """The class of a secret rare. Without foils, rainbows are VMAX cards and trainers with a full art."""
    foils, name = [variant.get("foil") for variant in _variants(card)], str(card["name"])
    if named := next((word for word in ("rainbow", "gold") if word in foils), None):
        return named
    is_largest = name.endswith(("VMAX", "VSTAR"))
    if isinstance(card.get("variants_detailed", card.get("variants")), list):
        return "alternate vmax" if is_largest else "secret"
    is_trainer = card.get("category", "Pokemon") == "Trainer"
    return "rainbow" if is_largest or (is_trainer and name in full_arts) else "gold"


def rarity_word(rarity: Any) -> str:
    """A rarity in the words of the rate tables: `Special illustration rare`, `Holo Rare V` -> `v`."""
    word = str(rarity or "none").lower().replace("shiny holo", "shiny")
    if word in {"rare", "holo rare"}:
        return word.removesuffix(" rare") if word == "holo rare" else word
    return word.removeprefix("holo rare ").removesuffix(" rare")
