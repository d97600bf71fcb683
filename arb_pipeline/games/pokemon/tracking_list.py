"""Pokemon's list of sealed products: a CSV of TCGplayer ids, names and group ids."""

from pathlib import Path

import polars as pl

from arb_pipeline.games.tables import LISTED, read_csv

COLUMNS = ("productId", "name", "set_code")


def listed_products(package: Path) -> pl.DataFrame:
    """Sealed products as the source lists them (columns of `LISTED`)."""
    path = package / "sealed_products_tracking.csv"
    frame = read_csv(path, required=COLUMNS)
    known = {
        "category": pl.lit("pokemon"),
        "set_code": pl.col("set_code"),
        "name": pl.col("name"),
        "tcg_product_id": pl.col("productId"),
    }
    columns = [known.get(name, pl.lit(None, dtype)).alias(name) for name, dtype in LISTED.items()]
    return (
        frame.filter(pl.col("productId").is_not_null() & pl.col("name").is_not_null())
        .select(columns)
        .with_columns(pl.col("set_code").fill_null(""))
    )
