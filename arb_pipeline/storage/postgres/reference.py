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
    rows = _corrected(connection, rows)
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


def _corrected(connection: sa.Connection, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the ids that users corrected, which override the source's."""
    table = product_corrections
    query = sa.select(table.c.product_id.cast(sa.Text), table.c.field, table.c.value)
    in_force: list[tuple[str, str, str | None]] = [
        (str(row[0]), str(row[1]), row[2])
        for row in connection.execute(query.where(table.c.withdrawn_at.is_(None)))
    ]
    for product_id, name, value in in_force:
        if name in rows.columns:
            corrected = pl.when(pl.col("id") == product_id).then(pl.lit(value, pl.String))
            rows = rows.with_columns(corrected.otherwise(pl.col(name)).alias(name))
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
