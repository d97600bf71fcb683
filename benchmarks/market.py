"""Input of the benchmarks: a data folder read through the stages' own functions, without landing.

Each function does what one asset of `arb_pipeline/defs` does, less its metadata and its files in the lake.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import Printings, SealedProducts
from arb_pipeline.core.contents import catalog
from arb_pipeline.core.contents.game_contents import GameContents, Odds, game_contents, pack_pulls
from arb_pipeline.core.outcome.frames import Drawn
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.pricing.offers import sealed_offers
from arb_pipeline.core.pricing.rollup import daily_rollup
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.features.history import history_features
from arb_pipeline.games.magic import contents as mtg
from arb_pipeline.games.magic.printings import by_finish
from arb_pipeline.games.registry import REFERENCE
from arb_pipeline.simulator.build import build_market
from arb_pipeline.sources.cleaning import Cleaned, tcgplayer
from arb_pipeline.sources.cleaning.tcgplayer import PriceFile
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.params import parameters
from arb_pipeline.storage.tcgcsv_files import price_files

CATEGORY = "mtg"
MAGIC = {CATEGORY: 1}
REAL = Path(__file__).resolve().parents[1] / "../shared/data"
REAL_DAY = "2025-10-10"
SEED, SIMULATED_DAYS = 20260101, 40


@dataclass(frozen=True, slots=True)
class Market:
    """A folder, the day to value in it, and a scratch folder in which its sources look as if landed."""

    folder: DataFolder
    day: date
    scratch: Path
    is_real: bool

    @property
    def params(self) -> Parameters:
        """The shipped parameters of the day: a buyer's own file changes no benchmark."""
        return parameters(self.day)

    @property
    def window(self) -> list[date]:
        """The days of history that the folder has for the day, itself the last."""
        first = self.day - timedelta(days=self.params.prices.window_days)
        return [d for d in map(date.fromisoformat, self.folder.days()) if first <= d <= self.day]

    @property
    def said(self) -> str:
        """Description for the results."""
        kind = "real dumps" if self.is_real else f"simulated market (seed {SEED})"
        return f"{kind}, Magic, {self.day}, with {len(self.window)} days of prices"

    def package(self, source: str) -> Path:
        """A reference source's files as a landed package lays them out; links, no copy."""
        return _linked(self.scratch / source, self.folder.reference(source))

    def prices(self, day: date) -> Path:
        """A day's price files, likewise."""
        return _linked(self.scratch / "tcgcsv" / day.isoformat(), self.folder.prices(day.isoformat()))


def open_market(data: Path | None, day: str | None, scratch: Path) -> Market:
    """The folder named, else the real data beside the project, else a simulated market built in `scratch`."""
    root = data or (REAL if REAL.is_dir() else None)
    if root is None:
        root = scratch / "simulated"
        build_market(root, seed=SEED, days=SIMULATED_DAYS)
    folder = DataFolder(root.resolve(), REFERENCE)
    days = folder.days()
    chosen = day or (REAL_DAY if REAL_DAY in days else days[-1] if days else REAL_DAY)
    if chosen not in days:
        raise SystemExit(folder.missing("tcgcsv", chosen))
    is_simulated = (root / "planted.json").exists()
    return Market(folder, date.fromisoformat(chosen), scratch, is_real=not is_simulated)


def _linked(package: Path, files: dict[str, Path]) -> Path:
    for name, path in files.items():
        link = package / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.symlink_to(path)
    return package


def read_prices(package: Path, day: date) -> list[PriceFile]:
    """Extracts and parses a day's archive, or parses its unpacked tree."""
    return list(price_files(package, day=day.isoformat(), categories=MAGIC))


def clean(files: Sequence[PriceFile], day: date) -> Cleaned:
    """Observations and refusals of a day."""
    return tcgplayer.clean(files, day=day)


def rollup(cleaned: Cleaned, params: Parameters) -> pl.DataFrame:
    """One reference price per product and printing."""
    return daily_rollup(cleaned.observations, asks_quality=params.prices.asks_quality)


def rollup_files(market: Market) -> list[Path]:
    """The rollup of every day of the window, written to a lake in the scratch folder."""
    lake = Lake(market.scratch / "lake")
    for day in market.window:
        if not lake.path("prices/daily", category=CATEGORY, day=day).exists():
            frame = rollup(clean(read_prices(market.prices(day), day), day), market.params)
            lake.write(frame, "prices/daily", category=CATEGORY, day=day)
    return [Path(str(path)) for path in lake.paths("prices/daily", CATEGORY, market.window)]


def sealed_products(package: Path) -> pl.DataFrame:
    """The catalogue of sealed products."""
    listed, _ = mtg.listed_products(package)
    return conform(catalog.sealed_products(listed), SealedProducts)


def printings(package: Path) -> pl.DataFrame:
    """The catalogue of printings."""
    return conform(catalog.printings(by_finish(mtg.id_map(package)), category=CATEGORY), Printings)


def booster_odds(package: Path) -> Odds:
    """Expected copies of every card in every pack."""
    return pack_pulls(mtg.boosters(package))


def contents(
    content: Path, decks: Path, sealed: pl.DataFrame, packs: Odds, known: pl.DataFrame
) -> GameContents:
    """The sealed graph read and followed to its cards."""
    records, _ = mtg.contents(content)
    lists, _ = mtg.decks(decks)
    return game_contents(sealed, records, lists, packs.pulls, packs.refused, known, category=CATEGORY)


def features(files: Sequence[Path], day: date, params: Parameters) -> pl.DataFrame:
    """Features of the history."""
    return history_features(
        files, category=CATEGORY, as_of=day, prices=params.prices, outliers=params.outliers
    )


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of valuation: contents resolved, cards netted."""

    sealed: pl.DataFrame
    completeness: pl.DataFrame
    lines: pl.DataFrame
    nets: pl.DataFrame
    features: pl.DataFrame
    params: Parameters
    as_of: date
    offers: pl.DataFrame
    drawn: Drawn | None = None

    def value(self) -> pl.DataFrame:
        """The valuation of the pipeline, less the outcome distributions: `outcomes` measures them."""
        frames = (self.sealed, self.completeness, self.lines, self.nets, self.features)
        return value_sealed(*frames, offers=self.offers, params=self.params, as_of=self.as_of)


def inputs(market: Market) -> Inputs:
    """All stages before valuation, one after the other."""
    content = market.package("mtg_sealed_content")
    sealed = sealed_products(content)
    packs = booster_odds(market.package("mtg_boosters"))
    known = printings(market.package("mtg_id_map"))
    held = contents(content, market.package("mtg_decks"), sealed, packs, known)
    priced = features(rollup_files(market), market.day, market.params)
    nets = card_nets(held.singles, priced, market.params)
    offers = sealed_offers(sealed, priced, params=market.params, as_of=market.day)
    drawn = Drawn(packs.sheets, held.draws)
    frames = (sealed, held.completeness, held.lines, nets, priced)
    return Inputs(*frames, market.params, market.day, offers, drawn)
