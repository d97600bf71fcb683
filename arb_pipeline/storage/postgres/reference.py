"""Writes the catalogue and the contents: `products` and `product_singles`."""

from uuid import UUID

import polars as pl
import sqlalchemy as sa

from arb_pipeline.core.identity import row_ids
from arb_pipeline.storage.postgres.buyer_tables import product_corrections
from arb_pipeline.storage.postgres.merge import Written, merge
from arb_pipeline.storage.postgres.tables import product_singles, products


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
    found = connection.execute(query.where(table.c.withdrawn_at.is_(None)).order_by(table.c.created_at))
    in_force: list[tuple[str, str, str | None]] = [(str(row[0]), str(row[1]), row[2]) for row in found]
    for product_id, name, value in in_force:
        if name in rows.columns:
            right = pl.when(pl.col(key) == product_id).then(pl.lit(value, pl.String))
            others = right if value is None else right.when(pl.col(name) == value).then(None)
            rows = rows.with_columns(others.otherwise(pl.col(name)).alias(name))
    return rows


def save_product_singles(connection: sa.Connection, lines: pl.DataFrame, *, category: str) -> Written:
    """Replaces the lines of one category."""
    of_category = product_singles.c.sealed_product_id.in_(
        sa.select(products.c.id).where(products.c.category == category)
    )
    rows = lines.drop("card_id").with_columns(pl.col("sealed_product_id").cast(pl.String))
    keys = ["sealed_product_id", "single_product_id", "is_foil", "printing", "pack", "sheet"]
    rows = rows.with_columns(
        row_ids(rows, *keys).alias("id"), pl.col("pull_probability").round(10).cast(pl.Decimal(14, 10))
    )
    return merge(connection, product_singles, rows, keys=keys, keep=["id"], delete_missing=of_category)
