"""Benchmarks of the computing stages, each against an alternative."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import orjson
import polars as pl
import py7zr

from arb_pipeline.core.contents.game_contents import GameContents
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.pricing.offers import sealed_offers
from arb_pipeline.core.valuation.top_cards import breakdown
from arb_pipeline.sources.cleaning import Cleaned
from arb_pipeline.sources.cleaning.tcgplayer import PriceFile
from arb_pipeline.storage.tcgcsv_files import ARCHIVE, price_files
from benchmarks import market, plain, timing
from benchmarks.market import Market

REPEATS = 3
HEADER = ("stage", "rows", "best, s", "median, s", "rows/s", "compared with", "best, s", "ratio")


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames of the stages, for the loads."""

    sealed: pl.DataFrame
    printings: pl.DataFrame
    contents: GameContents
    cleaned: Cleaned
    valued: pl.DataFrame
    top_cards: pl.DataFrame

    @property
    def sizes(self) -> str:
        """Row counts."""
        lines = f"{self.sealed.height:,} sealed products, {self.contents.lines.height:,} lines"
        return (
            f"{lines}, {self.printings.height:,} printings, {self.cleaned.observations.height:,} prices a day"
        )


@dataclass(slots=True)
class Board:
    """Measures stages and keeps a line of each."""

    lines: list[list[str]]

    def measure(
        self,
        stage: str,
        work: Callable[[], Any],
        count: Callable[[Any], int],
        other: tuple[str, Callable[[], Any]] | None = None,
    ) -> Any:
        """Runs a stage in turns with its alternative; its result. `count`: rows, from the result."""
        works = {"stage": work} | ({"other": other[1]} if other else {})
        done = timing.side_by_side(works, repeats=REPEATS)
        result, times = done["stage"]
        rows = count(result)
        line = [stage, f"{rows:,}", f"{times.best:.2f}", f"{times.median:.2f}", f"{rows / times.best:,.0f}"]
        if other:
            best = done["other"][1].best
            line += [other[0], f"{best:.2f}", f"{times.best / best:.2f}"]
        self.lines.append(line + [""] * (len(HEADER) - len(line)))
        return result


def measure(at: Market) -> tuple[Frames, list[list[str]]]:
    """All computing stages in order of data; their lines for the table."""
    board = Board([])
    cleaned = _prices(at, board)
    sealed, printings, held = _contents(at, board)
    valued, cards = _valuation(at, board, sealed, held)
    return Frames(sealed, printings, held, cleaned, valued, cards), board.lines


def _prices(at: Market, board: Board) -> Cleaned:
    day, package = at.day, at.prices(at.day)
    has_archive = (package / ARCHIVE.format(day=day)).exists()
    plainly = ("py7zr extractall, orjson", lambda: _extracted(package, at)) if has_archive else None
    files = board.measure(
        "extract and parse, Magic", lambda: market.read_prices(package, day), _records, plainly
    )
    everything = lambda: list(price_files(package, day=day.isoformat()))  # noqa: E731
    board.measure("extract and parse, all three games", everything, _records)
    records = [record for file in files for record in _results(file)]
    untested = ("records to a frame, no rule", lambda: pl.DataFrame(records, schema=RAW))
    cleaned = board.measure("clean", lambda: market.clean(files, day), lambda made: made.raw, untested)
    board.measure("rollup", lambda: market.rollup(cleaned, at.params), _height)
    return cleaned


RAW = {"productId": pl.Int64, "subTypeName": pl.String} | dict.fromkeys(
    ("lowPrice", "midPrice", "marketPrice"), pl.Float64
)


def _contents(at: Market, board: Board) -> tuple[pl.DataFrame, pl.DataFrame, GameContents]:
    content, decks = at.package("mtg_sealed_content"), at.package("mtg_decks")
    id_map, boosters = at.package("mtg_id_map"), at.package("mtg_boosters")
    sealed = board.measure("sealed products", lambda: market.sealed_products(content), _height)
    printings = board.measure("printings", lambda: market.printings(id_map), _height)
    packs = board.measure("booster odds", lambda: market.booster_odds(boosters), lambda p: p.pulls.height)
    resolve = lambda: market.contents(content, decks, sealed, packs, printings)  # noqa: E731
    return sealed, printings, board.measure("contents", resolve, lambda made: made.lines.height)


def _valuation(
    at: Market, board: Board, sealed: pl.DataFrame, held: GameContents
) -> tuple[pl.DataFrame, pl.DataFrame]:
    files, day, params = market.rollup_files(at), at.day, at.params
    read = pl.scan_parquet(files, hive_partitioning=False).select(pl.len()).collect().item()
    scan = ("DuckDB scan of the same columns", lambda: scanned(files))
    stage = f"features, {len(files)} days of rollup"
    features = board.measure(stage, lambda: market.features(files, day, params), lambda _: read, scan)
    nets = board.measure("card nets", lambda: card_nets(held.singles, features, params), _height)
    offered = lambda: sealed_offers(sealed, features, params=params, as_of=day)  # noqa: E731
    offers = board.measure("offers", offered, _height)
    given = market.Inputs(sealed, held.completeness, held.lines, nets, features, params, day, offers)
    objects = plain.objects(given)
    loop = ("plain-Python loop", lambda: plain.value(objects, given, plain.by_line))
    valued = board.measure("valuation", given.value, lambda _: held.lines.height, loop)
    carry = lambda: breakdown(held.lines, nets, valued)  # noqa: E731
    return valued, board.measure("top cards", carry, lambda _: held.lines.height)


def _extracted(package: Path, at: Market) -> list[Any]:
    """The archive as one unpacks it by hand: everything to a folder, then Magic's files parsed."""
    archive = package / ARCHIVE.format(day=at.day)
    with TemporaryDirectory(dir=at.scratch) as folder, py7zr.SevenZipFile(archive) as opened:
        opened.extractall(folder)
        number = market.MAGIC[market.CATEGORY]
        return [orjson.loads(path.read_bytes()) for path in Path(folder).glob(f"*/{number}/*/prices")]


ROLLUP = (
    *("source", "source_product_id", "printing", "day", "reference_cents", "quality"),
    *("market_cents", "low_cents", "seller_count"),
)


def scanned(files: list[Path], columns: Sequence[str] = ROLLUP) -> Any:
    """Time to read every column; by default those of the rollup that features read."""
    largest = ", ".join(f"max({column})" for column in columns)
    query = f"SELECT {largest} FROM read_parquet(?, hive_partitioning = false)"
    with duckdb.connect() as connection:
        return connection.execute(query, [[str(path) for path in files]]).fetchone()


def _records(files: list[PriceFile]) -> int:
    return sum(len(_results(file)) for file in files)


def _results(file: PriceFile) -> list[Any]:
    return file.payload["results"] if file.problem is None else []


def _height(frame: pl.DataFrame) -> int:
    return frame.height
