"""Writes `price_history`, with its ledger row in the same transaction.

A first load is a plain COPY; only rows that may exist already are staged and merged: docs/adr/0009.
"""

from collections.abc import Mapping, Sequence

import polars as pl
import sqlalchemy as sa
from psycopg.errors import UniqueViolation

from arb_pipeline.contracts.errors import FailedError
from arb_pipeline.core.identity import row_ids
from arb_pipeline.core.money import to_decimal
from arb_pipeline.storage.postgres import ledger
from arb_pipeline.storage.postgres.copy_writer import copy, normalised
from arb_pipeline.storage.postgres.ledger import Load, SnapshotShrankError
from arb_pipeline.storage.postgres.merge import merge
from arb_pipeline.storage.postgres.partitions import ensure_months
from arb_pipeline.storage.postgres.tables import price_history

__all__ = ["KEYS", "Load", "LoadError", "SnapshotShrankError", "save_prices", "save_quotes"]

KEYS = ["product_id", "source", "price_type", "printing", "condition", "language", "recorded_at"]
OF_A_LOAD = ["source", "category", "day"]


class LoadError(FailedError, ValueError):
    """The observations cannot be loaded; the message names the mismatch."""


def save_prices(
    connection: sa.Connection,
    loads: Sequence[Load],
    observations: pl.DataFrame,
    products: pl.DataFrame,
    *,
    confirmed: bool = False,
) -> dict[str, int]:
    """Adds a package's observations of known products, with a ledger row per load; returns rows written.

    `loads`: one per category of one package. `products`: product_id, tcg_product_id. Observations of other
    products stay in the lake. `confirmed`: also with less than half the rows of the day before.
    Raises `SnapshotShrankError`, `RetiredMonthError`, `LoadError`.
    """
    parts = {load: _rows(part, products) for load, part in _by_load(loads, observations).items()}
    return {load.category: rows for load, rows in _saved(connection, parts, guarded=not confirmed).items()}


def save_quotes(
    connection: sa.Connection,
    load: Load,
    rows: pl.DataFrame,
    *,
    is_snapshot: bool = True,
    confirmed: bool = False,
) -> int:
    """Adds the rows of one package of quotes, from `core.quoted_prices`; returns rows written.

    `is_snapshot`: whether the package lists everything that the source has, not answers to single requests;
    only a snapshot is checked for having shrunk. Raises as `save_prices` does.
    """
    foreign = rows.filter(pl.col("source") != load.source).height
    if foreign:
        message = (
            f"{foreign} rows are not of {load.source}, whose package of {load.day} they are loaded with."
        )
        raise LoadError(message)
    priced = rows.with_columns(
        price=to_decimal(pl.col("price_cents")),
        shipping_cost=to_decimal(pl.col("shipping_cents")),
        currency=pl.lit("USD"),
    )
    keyed = _keyed(priced.drop("price_cents", "shipping_cents"))
    return _saved(connection, {load: keyed}, guarded=is_snapshot and not confirmed)[load]


def _saved(
    connection: sa.Connection, parts: Mapping[Load, pl.DataFrame], *, guarded: bool
) -> dict[Load, int]:
    """Writes the rows of each load, then the ledger; returns how many rows of each."""
    for source in sorted({load.source for load in parts}):
        ledger.lock(connection, source)
    # Before checking the retired months: none can be detached between the check and the COPY.
    connection.execute(sa.text("LOCK TABLE price_history IN ROW EXCLUSIVE MODE"))
    days = {day for rows in parts.values() for day in rows["recorded_at"].dt.date().unique()}
    ensure_months(connection, {*days, *(load.day for load in parts)})
    for load in parts:
        if guarded:
            ledger.refuse_shrunk(connection, load)
    written = {load: _save(connection, load, rows) for load, rows in parts.items()}
    ledger.enter(connection, written)
    return written


def _by_load(loads: Sequence[Load], observations: pl.DataFrame) -> dict[Load, pl.DataFrame]:
    """Observations of each load, in order of categories. An unassigned one is an error."""
    parts = {
        load: observations.filter(pl.col(name) == getattr(load, name) for name in OF_A_LOAD)
        for load in sorted(loads, key=lambda load: load.category)
    }
    homeless = observations.height - sum(part.height for part in parts.values())
    if homeless or len({load.category for load in loads}) < len(loads):
        named = "; ".join(f"{load.source} {load.category} {load.day}" for load in loads)
        message = f"{homeless} observations belong to no load, or a category has two. The loads: {named}."
        raise LoadError(message)
    return parts


def _save(connection: sa.Connection, load: Load, rows: pl.DataFrame) -> int:
    """Writes the rows of one load; returns their number.

    A day unknown to the ledger is copied. If a row exists already (another load reached into the day), the
    COPY fails, its savepoint is rolled back, and the rows are merged.
    """
    rows = rows.with_columns(fetched_at=pl.lit(load.fetched_at, pl.Datetime("us", "UTC")))
    if rows.height and ledger.is_first(connection, load):
        try:
            with connection.begin_nested():
                return _copied(connection, rows)
        except UniqueViolation:
            pass
    stale = ledger.earlier_parse(connection, load)
    return merge(
        connection, price_history, rows, keys=KEYS, keep=["id"], later="fetched_at", delete_missing=stale
    ).total


def _copied(connection: sa.Connection, rows: pl.DataFrame) -> int:
    arrived = copy(connection, price_history.name, normalised(rows))
    if arrived != rows.height:
        message = f"{arrived} of {rows.height} rows reached price_history. Roll back and load again."
        raise LoadError(message)
    return arrived


def _rows(observations: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Long rows: market and low, and mid where there is no market price."""
    known = observations.join(products, left_on="source_product_id", right_on="tcg_product_id")
    known = known.with_columns(mid_cents=pl.when(pl.col("market_cents").is_null()).then("mid_cents"))
    prices = pl.concat(
        known.filter(pl.col(f"{kind}_cents").is_not_null()).select(
            "product_id",
            "source",
            "printing",
            "condition",
            "language",
            "recorded_at",
            "seller_count",
            "available_quantity",
            price=to_decimal(pl.col(f"{kind}_cents")),
            price_type=pl.lit(kind),
            currency=pl.lit("USD"),
            is_foil=pl.col("printing").str.contains("foil"),
        )
        for kind in ("market", "low", "mid")
    )
    return _keyed(prices)


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """Each key once, with its id.

    In order of the key: a product's rows of a day are adjacent on disk, and indexes grow leaf by leaf, which
    saves 30 % of a COPY. Of a duplicate key (two source ids of one product) the lowest price is kept,
    independent of order.
    """
    ordered = rows.sort(*KEYS, "price", "seller_count", "available_quantity")
    ordered = ordered.with_columns(row_ids(ordered, *KEYS).alias("id"))
    return ordered.filter(pl.col("id").ne_missing(pl.col("id").shift(1)))
