"""The stages that write to PostgreSQL: first with new rows, then with the same again, and a bare COPY."""

from collections.abc import Callable
from typing import Any

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.columns import SEALED_VALUATIONS
from arb_pipeline.core.contents import catalog
from arb_pipeline.sources.cleaning import Cleaned, tcgplayer
from arb_pipeline.storage.postgres import analysis, prices, tables
from arb_pipeline.storage.postgres.reference import save_product_singles, save_products
from benchmarks import timing
from benchmarks.computing import REPEATS, Frames
from benchmarks.database import bare_copy, indexed_copy
from benchmarks.market import CATEGORY, Market

Alternative = tuple[str, Callable[[sa.Engine, sa.Table, pl.DataFrame], int]]
"""A COPY's name, and the COPY."""
HEADER = (
    "stage", "rows", "first, s", "rows/s", "again, s", "rows written", "compared with", "best, s", "ratio",
)  # fmt: skip


def measure(at: Market, frames: Frames, engine: sa.Engine) -> list[list[str]]:
    """All writing stages in order of data; their lines for the table."""
    sealed, lines, publish = frames.sealed, frames.contents.lines, at.params.publish
    rows = catalog.product_rows(sealed, frames.printings, frames.contents.singles)
    ids = ["product_id", "tcg_product_id"]
    known = pl.concat([sealed.select(ids), frames.printings.select(ids)])
    known = known.drop_nulls().unique("tcg_product_id", keep="first", maintain_order=True)
    load = _load(at, frames.cleaned)
    observed = frames.cleaned.observations

    def analysed(connection: sa.Connection) -> int:
        return analysis.publish_analysis(
            connection, frames.valued, frames.top_cards, as_of=at.day, categories=[CATEGORY], publish=publish
        ).rows

    return [
        _line(engine, "products", tables.products, rows, lambda c: save_products(c, rows).total),
        _line(
            engine,
            "product_singles",
            tables.product_singles,
            lines.drop("card_id"),
            lambda c: save_product_singles(c, lines, category=CATEGORY).total,
            alternative=("COPY, same indices and keys", indexed_copy),
        ),
        _line(
            engine,
            "price_history, one day",
            tables.price_history,
            prices._rows(observed, known),  # noqa: SLF001 - the COPY takes the same rows
            lambda c: sum(prices.save_prices(c, [load], observed, known).values()),
        ),
        _line(
            engine,
            "publish",
            tables.sealed_valuations,
            analysis.as_rows(frames.valued, SEALED_VALUATIONS),
            analysed,
        ),
    ]


def _line(
    engine: sa.Engine,
    stage: str,
    table: sa.Table,
    rows: pl.DataFrame,
    save: Callable[[sa.Connection], int],
    alternative: Alternative = ("bare COPY", bare_copy),
) -> list[str]:
    """Both loads, each with its commit, and the COPY of the same rows, ready made."""
    name, copied = alternative

    def saved() -> int:
        with engine.begin() as connection:
            return save(connection)

    new, first = timing.timed(saved, repeats=1)
    unchanged, again = timing.timed(saved, repeats=1)
    _, bare = timing.timed(lambda: copied(engine, table, rows), repeats=REPEATS)
    written = [f"{new:,}", f"{first.first:.2f}", f"{new / first.first:,.0f}", f"{again.first:.2f}"]
    other = [name, f"{bare.best:.2f}", f"{first.first / bare.best:.1f}"]
    return [stage, *written, f"{unchanged:,}", *other]


def _load(at: Market, cleaned: Cleaned) -> prices.Load:
    counts: dict[str, Any] = {
        "rows_raw": cleaned.raw,
        "rows_accepted": cleaned.observations.height,
        "rows_duplicate": cleaned.duplicates,
        "rows_quarantined": cleaned.refused_records,
    }
    return prices.Load(
        source=tcgplayer.SOURCE,
        category=CATEGORY,
        day=at.day,
        package_id="0" * 64,
        parser_version=tcgplayer.PARSER_VERSION,
        **counts,
    )
