"""What to ask sources for that answer one question at a time: the products nearest to being worth buying.

Dumps come whole. eBay, Amazon and TCGplayer's API answer per product, at 5,000 questions a day and less: the
questions go to the products whose valuation is nearest to an opportunity, where a better offer counts most.
"""

from collections.abc import Sequence

import polars as pl

from arb_pipeline.storage.lake import SEALED_PRODUCTS, SEALED_VALUATIONS, Lake

WATCHED = 50
"""Products: 100 s of polite questions at 2 s each."""
KNOWN_BY = {
    "ebay": ("query", "name"),
    "amazon": ("query", "name"),
    "tcgplayer": ("product", "tcg_product_id"),
}
"""Source -> its option, and the catalogue's column that fills it."""


def watched(
    lake: Lake, source: str, categories: Sequence[str], products: pl.DataFrame | None = None
) -> dict[str, list[str]]:
    """The options to fetch a source with: these products of the catalogue, else those nearest to paying.

    None where nothing has been valued yet, or no product is known to the source.
    """
    if source not in KNOWN_BY:
        return {}
    option, column = KNOWN_BY[source]
    wanted = _nearest(lake, categories) if products is None else products
    asked = wanted.drop_nulls(column).unique(column, keep="first", maintain_order=True).head(WATCHED)
    return {option: asked[column].to_list()} if asked.height else {}


def _nearest(lake: Lake, categories: Sequence[str]) -> pl.DataFrame:
    """Rows of the catalogue, the one nearest to being worth buying first."""
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
