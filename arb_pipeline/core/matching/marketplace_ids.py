"""Products by marketplace id. An id of two products denotes neither."""

import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import MarketplaceIds

CLAIMED = {
    "category": pl.String,
    "set_code": pl.String,
    "name": pl.String,
    "number": pl.String,
    "id_kind": pl.String,
    "marketplace_id": pl.String,
    "printing": pl.String,
}
"""Columns of a source's claim: (category, set, name) of a sealed product or (category, set, number) of a
printing."""
TO_FINISH = {"normal": "nonfoil", "foil": "foil", "etched": "etched"}


def marketplace_ids(claimed: pl.DataFrame, sealed: pl.DataFrame, printings: pl.DataFrame) -> pl.DataFrame:
    """Ids with their product (contract `MarketplaceIds`).

    `claimed`: rows of `CLAIMED`; `number` is null for a sealed product, `printing` null where the id stands
    for every finish. TCGplayer's own ids come with the products.
    """
    is_sealed = pl.col("number").is_null()
    of_sealed = claimed.filter(is_sealed).join(
        sealed.select("category", "set_code", "name", "product_id"), on=["category", "set_code", "name"]
    )
    finishes = pl.DataFrame({"printing": list(TO_FINISH), "finish": list(TO_FINISH.values())})
    of_single = (
        claimed.filter(~is_sealed)
        .join(finishes, on="printing", how="left")
        .join(
            printings.select("category", "set_code", "number", "product_id", known="finish"),
            on=["category", "set_code", "number"],
        )
        .filter(pl.col("finish").is_null() | (pl.col("finish") == pl.col("known")))
        # An id for every finish is a card's in plain and foil; an etched foil has ids of its own.
        .filter(pl.col("finish").is_not_null() | (pl.col("known") != "etched"))
    )
    own = pl.concat(
        frame.filter(pl.col("tcg_product_id").is_not_null()).select(
            "category", "product_id", id_kind=pl.lit("tcgplayer"), marketplace_id="tcg_product_id"
        )
        for frame in (sealed, printings)
    ).with_columns(printing=pl.lit(None, pl.String))
    columns = ["category", "id_kind", "marketplace_id", "printing", "product_id"]
    ids = pl.concat([of_sealed.select(columns), of_single.select(columns), own.select(columns)]).unique()
    key = ["category", "id_kind", "marketplace_id", "printing"]
    is_one = pl.col("product_id").n_unique().over(key) == 1
    return conform(ids.filter(is_one).sort(columns), MarketplaceIds)


def matched(quotes: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Quotes with the product of their id in `product_id`; null where the id denotes none."""
    by_id = ids.select("category", "id_kind", "marketplace_id", "printing", "product_id")
    exact = by_id.filter(pl.col("printing").is_not_null())
    any_finish = by_id.filter(pl.col("printing").is_null()).drop("printing")
    key = ["id_kind", "marketplace_id"]
    left = quotes.with_columns(marketplace_id="match_id")
    joined = left.join(
        exact.select(*key, "printing", exact="product_id", exact_category="category"),
        on=[*key, "printing"],
        how="left",
    ).join(any_finish.select(*key, plain="product_id", plain_category="category"), on=key, how="left")
    return joined.with_columns(
        product_id=pl.coalesce("exact", "plain"),
        category=pl.coalesce("category", "exact_category", "plain_category"),
    ).drop("marketplace_id", "exact", "plain", "exact_category", "plain_category")
