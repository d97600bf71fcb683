"""Missing parts of incomplete contents, and the estimated profit of knowing them, in dollars."""

import polars as pl

KEYS = ("category", "set_code", "part")


def missing_parts(valuations: pl.DataFrame) -> pl.DataFrame:
    """One row per missing part of a set, the highest expected profit first.

    `valuations`, of one day: category, set_code, name, market_price, sealed_price, profit, contents_complete,
    published, unknown_parts; money in dollars.

    - `products`: incomplete products that lack the part; `completes`: those that lack nothing else.
    - `market_price`: sum of the market prices of those that it completes; landed where there is none.
    - `expected_profit`: `market_price` x the mean of profit / landed price over the game's known products,
      where an unpublished product counts as 0. Unknown products are assumed to be like the known ones.
    - `example`: the dearest product that lacks the part.
    """
    frame = valuations.with_columns(pl.col("market_price", "sealed_price", "profit").cast(pl.Float64))
    known = frame.filter(pl.col("contents_complete") & (pl.col("sealed_price") > 0))
    gain = pl.when("published").then(pl.col("profit") / pl.col("sealed_price")).otherwise(0.0)
    per_game = known.group_by("category").agg(gain=gain.mean())
    price = pl.coalesce("market_price", "sealed_price", pl.lit(0.0))
    missing = frame.filter(~pl.col("contents_complete")).with_columns(
        price=price, is_all=pl.col("unknown_parts").list.len() == 1
    )
    return (
        missing.explode("unknown_parts")
        .rename({"unknown_parts": "part"})
        .drop_nulls("part")
        .group_by(KEYS)
        .agg(
            products=pl.len(),
            completes=pl.col("is_all").sum(),
            market_price=pl.col("price").filter("is_all").sum(),
            example=pl.col("name").sort_by("price", "name", descending=[True, False]).first(),
        )
        .join(per_game, on="category", how="left")
        .with_columns(expected_profit=pl.col("market_price") * pl.col("gain").fill_null(0.0))
        .drop("gain")
        .sort(
            "expected_profit",
            "market_price",
            "products",
            *KEYS,
            descending=[True, True, True, False, False, False],
        )
    )
