"""Contents of price packages, counted record by record in plain Python: the model of the load machine."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from arb_pipeline.storage.landing import Package

FIRST = date(2025, 9, 29)
DAYS = 4
"""The last two are in October: rows of two partitions."""
SOURCE_IDS = range(1, 11)
"""At the source. 9 and 10 are products 1 and 2 under a second id; 8 is not in the catalogue."""
PRODUCTS = {n: uuid.UUID(int=n - 8 if n > 8 else n) for n in SOURCE_IDS if n != 8}
PRINTINGS = {"Normal": "normal", "Foil": "foil"}
KINDS = {"market": "marketPrice", "low": "lowPrice", "mid": "midPrice"}

dollars = st.sampled_from([None, 1.25, 2.5, 10.0])
priced = st.fixed_dictionaries(
    {
        "productId": st.sampled_from(SOURCE_IDS),
        "subTypeName": st.sampled_from(list(PRINTINGS)),
        "marketPrice": dollars,
        "lowPrice": dollars,
        "midPrice": dollars,
    }
)
spoiled = priced.map(lambda record: record | {"lowPrice": -1.0}) | priced.map(
    lambda record: record | {"productId": "seven"}
)
Record = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A landed package, and what it holds by the model's own count."""

    package: Package
    day: date
    fetched_at: datetime
    counts: tuple[int, int, int, int]
    """Raw, accepted, duplicate, quarantined."""
    rows: dict[tuple[Any, ...], Decimal]


def counted(records: list[Record]) -> tuple[tuple[int, int, int, int], list[Record]]:
    """Raw, accepted, duplicate and quarantined records, and those accepted: each key's once."""
    sound: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for record in records:
        prices = tuple(record[field] for field in KINDS.values())
        if (
            record["productId"] != "seven"
            and record["lowPrice"] != -1.0
            and any(p is not None for p in prices)
        ):
            sound.setdefault((record["productId"], record["subTypeName"]), []).append(prices)
    agreed = {key: message for key, message in sound.items() if len(set(message)) == 1}
    copies = sum(len(message) - 1 for message in agreed.values())
    kept = [
        {"productId": n, "subTypeName": printing} | dict(zip(KINDS.values(), message[0], strict=True))
        for (n, printing), message in agreed.items()
    ]
    return (len(records), len(kept), copies, len(records) - len(kept) - copies), kept


def rows_of(kept: list[Record], day: date) -> dict[tuple[Any, ...], Decimal]:
    """Rows of price_history: market and low, mid without market; of two ids of a product the lower price."""
    rows: dict[tuple[Any, ...], Decimal] = {}
    for record in kept:
        for kind, field in KINDS.items():
            product, price = PRODUCTS.get(record["productId"]), record[field]
            if product is None or price is None or (kind == "mid" and record["marketPrice"] is not None):
                continue
            key = (product, kind, PRINTINGS[record["subTypeName"]], day)
            rows[key] = min(rows.get(key, Decimal("Infinity")), Decimal(str(price)).quantize(Decimal("0.01")))
    return rows
