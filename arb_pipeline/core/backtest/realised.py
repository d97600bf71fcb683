"""Valuations of a day compared with the net value of the same lines on a later day."""

from datetime import date

import polars as pl

from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.money import round_cents
from arb_pipeline.core.valuation.buylist_cap import with_line_nets
from arb_pipeline.core.valuation.confidence import FACTORS

FORECAST = (
    *("product_id", "published", "confidence_score", "p_profit", "flags"),
    *("sealed_price_cents", "singles_value_cents", "profit_cents", "margin_bps"),
    *(column for column, _ in FACTORS.values()),
    "missing_factors",
)


def with_margin(valued: pl.DataFrame) -> pl.DataFrame:
    """Valuations with a margin: both price and value are known."""
    return valued.filter(pl.col("margin_bps").is_not_null())


def later_values(lines: pl.DataFrame, then: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """Later net value per product, in unrounded cents, with its composition.

    `lines`: contract `Lines`; `then`, `later`: contract `CardNets` of the two days. `realised`: a card
    without a price later nets 0, as in every valuation. `kept`: it nets what it did before. `lost`: what
    those cards netted before. `gained`: what cards net later that had no price before.
    """
    copies = pl.col("expected_copies")
    before = with_line_nets(lines, then)["net_cents"]
    return (
        with_line_nets(lines, later)
        .lazy()
        .with_columns(before=before)
        .group_by(product_id=pl.col("sealed_product_id").cast(pl.String))
        .agg(
            realised=(copies * pl.col("net_cents").fill_null(0.0)).sum(),
            kept=(copies * pl.coalesce("net_cents", "before", pl.lit(0.0))).sum(),
            lost=(copies * pl.when(pl.col("net_cents").is_null()).then("before").fill_null(0.0)).sum(),
            gained=(copies * pl.when(pl.col("before").is_null()).then("net_cents").fill_null(0.0)).sum(),
            is_random=(~pl.col("guaranteed")).any(),
        )
        .collect()
    )


def random_products(lines: pl.DataFrame, products: pl.Series) -> pl.DataFrame:
    """Lines of those of `products` (ids) that have a drawn card."""
    ours = of_products(lines, products)
    drawn = ours.filter(~pl.col("guaranteed")).select("sealed_product_id").unique()
    return ours.join(drawn, on="sealed_product_id", how="semi")


def compared(
    valued: pl.DataFrame, values: pl.DataFrame, p_later: pl.DataFrame, *, day: date, category: str
) -> pl.DataFrame:
    """One row per product with a margin on `day`: forecast and result.

    `valued`: contract `Valuations`; `values`: of `later_values`; `p_later`: product_id and p_profit of the
    later nets against the price of `day`, for the products whose contents are random. `came_true` is the
    chance that one opened then would have netted more than was paid: 0 or 1 where all cards are certain.
    `value_change` is realised / forecast value - 1, null where the forecast was 0. Factors without data are
    null, `factor`_filled are as scored.
    """
    missing = pl.col("missing_factors")
    factors = {
        name: pl.when(~missing.list.contains(name)).then(column) for name, (column, _) in FACTORS.items()
    }
    rows = (
        with_margin(valued)
        .select(FORECAST)
        .join(values, on="product_id", how="left")
        .join(p_later.select("product_id", p_later="p_profit"), on="product_id", how="left")
        .with_columns(realised_cents=round_cents(pl.col("realised")), kept_cents=round_cents(pl.col("kept")))
    )
    cost, value = pl.col("sealed_price_cents"), pl.col("singles_value_cents")
    profit = pl.col("realised_cents") - cost
    return rows.select(
        "product_id",
        "published",
        "confidence_score",
        "p_profit",
        "flags",
        "sealed_price_cents",
        "singles_value_cents",
        "profit_cents",
        "margin_bps",
        "is_random",
        *(pl.col(column).alias(f"{name}_filled") for name, (column, _) in FACTORS.items()),
        **factors,
        category=pl.lit(category),
        day=pl.lit(day),
        realised_cents="realised_cents",
        realised_profit_cents=profit,
        realised_margin_bps=round_cents(10_000 * profit / cost),
        kept_margin_bps=round_cents(10_000 * (pl.col("kept_cents") - cost) / cost),
        value_change=pl.when(value > 0).then(pl.col("realised_cents") / value - 1),
        lost_share=pl.when(value > 0).then(pl.col("lost") / value),
        gained_share=pl.when(value > 0).then(pl.col("gained") / value),
        stayed=(profit > 0).cast(pl.Float64),
        came_true=pl.when("is_random").then("p_later").otherwise((profit > 0).cast(pl.Float64)),
    )
