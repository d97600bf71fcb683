"""TCGdex's cards of Pokemon: as fetched (`sets/`, `cards/`), or as a data folder has them, a file per set."""

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
"""A foil's pattern -> the finish that it is, '' for the plain one. Other patterns are not found in packs."""
TYPES = {
    "normal": ("normal", "normal"),
    "holo": ("holofoil", "holofoil"),
    "reverse": ("reverse_holofoil", "reverse_holofoil"),
}
"""Type of a variant -> how contents name it, and how its price does."""


@dataclass(frozen=True, slots=True)
class SetOfCards:
    """A set: its ids, its name, and its cards by finish (columns of `BY_FINISH` without set_code)."""

    id: str
    name: str
    group: str | None
    """At TCGplayer, where TCGdex knows it."""
    cards: list[dict[str, Any]] = field(default_factory=list)


def sets(package: Path) -> tuple[list[SetOfCards], list[Problem]]:
    """All sets that have landed whole or in part."""
    problems: list[Problem] = []
    found = []
    for head, cards in _documents(package, problems):
        try:
            found.append(_set(head, cards))
        except (KeyError, TypeError, AttributeError) as error:
            where = f"tcgdex, set {head.get('id')!r}" if isinstance(head, dict) else "tcgdex"
            problems.append(Problem(where, f"another layout: {error!r}"[:300], "", SKIPPED))
    return found, problems


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


def _set(head: Mapping[str, Any], cards: list[Any]) -> SetOfCards:
    group = (head.get("thirdParty") or {}).get("tcgplayer")
    found = SetOfCards(str(head["id"]), str(head["name"]), str(group) if group else None)
    rarities = _rarities(found.id, cards)
    for card, rarity in zip(cards, rarities, strict=True):
        finishes = list(_finishes(card))
        for finish, printing, product in finishes:
            found.cards.append(
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
    return found


def _finishes(card: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """(finish, printing, TCGplayer's product) of variants found in packs; the first of a finish counts."""
    variants = card.get("variants_detailed", card["variants"])
    chosen: dict[str, tuple[str, str | None]] = {}
    for variant in variants if isinstance(variants, list) else ():
        if variant.get("stamp") or variant.get("size") not in {None, "standard"}:
            continue
        pattern, kind = FOILS.get(variant.get("foil")), TYPES.get(variant.get("type"))
        if pattern is None or kind is None:
            continue
        finish, printing = (pattern, "holofoil") if pattern else kind
        product = (variant.get("thirdParty") or {}).get("tcgplayer")
        if finish not in chosen or chosen[finish][1] is None:
            chosen[finish] = (printing, str(product) if product else None)
    yield from ((finish, *rest) for finish, rest in chosen.items())


def _rarities(set_id: str, cards: list[Any]) -> list[str]:
    """A word for each card's class in the rate tables.

    Sword & Shield's tables tell apart what TCGdex gives one rarity: of two ultra rares of one name the
    second is the alternate art; secret rares are rainbow, gold, or alternate art by their foil. (Evolving
    Skies: 27 full arts, 11 alternate V, 6 alternate VMAX, 16 rainbow and 12 gold cards, as printed.)
    """
    words = [rarity_word(card.get("rarity")) for card in cards]
    if not set_id.startswith("swsh"):
        return words
    seen: set[str] = set()
    for n, (card, word) in enumerate(zip(cards, words, strict=True)):
        if word == "ultra":
            words[n] = "alternate v" if card["name"] in seen else "full art"
            seen.add(card["name"])
        elif word == "secret":
            variants = card.get("variants_detailed", card["variants"])
            foils = [v.get("foil") for v in variants if isinstance(v, dict)]
            words[n] = next((word for word in ("rainbow", "gold") if word in foils), "alternate vmax")
    return words


def rarity_word(rarity: Any) -> str:
    """A rarity as the rate tables call it: `Special illustration rare`, `Holo Rare V` -> `v`."""
    word = str(rarity or "none").lower().replace("shiny holo", "shiny")
    if word in {"rare", "holo rare"}:
        return word.removesuffix(" rare") if word == "holo rare" else word
    return word.removeprefix("holo rare ").removesuffix(" rare")
