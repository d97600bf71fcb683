"""The Pokemon TCG API v2: sets, cards, and the prices that it copies from TCGplayer and Cardmarket."""

from functools import partial
from typing import NamedTuple

from arb_pipeline.sources.parsing import LayoutError, Record, Records, json_object, object_in, records_in

SOURCE = "The Pokemon TCG API"
_inside = partial(object_in, source=SOURCE)
SET = ("id", "name", "series", "printedTotal", "total", "ptcgoCode", "releaseDate", "updatedAt")
CARD = ("id", "name", "supertype", "number", "rarity")


class Page(NamedTuple):
    """Position of a page."""

    number: int
    is_last: bool
    total: int


def page_of(body: bytes) -> Page:
    """Position of a page. Raises `LayoutError` for one that is truncated, or empty before the last record."""
    document = json_object(body, source=SOURCE)
    held = len(records_in(document, "data", source=SOURCE))
    fields = ("page", "pageSize", "count", "totalCount")
    number, size, count, total = numbers = [document.get(field) for field in fields]
    if not all(isinstance(value, int) for value in numbers) or size < 1 or number < 1:
        msg = f"{SOURCE} answered a page that lacks its numbers: {dict(zip(fields, numbers, strict=True))}"
        raise LayoutError(msg)
    expected = max(0, min(size, total - (number - 1) * size))
    if not held == count == expected:
        where = f"{SOURCE}'s page {number} of {total} records by {size}"
        msg = f"{where} holds {held} and says {count}, expected {expected}"
        raise LayoutError(msg)
    return Page(number, number * size >= total, total)


def sets(body: bytes) -> Records:
    """Sets of a page. Raises `LayoutError`."""
    for entry in _data(body):
        if not isinstance(entry.get("id"), str) or not entry["id"]:
            msg = f"{SOURCE} listed a set without an id: {str(entry)[:120]!r}"
            raise LayoutError(msg)
        yield {field: entry.get(field) for field in SET}


def cards(body: bytes) -> Records:
    """Cards of a page."""
    for card in _data(body):
        yield {**{field: card.get(field) for field in CARD}, "set": _inside(card, "set").get("id")}


def prices(body: bytes) -> Records:
    """One record per (card, marketplace, variant) under the marketplace's own names.

    TCGplayer's are USD, by variant: low, mid, high, market, directLow. Cardmarket's are EUR, in one record
    without a variant: averageSellPrice, lowPrice, trendPrice, avg1 and so on.
    """
    for card in _data(body):
        for marketplace, is_by_variant in (("tcgplayer", True), ("cardmarket", False)):
            quoted = _inside(card, marketplace)
            by_variant = _inside(quoted, "prices")
            for variant in by_variant if is_by_variant else [""] * bool(by_variant):
                yield {
                    "id": card.get("id"),
                    "marketplace": marketplace,
                    "updatedAt": quoted.get("updatedAt"),
                    "variant": variant,
                    **(_inside(by_variant, variant) if variant else by_variant),
                }


def _data(body: bytes) -> list[Record]:
    return records_in(json_object(body, source=SOURCE), "data", source=SOURCE)
