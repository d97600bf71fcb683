"""Writes the catalogue and the contents: `products` and `product_singles`."""

from collections.abc import Mapping
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import ARRAY

from arb_pipeline.core.identity import row_ids
from arb_pipeline.storage.postgres import copy_reader
from arb_pipeline.storage.postgres.buyer_tables import product_corrections
from arb_pipeline.storage.postgres.copy_writer import copy, driver_of, normalised
from arb_pipeline.storage.postgres.merge import MergeError, Written, merge
from arb_pipeline.storage.postgres.tables import product_singles, products

LINE_KEY = ["sealed_product_id", "single_product_id", "is_foil", "printing", "pack", "sheet"]
HELD = "_held"
"""End of the name of a value that the table holds."""


def save_products(connection: sa.Connection, rows: pl.DataFrame) -> Written:
    """Inserts and updates products. One that a source no longer lists stays: prices and deals refer to it.

    A marketplace id that moved to another product is first removed from the old one.
    """
    rows = corrected(connection, rows, key="id")
    ids = rows.filter(pl.col("tcg_product_id").is_not_null()).select("id", "tcg_product_id")
    query = sa.select(products.c.id.cast(sa.Text), products.c.tcg_product_id)
    known = connection.execute(query.where(products.c.tcg_product_id.is_not(None))).all()
    held = pl.DataFrame(known, schema={"holder": pl.String, "tcg_product_id": pl.String}, orient="row")
    moved = held.join(ids, on="tcg_product_id").filter(pl.col("holder") != pl.col("id"))
    if moved.height:
        holders = [UUID(holder) for holder in moved["holder"]]
        connection.execute(sa.update(products).where(products.c.id.in_(holders)).values(tcg_product_id=None))
    written = merge(connection, products, rows, keys=["id"])
    if written.total:  # without statistics, joins with it are planned for few rows: seconds instead of tenths
        connection.execute(sa.text("ANALYZE products"))
    return written


def corrected(connection: sa.Connection, rows: pl.DataFrame, *, key: str) -> pl.DataFrame:
    """Products with the marketplace ids that persons corrected, whatever the sources state.

    `key`: column of the product's id. An id is one product's: any other that has it loses it.
    """
    if connection.scalar(sa.text("SELECT to_regclass('product_corrections')")) is None:
        return rows  # a database that is not migrated yet
    table = product_corrections
    query = sa.select(table.c.product_id.cast(sa.Text), table.c.field, table.c.value)
    corrections = connection.execute(query.where(table.c.withdrawn_at.is_(None)).order_by(table.c.created_at))
    in_force: list[tuple[str, str, str | None]] = [(str(row[0]), str(row[1]), row[2]) for row in corrections]
    for product_id, name, value in in_force:
        if name in rows.columns:
            right = pl.when(pl.col(key) == product_id).then(pl.lit(value, pl.String))
            others = right if value is None else right.when(pl.col(name) == value).then(None)
            rows = rows.with_columns(others.otherwise(pl.col(name)).alias(name))
    return rows


def save_product_singles(connection: sa.Connection, lines: pl.DataFrame, *, category: str) -> Written:
    """Replaces the lines of one category: the first are copied, after that only differences are written."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"contents {category}"))))
    rows = lines.drop("card_id").with_columns(
        pl.col("sealed_product_id").cast(pl.String),
        pl.col("pull_probability").round(10).cast(pl.Decimal(14, 10)),
    )
    rows = rows.with_columns(pl.col(pl.Categorical, pl.Enum, pl.Null).cast(pl.String))
    held = _held(connection, rows.schema, category)
    if held.is_empty() and rows.height and not rows.select(LINE_KEY).is_duplicated().any():
        return Written(_copied(connection, rows), 0, 0)
    differing = _differing(rows, held)
    gone = held.join(rows, on=LINE_KEY, how="anti")["id"]
    if gone.len():
        ids = sa.cast([UUID(id_) for id_ in gone], ARRAY(sa.Uuid()))
        connection.execute(sa.delete(product_singles).where(product_singles.c.id == sa.any_(ids)))
    if differing.is_empty():
        return Written(0, 0, gone.len())
    with_ids = differing.with_columns(row_ids(differing, *LINE_KEY).alias("id"))
    written = merge(connection, product_singles, with_ids, keys=LINE_KEY, keep=["id"])
    return Written(written.inserted, written.updated, gone.len())


def _held(connection: sa.Connection, schema: Mapping[str, pl.DataType], category: str) -> pl.DataFrame:
    """Lines of a category in the table, with their ids."""
    names = sql.SQL(", ").join(sql.Identifier("l", name) for name in (*schema, "id"))
    query = sql.SQL(
        "SELECT {} FROM product_singles AS l JOIN products AS p ON p.id = l.sealed_product_id"
        " WHERE p.category = {}"
    ).format(names, sql.Literal(category))
    return copy_reader.read(driver_of(connection), query, {**schema, "id": pl.String()})


def _differing(rows: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Rows that are new, or of which a value differs from the table's."""
    values = [name for name in rows.columns if name not in LINE_KEY]
    both = rows.join(held, on=LINE_KEY, how="left", suffix=HELD)
    changed = (pl.col(name).ne_missing(pl.col(f"{name}{HELD}")) for name in values)
    return both.filter(pl.any_horizontal(pl.col("id").is_null(), *changed)).select(rows.columns)


def _copied(connection: sa.Connection, rows: pl.DataFrame) -> int:
    with_ids = rows.with_columns(row_ids(rows, *LINE_KEY).alias("id"))
    arrived = copy(connection, product_singles.name, normalised(with_ids))
    if arrived != rows.height:
        message = f"{arrived} of {rows.height} rows reached product_singles. Roll back and load again."
        raise MergeError(message)
    return arrived
