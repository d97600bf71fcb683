"""One simulated market for all tests, and a plain reader of its files, sharing no code with its builder."""

import csv
import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import py7zr
import pytest
import yaml

from arb_pipeline.simulator.build import build_market
from arb_pipeline.simulator.ground_truth import Planted

Key = tuple[int, str]
Row = dict[str, Any]


def usual_net(price: float) -> float:
    """valuation.md 3: 10.75 % + 2.5 %, $0.30 and postage shared by three cards, bulk worth nothing."""
    postage = 5.50 if price > 20 / 3 else 0.82
    return 0.0 if price < 0.50 else price * (1 - 0.1325) - (0.30 + postage) / 3


def pessimistic_net(price: float) -> float:
    """15 % and $2 a card over $6.67; a card under $1 is worth nothing."""
    return 0.0 if price < 1 else price * 0.85 - (2 if price > 20 / 3 else 0)


def landed(low: float) -> float:
    """Low price and the postage of its band."""
    return low + (0.82 if low <= 20 else 5.50)


@dataclass
class Contents:
    """Expected copies by price row, and the parts that nothing describes."""

    copies: dict[Key, float] = field(default_factory=lambda: defaultdict(float))
    unknown: list[str] = field(default_factory=list)

    def add(self, other: "Contents", times: float = 1.0) -> None:
        """Put another product's contents inside."""
        for key, copies in other.copies.items():
            self.copies[key] += copies * times
        self.unknown += other.unknown


@dataclass
class Market:
    """The files of a market, read as a stranger would."""

    folder: Path
    planted: Planted
    landed = staticmethod(landed)
    pessimistic_net = staticmethod(pessimistic_net)

    def __post_init__(self) -> None:
        self.days: list[date] = []
        self.prices: dict[Key, dict[date, Row]] = defaultdict(dict)
        for path in sorted((self.folder / "tcgcsv/archive").glob("*.7z")):
            self._read_archive(path)
        data = self.folder / "mtg/sealed_content/data"
        self.contents = {name: body for _, name, body in self._yaml(data / "contents")}
        self.products = {name: body for _, name, body in self._yaml(data / "products")}
        self.set_of = {name: code for code, name, _ in self._yaml(data / "contents")}
        with (self.folder / "mtg/id_map/mtg_id_map.csv").open(encoding="utf-8", newline="") as file:
            self.cards = {(row["set"], row["number"]): row for row in csv.DictReader(file)}
        decks = [
            deck
            for path in sorted((self.folder / "mtg/precon_decks").glob("*.json"))
            for deck in json.loads(path.read_text(encoding="utf-8"))
        ]
        self.decks = {(deck["set_code"], deck["name"]): deck for deck in decks}

    def _read_archive(self, path: Path) -> None:
        factory = py7zr.io.BytesIOFactory(10**8)
        with py7zr.SevenZipFile(path) as archive:
            archive.extractall(factory=factory)
        for member, body in factory.products.items():
            day = date.fromisoformat(member.split("/")[0])
            if day not in self.days:
                self.days.append(day)
            for row in json.loads(body.read())["results"]:
                self.prices[row["productId"], row["subTypeName"]][day] = row

    @staticmethod
    def _yaml(folder: Path) -> list[tuple[str, str, Any]]:
        files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))]
        return [(file["code"], name, body) for file in files for name, body in file["products"].items()]

    def open(self, name: str) -> Contents:
        """Everything in a Magic product."""
        return self._parts(self.contents[name])

    def _parts(self, parts: Any) -> Contents:
        result = Contents()
        if not parts:
            return result
        if "copy" in parts:
            return self.open(parts["copy"])
        for card in parts.get("card", []):
            result.copies[self.key(card["set"], str(card["number"]), "foil" if card.get("foil") else "")] += 1
        for deck in parts.get("deck", []):
            listed = self.decks.get((deck["set"], deck["name"]))
            if listed is None:
                result.unknown.append(deck["name"])
                continue
            for code, number, foil, count in listed["cards"] + listed.get("commander", []):
                result.copies[self.key(code, number, "foil" if foil else "")] += count
        for inner in parts.get("sealed", []):
            result.add(self.open(inner["name"]), inner["count"])
        for pack in parts.get("pack", []):
            result.add(self._pack(pack["set"], pack["code"]))
        options = parts.get("variable", [])
        for option in options:
            whole = sum(option.get("chance", 1) for option in options)
            result.add(self._parts(option), option.get("chance", 1) / whole)
        return result

    def _pack(self, code: str, pack: str) -> Contents:
        result = Contents()
        folder = self.folder / "mtg/boosters/booster"
        names = [f"{code}-draft", code] if pack == "default" else [f"{code}-{pack}"]
        path = next((folder / f"{name}.json" for name in names if (folder / f"{name}.json").exists()), None)
        if path is None:
            result.unknown.append(f"{code}-{pack}")
            return result
        booster = json.loads(path.read_text(encoding="utf-8"))
        whole = sum(config["weight"] for config in booster["boosters"])
        for config in booster["boosters"]:
            for name, taken in config["sheets"].items():
                sheet = booster["sheets"][name]
                assert sum(sheet["cards"].values()) == sheet["total_weight"], (path.name, name)
                for card, weight in sheet["cards"].items():
                    expected = weight if sheet.get("fixed") else taken * weight / sheet["total_weight"]
                    set_code, number, finish = (card + ":").split(":")[:3]
                    result.copies[self.key(set_code, number, finish)] += expected * config["weight"] / whole
        return result

    def key(self, code: str, number: str, finish: str) -> Key:
        """The price row of a card of the id map."""
        row = self.cards.get((code, number)) or self.cards[code, number.rstrip("a")]
        finishes = row["finishes"].split("|")
        if finish == "etched" or (finish == "foil" and "foil" not in finishes):
            return int(row["tcgplayerEtchedProductId"] or row["tcgplayerProductId"]), "Foil"
        return int(row["tcgplayerProductId"]), "Foil" if finish == "foil" or finishes == [
            "foil"
        ] else "Normal"

    def latest(self, key: Key, day: date, max_age_days: int = 3) -> Row | None:
        """The newest row of a price that is not older than so many days."""
        for age in range(max_age_days + 1):
            if row := self.prices[key].get(day - timedelta(days=age)):
                return row
        return None

    def price(self, key: Key, day: date, max_age_days: int = 3) -> float:
        """Market price, else the lowest ask, else nothing."""
        row = self.latest(key, day, max_age_days)
        if row is None:
            return 0.0
        return float(row["marketPrice"] or min(row["lowPrice"], row["midPrice"]))

    def gross(self, name: str, day: date, max_age_days: int = 3) -> float:
        """Value of the contents at full prices."""
        return sum(n * self.price(key, day, max_age_days) for key, n in self.open(name).copies.items())

    def net(self, name: str, day: date, model: Any = usual_net) -> float:
        """Value of the contents after fees."""
        return math.fsum(n * model(self.price(key, day)) for key, n in self.open(name).copies.items())

    def lowest_visible(self, product_id: int, day: date) -> float:
        """Price of a naive detector: the last low price on record."""
        row = self.latest((product_id, "Normal"), day, 40)
        assert row is not None
        return float(row["lowPrice"])

    def margin(self, name: str, product_id: int, day: date, model: Any = usual_net) -> tuple[float, float]:
        """Profit in dollars and as a share of the landed low price."""
        row = self.latest((product_id, "Normal"), day)
        assert row is not None
        cost = landed(row["lowPrice"])
        profit = self.net(name, day, model) - cost
        return profit, profit / cost


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """A market of the default seed."""
    folder = tmp_path_factory.mktemp("market")
    return Market(folder, build_market(folder))
