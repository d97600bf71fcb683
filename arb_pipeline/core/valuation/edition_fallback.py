"""Edition fallback: price of a card whose edition no source states (Yu-Gi-Oh, early Pokemon)."""

import polars as pl

EDITIONS = ("1st_edition", "unlimited", "limited")
ANY_EDITION = "any_edition"
PLAIN = "normal"


def with_any_edition(features: pl.DataFrame) -> pl.DataFrame:
    """Features with two rows more per product that is priced by edition: the cheapest of its editions.

    `any_edition` is the price of a card whose edition is not stated: never more than it is worth. `normal`
    is the offer of a sealed product that has no plain one: whichever edition comes, its cards are worth
    at least those of the cheapest.
    """
    key = ["category", "source", "source_product_id"]
    cheapest = (
        features.filter(pl.col("printing").is_in(EDITIONS))
        .sort(*key, "reference_cents", "printing", nulls_last=True)
        .unique(key, keep="first", maintain_order=True)
    )
    plain = features.filter(pl.col("printing") == PLAIN)
    return pl.concat(
        [
            features,
            cheapest.with_columns(printing=pl.lit(ANY_EDITION)),
            cheapest.join(plain, on=key, how="anti").with_columns(printing=pl.lit(PLAIN)),
        ]
    )
