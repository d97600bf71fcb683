"""Card Kingdom's price lists: one of singles, one of sealed products, in one envelope.

Prices are strings in some answers and numbers in others; both are passed on unchanged. A retail price with
`qty_retail` 0 is no offer, and `price_buy` 0 means that it does not buy: cleaning handles both.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from arb_pipeline.sources.parsing import LayoutError, Record, Records, json_object, records_in
from arb_pipeline.sources.parsing.published import published_at

SOURCE = "cardkingdom"
TERMS = ("price_retail", "qty_retail", "price_buy", "qty_buying")
_NUMBER = re.compile(r"\d+(\.\d+)?")
CONDITIONS = "condition_values"


@dataclass(frozen=True, slots=True)
class PriceList:
    """One list."""

    created_at: datetime
    """UTC; the list names no zone."""
    records: Records


def price_list(body: bytes) -> PriceList:
    """A list of singles or sealed products; `condition_values` are fields like the others."""
    document = json_object(body, source=SOURCE)
    products = records_in(document, "data", source=SOURCE)
    meta = document.get("meta")
    if not products or not isinstance(meta, dict):
        msg = f"{SOURCE} answered a list of {len(products)} products with {meta!r} as its 'meta'"
        raise LayoutError(msg)
    created_at = published_at(meta.get("created_at"), source=SOURCE, field="meta.created_at")
    return PriceList(created_at, _flat(products))


def readable(records: Records) -> Records:
    """The same without non-numeric terms: a list that writes `1,99` has no price."""
    for record in records:
        spoilt = (name for name in TERMS if not _NUMBER.fullmatch(str(record.get(name))))
        yield record | dict.fromkeys(spoilt)


def _flat(products: list[Record]) -> Iterator[Record]:
    for product in products:
        conditions = product.get(CONDITIONS)
        if isinstance(conditions, dict):
            yield {key: value for key, value in product.items() if key != CONDITIONS} | conditions
        else:
            yield product
