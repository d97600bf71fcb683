"""Cardmarket's daily downloads: a price guide per game (EUR), and lists of its singles and sealed products.

`createdAt` gives the day: the same file has been seen under two dates.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arb_pipeline.sources.parsing import LayoutError, Record, Records, json_object, records_in
from arb_pipeline.sources.parsing.published import published_at

SOURCE = "cardmarket"


@dataclass(frozen=True, slots=True)
class Download:
    """One file."""

    created_at: datetime
    """UTC."""
    records: list[Record]


def price_guide(body: bytes) -> Download:
    """Prices by `idProduct`; a field without a value is null or not there. Raises `LayoutError`."""
    guide = _download(body, "priceGuides")
    categories = {record.get("idCategory") for record in guide.records} - {None}
    # Singles are one category, sealed products eleven others. `coverage` reports a missing category.
    if len(categories) == 1:
        msg = (
            f"{SOURCE}'s price guide of {guide.created_at} holds {len(guide.records):,} products, all of "
            f"category {categories.pop()}: no sealed product. Nothing of it is used."
        )
        raise LayoutError(msg)
    return guide


def essentials(records: list[Record]) -> Records:
    """Required fields of a price: product, lowest and trend price, of the plain card or another finish.

    A card that exists as a foil only has no `low`, but a `low-foil`. A text such as `0,02` is no number.
    """
    for record in records:
        priced = {name.partition("-")[0] for name, value in record.items() if isinstance(value, int | float)}
        yield {name: True for name in ("idProduct", "idCategory", "low", "trend") if name in priced}


def products(body: bytes) -> Download:
    """Products of a list: `idProduct`, `name`, `idCategory`, `idExpansion`. Raises `LayoutError`."""
    return _download(body, "products")


def _download(body: bytes, key: str) -> Download:
    document: dict[str, Any] = json_object(body, source=SOURCE)
    records = records_in(document, key, source=SOURCE)
    if not records:
        msg = f"{SOURCE} answered an empty list of {key}"
        raise LayoutError(msg)
    return Download(published_at(document.get("createdAt"), source=SOURCE, field="createdAt"), records)
