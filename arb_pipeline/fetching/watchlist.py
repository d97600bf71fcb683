"""Products to query at sources that answer one product at a time: those nearest to an opportunity.

Other sources publish dumps. eBay, Amazon and TCGplayer's API answer per product, with 5,000 requests a day
or less: these go to the products nearest to an opportunity, where a better offer matters most.
"""

from collections.abc import Sequence

import polars as pl

from arb_pipeline.storage.lake import SEALED_PRODUCTS, SEALED_VALUATIONS, Lake

WATCHED = 50
"""Number of products: 100 s of requests at 2 s each."""
KNOWN_BY = {
    "ebay": ("query", "name"),
    "amazon": ("query", "name"),
    "tcgplayer": ("product", "tcg_product_id"),
}
"""Source -> its option, and the catalogue's column that fills it."""


def watched(
    lake: Lake, source: str, categories: Sequence[str], products: pl.DataFrame | None = None
) -> dict[str, list[str]]:
    """Fetch options of a source: these products of the catalogue, else those nearest to an opportunity.

    Empty where nothing is valued yet, or the source knows none of the products.
    """
    if source not in KNOWN_BY:
        return {}
    option, column = KNOWN_BY[source]
    wanted = _nearest(lake, categories) if products is None else products
    watched = wanted.drop_nulls(column).unique(column, keep="first", maintain_order=True).head(WATCHED)
    return {option: watched[column].to_list()} if watched.height else {}


def _nearest(lake: Lake, categories: Sequence[str]) -> pl.DataFrame:
    """Rows of the catalogue, nearest to an opportunity first."""
    days = lake.days(SEALED_VALUATIONS)
    if not days:
        return pl.DataFrame(schema=dict.fromkeys(("name", "tcg_product_id"), pl.String))
    sealed = lake.read(SEALED_PRODUCTS)
    return (
        lake.read(SEALED_VALUATIONS, day=days[-1])
        .join(sealed, on="product_id")
        .filter(pl.col("margin_bps").is_not_null() & pl.col("category").is_in(categories))
        .sort("margin_bps", "product_id", descending=[True, False])
    )
