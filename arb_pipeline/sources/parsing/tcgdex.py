"""TCGdex's API v2: sets, and cards with their variants and ids at the marketplaces."""

from functools import partial
from typing import Any

from arb_pipeline.sources.parsing import (
    LayoutError,
    Record,
    Records,
    json_list,
    json_object,
    object_in,
    records_in,
)

SOURCE = "TCGdex"
_inside = partial(object_in, source=SOURCE)
CARD = ("id", "localId", "name", "rarity", "category", "illustrator", "updated")
VARIANT = ("type", "subtype", "size", "foil", "stamp", "variantId")
MARKETS = ("tcgplayer", "cardmarket")


def sets(body: bytes) -> Records:
    """All sets, in short. Raises `LayoutError`."""
    listed = json_list(body, source=SOURCE)
    if not listed or not all(isinstance(entry, dict) and entry.get("id") for entry in listed):
        msg = f"{SOURCE} answered {len(listed)} sets, or some without an id: {str(listed)[:120]!r}"
        raise LayoutError(msg)
    return ({"id": entry["id"], "name": entry.get("name")} for entry in listed)


def set_cards(body: bytes) -> Records:
    """Cards of a set in short form, to be requested one by one. Raises `LayoutError`."""
    cards = records_in(json_object(body, source=SOURCE), "cards", source=SOURCE)
    for card in cards:
        if not isinstance(card.get("id"), str) or not card["id"]:
            msg = f"{SOURCE} listed a card without an id: {str(card)[:120]!r}"
            raise LayoutError(msg)
        yield {field: card.get(field) for field in ("id", "localId", "name")}


def card(body: bytes) -> Records:
    """A card."""
    document = json_object(body, source=SOURCE)
    yield {**{field: document.get(field) for field in CARD}, "set": _inside(document, "set").get("id")}


def variants(body: bytes) -> Records:
    """A card's variants, each with its product id at TCGplayer and Cardmarket."""
    document = json_object(body, source=SOURCE)
    for variant in _detailed(document):
        sold_at = _inside(variant, "thirdParty")
        yield {
            "id": document.get("id"),
            **{field: variant.get(field) for field in VARIANT},
            **{market: sold_at.get(market) for market in MARKETS},
        }


def _detailed(document: Record) -> list[Record]:
    """Variants one by one. TCGdex's database has them in `variants`, where its API has flags."""
    for key in ("variants_detailed", "variants"):
        listed: Any = document.get(key)
        if isinstance(listed, list):
            return records_in(document, key, source=SOURCE)
    return []
