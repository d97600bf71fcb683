"""The real market of 2025-10-10: as our code values it, and as plain loops over the raw files read it."""

import csv
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl
import py7zr
import pytest
import yaml
from py7zr.io import BytesIOFactory

from arb_pipeline.core.contents import catalog
from arb_pipeline.core.contents.game_contents import game_contents, pack_pulls
from arb_pipeline.core.contents.sealed_graph import Key
from arb_pipeline.core.outcome.frames import Drawn
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.pricing.rollup import daily_rollup
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.features.history import history_features
from arb_pipeline.games.magic import contents as mtg
from arb_pipeline.games.magic.printings import by_finish
from arb_pipeline.games.registry import REFERENCE
from arb_pipeline.sources.cleaning import tcgplayer
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.params import parameters
from arb_pipeline.storage.tcgcsv_files import price_files

DAY = date(2025, 10, 10)


@pytest.fixture(scope="session")
def data(real: Path) -> Path:
    """The folder of real data."""
    return real


class Plain:
    """The raw files, read by loops: nothing of arb_pipeline is used here. Money in exact fractions of a cent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def prices(self) -> dict[tuple[str, str], int]:
        """(TCGplayer id, subtype) -> cents: the market price, else the lower of low and mid."""
        factory = BytesIOFactory(10**9)
        with py7zr.SevenZipFile(self.folder / f"tcgcsv/archive/prices-{DAY}.ppmd.7z") as archive:
            magic = [name for name in archive.getnames() if name.startswith(f"{DAY}/1/")]
            archive.reset()
            archive.extract(targets=magic, factory=factory)
        result = {}
        for body in factory.products.values():
            body.seek(0)
            # Decimal: $1.005 is 100.5 cents, not a binary number near it.
            for record in json.loads(body.read(), parse_float=Decimal)["results"]:
                asks = [record[field] for field in ("lowPrice", "midPrice") if record[field] is not None]
                price = (
                    record["marketPrice"] if record["marketPrice"] is not None else min(asks, default=None)
                )
                if price is not None:
                    result[str(record["productId"]), record["subTypeName"]] = int(
                        price * 100 + Decimal("0.5")
                    )
        return result

    @cached_property
    def cards(self) -> dict[tuple[str, str], dict[str, str]]:
        """(set, number) -> row of the id map."""
        with (self.folder / "mtg/id_map/mtg_id_map.csv").open(encoding="utf-8", newline="") as file:
            return {(row["set"].lower(), row["number"]): row for row in csv.DictReader(file)}

    @cached_property
    def decks(self) -> dict[tuple[str, str], dict[str, Any]]:
        """(set, name) -> record of a deck file."""
        result = {}
        for path in sorted((self.folder / "mtg/precon_decks").glob("*.json")):
            for record in json.loads(path.read_text("utf-8")):
                result[record["set_code"].lower(), record["name"]] = record
        return result

    def contents(self, set_code: str, name: str) -> dict[str, Any]:
        """A product's record in the contents files."""
        path = self.folder / f"mtg/sealed_content/data/contents/{set_code.upper()}.yaml"
        record: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["products"][name]
        return record

    def card(self, set_code: str, number: str, finish: str, sheet: str = "") -> Fraction:
        """Price of a card, in cents; 0 where it has none."""
        row = self.cards.get((set_code.lower(), number))
        if row is None and number[-1].isalpha():  # a face, as in mid:123a
            row = self.cards.get((set_code.lower(), number[:-1]))
        if row is None:
            return Fraction(0)
        finishes = row["finishes"].split("|")
        # Booster files say :foil for etched foils too; they have a marketplace id of their own.
        is_etched = finish == "etched" or (
            finish == "foil" and "etched" in finishes and ("etched" in sheet or "foil" not in finishes)
        )
        if is_etched:
            return Fraction(
                self.prices.get((row["tcgplayerEtchedProductId"] or row["tcgplayerProductId"], "Foil"), 0)
            )
        is_foil = finish == "foil" or finishes == ["foil"]
        return Fraction(self.prices.get((row["tcgplayerProductId"], "Foil" if is_foil else "Normal"), 0))

    @cache  # noqa: B019 - one market per session
    def pack(self, code: str) -> Fraction:
        """Expected value of a pack: configurations by weight x cards taken x card weight / sheet weight."""
        booster = json.loads((self.folder / f"mtg/boosters/booster/{code}.json").read_text("utf-8"))
        all_packs = sum(configuration["weight"] for configuration in booster["boosters"])
        value = Fraction(0)
        for configuration in booster["boosters"]:
            for name, taken in configuration["sheets"].items():
                sheet = booster["sheets"][name]
                on_sheet = Fraction(0)
                for key, weight in sheet["cards"].items():
                    set_code, number, finish = (key + ":").split(":")[:3]
                    on_sheet += weight * self.card(set_code, number, finish, name)
                # A fixed sheet comes whole: its weights are counts.
                drawn = 1 if sheet.get("fixed") else Fraction(taken, sheet["total_weight"])
                value += Fraction(configuration["weight"], all_packs) * drawn * on_sheet
        return value

    def deck(self, set_code: str, name: str) -> Fraction:
        """Value of a deck: all its boards are in the box."""
        record = self.decks[set_code, name]
        boards = [record["cards"], record.get("commander") or [], record.get("sideboard") or []]
        return sum(
            (
                count * self.card(code, str(number), "foil" if foil else "")
                for board in boards
                for code, number, foil, count in board
            ),
            Fraction(0),
        )


@pytest.fixture(scope="session")
def plain(data: Path) -> Plain:
    """The raw files of the day."""
    return Plain(data)


@dataclass
class Ours:
    """The same day through arb_pipeline, wired as its assets are."""

    printings: pl.DataFrame
    pulls: pl.DataFrame
    sheets: pl.DataFrame
    refused: dict[str, str]
    features: pl.DataFrame
    valuations: pl.DataFrame
    lines: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Lines of all products, with their nets."""
    draws: pl.DataFrame = field(default_factory=pl.DataFrame)

    def of(self, set_code: str, name: str) -> dict[str, Any]:
        """The valuation of one product."""
        return self.valuations.row(
            by_predicate=(pl.col("set_code") == set_code) & (pl.col("name") == name), named=True
        )

    def value(self, records: dict[Key, Any]) -> pl.DataFrame:
        """Valuations of products of these contents."""
        listed = pl.DataFrame(
            [("mtg", set_code, name) for set_code, name in records],
            schema=["category", "set_code", "name"],
            orient="row",
        )
        texts = {
            name: pl.lit(None, dtype) for name, dtype in mtg.LISTED.items() if name not in listed.columns
        }
        sealed = catalog.sealed_products(listed.with_columns(**texts))
        valuations, *_ = _valued(self, sealed, records, {})
        return valuations


def _valued(
    ours: Ours, sealed: pl.DataFrame, records: dict[Key, Any], decks: Any
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """(valuations, lines with their nets, draws) of products of these contents."""
    params = parameters(DAY)
    contents = game_contents(sealed, records, decks, ours.pulls, ours.refused, ours.printings, category="mtg")
    nets = card_nets(contents.singles, ours.features, params)
    valued = value_sealed(
        sealed,
        contents.completeness,
        contents.lines,
        nets,
        ours.features,
        drawn=Drawn(ours.sheets, contents.draws),
        params=params,
        as_of=DAY,
    )
    lines = contents.lines.join(nets.select("card_id", "net_cents"), on="card_id", how="left")
    named = valued.join(sealed.select("product_id", "set_code", "name"), on="product_id")
    return named, lines, contents.draws


@pytest.fixture(scope="session")
def ours(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Ours:
    """One day of real prices, valued."""
    home = tmp_path_factory.mktemp("real")
    folder, landing = DataFolder(data, REFERENCE), Landing(home / "landing")
    sources = ("mtg_sealed_content", "mtg_boosters", "mtg_id_map", "mtg_decks")
    package = {name: landing.land(name, folder.reference(name), origin=str(data)).files for name in sources}
    day = DAY.isoformat()
    landed = landing.land("tcgcsv", folder.prices(day), part=day, origin=str(data)).files
    cleaned = tcgplayer.clean(price_files(landed, day=day, categories={"mtg": 1}), day=DAY)
    assert cleaned.balances
    params = parameters(DAY)
    rollup = home / f"day={day}" / "part.parquet"
    rollup.parent.mkdir()
    daily_rollup(cleaned.observations, asks_quality=params.prices.asks_quality).write_parquet(rollup)
    packs = pack_pulls(mtg.boosters(package["mtg_boosters"]))
    market = Ours(
        printings=catalog.printings(by_finish(mtg.id_map(package["mtg_id_map"])), category="mtg"),
        pulls=packs.pulls,
        sheets=packs.sheets,
        refused=packs.refused,
        features=history_features(
            [rollup], category="mtg", as_of=DAY, prices=params.prices, outliers=params.outliers
        ),
        valuations=pl.DataFrame(),
    )
    sealed = catalog.sealed_products(mtg.listed_products(package["mtg_sealed_content"])[0])
    records, decks = mtg.contents(package["mtg_sealed_content"])[0], mtg.decks(package["mtg_decks"])[0]
    market.valuations, market.lines, market.draws = _valued(market, sealed, records, decks)
    return market
