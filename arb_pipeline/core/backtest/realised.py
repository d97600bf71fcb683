"""Valuations of a day compared with the net value of the same lines on a later day."""

from datetime import date

import numpy as np
import polars as pl

from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.money import round_cents
from arb_pipeline.core.outcome.frames import Drawn, by_grid
from arb_pipeline.core.outcome.product import Transforms, outcome
from arb_pipeline.core.params import Risk
from arb_pipeline.core.valuation.buylist_cap import with_line_nets
from arb_pipeline.core.valuation.confidence import FACTORS
from arb_pipeline.core.valuation.ranking import confidence_rank

HALF = 0.5
"""Cents: quantiles are stored in whole ones."""

FORECAST = (
    *("product_id", "published", "confidence_score", "p_profit", "flags", "priced_share"),
    *("gross_singles_value_cents", "rank_score"),
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


def chances_later(lines: pl.DataFrame, drawn: Drawn, forecasts: pl.DataFrame) -> pl.DataFrame:
    """Value of an opening at later nets: product_id, `p_later` and `held_later`, shares of openings.

    `lines`: with the later nets, of products whose contents are random; `forecasts`: contract `Valuations`.
    `p_later`: above the price of then; `held_later`: within the p5 and p95 that were forecast, to the cent.
    """
    columns = ("product_id", "sealed_price_cents", "p5_cents", "p95_cents")
    wanted = {product_id: bounds for product_id, *bounds in forecasts.select(columns).iter_rows()}
    transforms, rows = Transforms(grids=1), []
    for product_id, bundle in by_grid(of_products(lines, forecasts["product_id"]), drawn):
        cost, low, high = wanted[product_id]
        distribution = outcome(bundle, transforms)
        held = None
        if low is not None:
            under, up_to = distribution.below(np.array([low - HALF, high + HALF]))
            held = float(up_to - under)
        rows.append((product_id, distribution.p_above(cost), held))
    schema = {"product_id": pl.String, "p_later": pl.Float64, "held_later": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def compared(
    valued: pl.DataFrame,
    values: pl.DataFrame,
    later: pl.DataFrame,
    *,
    risk: Risk,
    day: date,
    category: str,
) -> pl.DataFrame:
    """One row per product with a margin on `day`: forecast and result.

    `valued`: contract `Valuations`; `values`: of `later_values`; `later`: of `chances_later`, for products
    whose contents are random; `old_rank`: the rank before docs/adr/0015, by `risk`. `came_true` is the
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
        .select(*FORECAST, old_rank=confidence_rank(risk))
        .join(values, on="product_id", how="left")
        .join(later, on="product_id", how="left")
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
        "priced_share",
        "gross_singles_value_cents",
        "rank_score",
        "old_rank",
        "held_later",
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
