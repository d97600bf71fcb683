"""What to ask sources for that answer one question at a time: the products nearest to being worth buying.

Dumps come whole. eBay, Amazon and TCGplayer's API answer per product, at 5,000 questions a day and less: the
questions go to the products whose valuation is nearest to an opportunity, where a better offer counts most.
"""

from collections.abc import Sequence

import polars as pl

from arb_pipeline.stores.lake import Lake

WATCHED = 50
"""Products: 100 s of polite questions at 2 s each."""
KNOWN_BY = {
    "ebay": ("query", "name"),
    "amazon": ("query", "name"),
    "tcgplayer": ("product", "tcg_product_id"),
}
"""Source -> its option, and the catalogue's column that fills it."""


def watched(lake: Lake, source: str, categories: Sequence[str]) -> dict[str, list[str]]:
    """The options to fetch a source with by default; none where nothing has been valued yet."""
    days = lake.days("valuation/sealed_valuations")
    if source not in KNOWN_BY or not days:
        return {}
    option, column = KNOWN_BY[source]
    sealed = lake.read("catalog/sealed_products")
    nearest = (
        lake.read("valuation/sealed_valuations", day=days[-1])
        .join(sealed, on="product_id")
        .filter(pl.col("margin_bps").is_not_null() & pl.col("category").is_in(categories))
        .sort("margin_bps", "product_id", descending=[True, False])
        .drop_nulls(column)
        .unique(column, keep="first", maintain_order=True)
        .head(WATCHED)
    )
    return {option: nearest[column].to_list()} if nearest.height else {}
