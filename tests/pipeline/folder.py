"""Writes a tiny data folder, laid out like the real dumps, small enough to work every number by hand.

One set `tst` of eleven cards, a booster file, two decks, and a dozen sealed products. What each is worth is
worked in `test_one_day.py`.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import py7zr
import yaml

PPMD = [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 20}]
DAY = date(2025, 6, 8)
"""The day that is analysed; the seven before it are its history."""
CARDS_GROUP, SEALED_GROUP = 900, 901

CARDS = {
    # number: (name, rarity, finishes, TCGplayer id)
    "1": ("Alpha Dragon", "mythic", "nonfoil|foil", 1001),
    "2": ("Beta Angel", "rare", "nonfoil|foil", 1002),
    "3": ("Gamma Golem", "rare", "nonfoil", 1003),
    "4": ("Delta Elf", "uncommon", "nonfoil|foil", 1004),
    "5": ("Epsilon Ogre", "common", "nonfoil", 1005),
    "6": ("Zeta Land", "common", "nonfoil", 1006),
    "7": ("Eta Relic", "rare", "nonfoil", 1007),
    "8": ("Theta Seer", "rare", "nonfoil", 1008),
    "9": ("Iota Ring", "rare", "nonfoil", 1009),
    "10": ("Kappa Sphinx", "mythic", "nonfoil", 1010),
}

BOX, PACK, DECK, MIXTURE, COLLECTION, SUSPECT, FORMULA, RING, GHOST, NO_OFFER, UNSOLD = range(2001, 2012)

SEALED: dict[int, tuple[str, Any]] = {
    # TCGplayer id: (name, contents)
    BOX: ("Test Booster Box", {"sealed": [{"count": 36, "name": "Test Booster Pack", "set": "tst"}]}),
    PACK: ("Test Booster Pack", {"pack": [{"set": "tst", "code": "play"}]}),
    DECK: ("Test Deck", {"deck": [{"set": "tst", "name": "Test Deck List"}], "other": [{"name": "A die"}]}),
    MIXTURE: (
        "Test Mixture",
        {
            "variable": [
                {
                    "card": [
                        {"name": "Alpha Dragon", "set": "tst", "number": 1},
                        {"name": "Gamma Golem", "set": "tst", "number": 3},
                    ],
                    "chance": 3,
                },
                {"card": [{"name": "Kappa Sphinx", "set": "tst", "number": 10}], "chance": 1},
            ],
            "variable_mode": {"count": 1, "weight": 4},
        },
    ),
    COLLECTION: ("Test Collection", {"deck": [{"set": "tst", "name": "Nine Angels and a Seer"}]}),
    SUSPECT: ("Test Suspect Deck", {"deck": [{"set": "tst", "name": "Test Deck List"}]}),
    FORMULA: ("=Test Formula()", {"card": [{"name": "Beta Angel", "set": "tst", "number": "2"}]}),
    RING: ("Test Ring", {"card": [{"name": "Iota Ring", "set": "tst", "number": "9"}]}),
    GHOST: (
        "Test Ghost Bundle",
        {
            "card": [{"name": "Alpha Dragon", "set": "tst", "number": 1, "foil": True}],
            "deck": [{"set": "tst", "name": "A Deck In No List"}],
        },
    ),
    NO_OFFER: ("Test Sold Out", {"card": [{"name": "Kappa Sphinx", "set": "tst", "number": "10"}]}),
    UNSOLD: ("Test Never Sold", {"card": [{"name": "Kappa Sphinx", "set": "tst", "number": "10"}]}),
}

DECKS = [
    {
        "name": "Test Deck List",
        "set_code": "tst",
        "release_date": "2024-01-01",
        "cards": [["tst", "2", 0, 2], ["tst", "3", 0, 1], ["tst", "5", 0, 20], ["tst", "7", 0, 1]],
        "commander": [["tst", "1", 0, 1]],
    },
    {
        "name": "Nine Angels and a Seer",
        "set_code": "tst",
        "release_date": "2024-01-01",
        "cards": [["tst", "2", 0, 9], ["tst", "8", 0, 1]],
    },
]

BOOSTER = {
    "name": "Test Play Booster",
    "code": "tst-play",
    "set_code": "tst",
    "set_name": "Test Set",
    "boosters": [
        {"sheets": {"common": 10, "rare": 1}, "weight": 3},
        {"sheets": {"common": 9, "rare": 1, "foil": 1}, "weight": 1},
    ],
    "sheets": {
        "common": {"total_weight": 100, "cards": {"tst:5": 60, "tst:6": 40}},
        "rare": {"total_weight": 8, "cards": {"tst:1": 1, "tst:2": 2, "tst:3": 2, "tst:7": 3}},
        "foil": {"total_weight": 10, "cards": {"tst:1:foil": 1, "tst:4:foil": 9}},
    },
}

Key = tuple[int, str]
Quote = tuple[Any, Any, Any]
"""(low, mid, market) in dollars, None for null."""

QUOTES: dict[Key, Quote] = {
    (1001, "Normal"): (28.00, 31.00, 30.00),
    (1001, "Foil"): (55.00, 62.00, 60.00),
    (1002, "Normal"): (9.00, 11.00, 10.00),
    (1002, "Foil"): (20.00, 22.00, 21.00),
    (1003, "Normal"): (3.50, 4.20, 4.00),
    (1004, "Normal"): (0.80, 1.10, 1.00),
    (1004, "Foil"): (1.90, 2.20, 2.00),
    (1005, "Normal"): (0.02, 0.12, 0.10),
    (1006, "Normal"): (0.05, 0.31, 0.30),
    (1007, "Normal"): (0.15, 0.25, 0.20),
    # 1008, Theta Seer, has no price at all.
    (1009, "Normal"): (8.00, 7.50, None),
    (1010, "Normal"): (95.00, 105.00, 100.00),
    (BOX, "Normal"): (250.00, 262.00, 258.00),
    (PACK, "Normal"): (8.00, 9.00, 8.50),
    (DECK, "Normal"): (25.00, 27.00, 26.00),
    (MIXTURE, "Normal"): (30.00, 33.00, 32.00),
    (COLLECTION, "Normal"): (50.00, 55.00, 52.00),
    (SUSPECT, "Normal"): (1.00, 27.00, 26.00),
    (FORMULA, "Normal"): (2.00, 2.50, 2.20),
    (RING, "Normal"): (0.10, 0.20, 0.12),
    (GHOST, "Normal"): (10.00, 12.00, 11.00),
    (NO_OFFER, "Normal"): (None, None, 40.00),
    (UNSOLD, "Normal"): (40.00, 45.00, None),
}

Overrides = Mapping[Key, Quote | None]
"""Quotes of a day that differ from `QUOTES`; None: no record at all."""


def name_of(product: int) -> str:
    """A sealed product's name."""
    return SEALED[product][0]


def records(overrides: Overrides = {}) -> dict[int, list[dict[str, Any]]]:  # noqa: B006 - never written to
    """Group -> price records of a day, as TCGCSV writes them."""
    quotes = {key: quote for key, quote in {**QUOTES, **overrides}.items() if quote is not None}
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for (product, printing), (low, mid, market) in quotes.items():
        groups[SEALED_GROUP if product >= BOX else CARDS_GROUP].append(
            record(product, low, mid, market, printing)
        )
    return dict(groups)


def record(product: Any, low: Any, mid: Any, market: Any, printing: Any = "Normal") -> dict[str, Any]:
    """One price record; the high price is parked, as it often is."""
    return {
        "productId": product,
        "lowPrice": low,
        "midPrice": mid,
        "highPrice": 9999.99,
        "marketPrice": market,
        "directLowPrice": None,
        "subTypeName": printing,
    }


def body(rows: Iterable[Any]) -> bytes:
    """The content of a price file."""
    return json.dumps({"success": True, "errors": [], "results": list(rows)}).encode()


@dataclass
class Folder:
    """A data folder; `Folder(path).write()` makes the reference files, `archive` and `tree` a day of prices."""

    root: Path
    sealed: dict[int, tuple[str, Any]] = field(default_factory=lambda: dict(SEALED))
    booster: Mapping[str, Any] = field(default_factory=lambda: BOOSTER)

    def write(self) -> "Folder":
        """Everything but prices."""
        content = self.root / "mtg/sealed_content/data"
        listed = {
            name: {
                "category": "DECK",
                "subtype": "DEFAULT",
                "identifiers": {"tcgplayerProductId": str(product)},
            }
            for product, (name, _) in self.sealed.items()
        }
        self.put(content / "products/TST.yaml", yaml.safe_dump({"code": "tst", "products": listed}))
        contents = dict(self.sealed.values())
        self.put(content / "contents/TST.yaml", yaml.safe_dump({"code": "tst", "products": contents}))
        self.put(self.root / "mtg/boosters/booster/tst-play.json", json.dumps(self.booster))
        self.put(self.root / "mtg/precon_decks/decks.json", json.dumps(DECKS))
        self._id_map()
        return self

    def archive(self, day: date, overrides: Overrides = {}) -> Path:  # noqa: B006 - never written to
        """A day of prices as the daily PPMd 7z."""
        path = self.root / f"tcgcsv/archive/prices-{day}.ppmd.7z"
        path.parent.mkdir(parents=True, exist_ok=True)
        with py7zr.SevenZipFile(path, "w", filters=PPMD) as archive:
            for group, rows in records(overrides).items():
                archive.writestr(body(rows), f"{day}/1/{group}/prices")
        return path

    def tree(self, day: date, groups: Mapping[int, bytes] | None = None, overrides: Overrides = {}) -> Path:  # noqa: B006
        """A day of prices unpacked; `groups` replaces whole price files."""
        whole = {group: body(rows) for group, rows in records(overrides).items()} | dict(groups or {})
        for group, content in whole.items():
            self.put(self.root / f"tcgcsv/raw/{day}/1/{group}/prices", content)
        return self.root / f"tcgcsv/raw/{day}"

    @staticmethod
    def put(path: Path, content: str | bytes) -> None:
        """Writes a file and the folders above it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def _id_map(self) -> None:
        columns = (
            "set",
            "number",
            "name",
            "rarity",
            "finishes",
            "tcgplayerProductId",
            "tcgplayerEtchedProductId",
        )
        path = self.root / "mtg/id_map/mtg_id_map.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            for number, (name, rarity, finishes, product) in CARDS.items():
                writer.writerow(("tst", number, name, rarity, finishes, product, ""))


def before(days: int, day: date = DAY) -> date:
    """So many days before."""
    return day - timedelta(days=days)
