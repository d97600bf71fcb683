"""Quotes of known products as rows of the price history: one per product, kind of price, state and moment."""

import polars as pl

from arb_pipeline.core.matching import Catalogue, match

KEY = ["product_id", "source", "price_type", "printing", "condition", "language", "recorded_at"]
QUALITY_WORDS = ((0.9, "high"), (0.6, "medium"), (0.0, "low"))


def matched_by_title(quotes: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """Quotes that no id has matched, matched by their title: unique or nothing.

    Adds `match_reason`: `id`, `matched`, or why the title stands for no product. Only quotes of sealed
    products have titles worth matching; a card's title rarely tells its printing.
    """
    is_open = (
        pl.col("product_id").is_null() & pl.col("title").is_not_null() & (pl.col("condition") == "sealed")
    )
    titles = quotes.filter(is_open)["title"].unique(maintain_order=True)
    matches = {title: match(title, catalogue) for title in titles.to_list()}
    by_title = pl.DataFrame(
        [(title, title_match.product_id, str(title_match.reason)) for title, title_match in matches.items()],
        schema={"title": pl.String, "by_title": pl.String, "title_reason": pl.String},
        orient="row",
    )
    is_known = pl.col("product_id").is_not_null()
    return (
        quotes.with_columns(_title=pl.when(is_open).then("title"))
        .join(by_title, left_on="_title", right_on="title", how="left")
        .with_columns(
            match_reason=pl.when(is_known)
            .then(pl.lit("id"))
            .otherwise(pl.col("title_reason").fill_null("no_id")),
            product_id=pl.coalesce("product_id", "by_title"),
        )
        .drop("_title", "by_title", "title_reason")
    )


def history_rows(quotes: pl.DataFrame) -> pl.DataFrame:
    """Rows of `price_history` from quotes with a product: of several offers, the cheapest landed.

    How many sell it and how much there is counts over all offers. An offer whose shipping is unknown counts
    as dearer than one of the same price whose shipping is known.
    """
    landed = pl.col("price_cents") + pl.col("shipping_cents").fill_null(0)
    known = quotes.filter(pl.col("product_id").is_not_null())
    counted = pl.coalesce(
        pl.col("seller_count").max().over(KEY),
        pl.col("seller").drop_nulls().n_unique().over(KEY).cast(pl.Int32),
    )
    sellers = (
        pl.when(pl.col("seller").is_null() & pl.col("seller_count").is_null()).then(None).otherwise(counted)
    )
    amount = pl.when(pl.col("available_quantity").is_not_null().any().over(KEY)).then(
        pl.col("available_quantity").sum().over(KEY)
    )
    quality = pl.coalesce(
        *(pl.when(pl.col("quality") >= least).then(pl.lit(word)) for least, word in QUALITY_WORDS)
    )
    return (
        known.with_columns(
            seller_count=sellers,
            available_quantity=amount.cast(pl.Int32),
            _landed=landed,
            confidence_level=quality,
        )
        .sort(*KEY, "_landed", pl.col("shipping_cents").is_null(), "source_product_id")
        .unique(KEY, keep="first", maintain_order=True)
        .select(
            *KEY,
            "price_cents",
            "shipping_cents",
            "seller_count",
            "available_quantity",
            "source_url",
            "confidence_level",
            is_foil=pl.col("printing") != "normal",
            data_source_quality="quality",
        )
    )
