"""View of the simulated market for other marketplaces: files, prices, a separate random generator."""

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arb_pipeline.simulator import nets
from arb_pipeline.simulator.cards import YUGIOH, ListingKey, Quote
from arb_pipeline.simulator.prices import NULL, PriceTable


@dataclass(frozen=True)
class Offered:
    """A traded sealed product, with its landed cost at TCGplayer by day."""

    product_id: int
    category_id: int
    group_id: int
    set_code: str
    name: str
    cents: NDArray[np.float64]


@dataclass
class Scene:
    """The market for other marketplaces: its folder, and its prices before the planted distortions."""

    folder: Path
    table: PriceTable
    listed: NDArray[np.bool_]
    """By day and row: False where the archive lacks it."""
    set_names: Mapping[str, str]
    end: date
    seed: int
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"elsewhere/{self.seed}")
        market = self.table.market
        moves = (market != NULL).all(axis=0) & (market.min(axis=0) < market.max(axis=0))
        self._traded = moves & self.listed[-1]

    @cached_property
    def days(self) -> list[date]:
        """Every day of the market, the oldest first."""
        return [self.end - timedelta(days=age) for age in reversed(range(len(self.listed)))]

    @cached_property
    def quotes(self) -> dict[ListingKey, Quote]:
        """Rows that are traded, also on the last day, at a moving price."""
        return {quote.key: quote for n, quote in enumerate(self.table.quotes) if self._traded[n]}

    def cents(self, key: ListingKey) -> NDArray[np.float64]:
        """A row's market price by day."""
        return self.table.market[:, self.table.column[key]].astype(np.float64)

    def rows(self, name: str) -> list[dict[str, str]]:
        """A CSV file of the market."""
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def documents(self, pattern: str) -> list[Any]:
        """JSON files of the market."""
        return [json.loads(path.read_text("utf-8")) for path in sorted(self.folder.glob(pattern))]

    @cached_property
    def sealed(self) -> list[Offered]:
        """All sealed products that are traded, of every game."""
        named = {
            int(row["tcgplayerProductId"]): (row["set"], row["name"])
            for row in self.rows("tcgcsv/sealed_products.csv")
        }
        for row in self.rows("pokemon/sealed_daily/sealed_products_tracking.csv"):
            named[int(row["productId"])] = ("", row["name"])
        for listing in self.documents(f"tcgcsv/products/{YUGIOH}/*/products"):
            named |= {
                row["productId"]: ("", row["name"]) for row in listing["results"] if not row["extendedData"]
            }
        return [
            Offered(
                quote.product_id, quote.category_id, quote.group_id, *named[quote.product_id], self.asks(key)
            )
            for key, quote in self.quotes.items()
            if quote.product_id in named
        ]

    def asks(self, key: ListingKey) -> NDArray[np.float64]:
        """Higher of market price and lowest ask, with postage, by day."""
        dearer = np.maximum(self.table.low[:, self.table.column[key]], self.cents(key))
        return dearer + nets.shipping(dearer)

    def table_of(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Write a CSV file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)

    def document(self, name: str, body: object) -> None:
        """Write a JSON file."""
        self.file(name, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    def file(self, name: str, body: bytes) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
