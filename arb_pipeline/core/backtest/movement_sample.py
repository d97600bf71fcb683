"""Samples of log movement from the nets of past days. Their estimation belongs to `movement_fit`."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from arb_pipeline.core.backtest.movement_fit import MOST_LOST, later_days
from arb_pipeline.core.valuation.sealed import TRAIT_OF_SUMS, singles_value

LEAST_PRICED = 1 / 2
"""Share of the expected cards with a price, under which a product has no value."""


def with_last_nets(nets: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """A day's nets (contract `CardNets`), where a card without a price keeps the net of the day before."""
    if before is None:
        return nets
    last = before.select("card_id", last="net_cents")
    joined = nets.join(last, on="card_id", how="left", maintain_order="left")
    return joined.with_columns(net_cents=pl.coalesce("net_cents", "last")).drop("last")


def day_values(
    lines: pl.DataFrame, nets: pl.DataFrame, kept: pl.DataFrame, products: pl.DataFrame, *, untraded_days: int
) -> pl.DataFrame:
    """Values per product with known contents: product_id, is_random, value, carried and traits.

    `kept`: of `with_last_nets`; `value` is of these, `carried` its share in cards without a price today.
    `products`: product_id of those whose contents are complete.
    """
    today = singles_value(lines, nets, untraded_days=untraded_days)
    values = singles_value(lines, kept, untraded_days=untraded_days)
    drawn = lines.group_by(sealed_product_id=pl.col("sealed_product_id").cast(pl.String)).agg(
        is_random=(~pl.col("guaranteed")).any()
    )
    return (
        values.filter((pl.col("net") > 0) & (pl.col("priced_copies") >= LEAST_PRICED * pl.col("copies")))
        .join(today.select("sealed_product_id", today="net"), on="sealed_product_id")
        .join(drawn, on="sealed_product_id")
        .join(products.select(sealed_product_id="product_id"), on="sealed_product_id", how="semi")
        .select(
            product_id="sealed_product_id",
            is_random="is_random",
            value="net",
            carried=1 - pl.col("today") / pl.col("net"),
            **TRAIT_OF_SUMS,
        )
    )


def movement_sample(
    days: Mapping[date, pl.DataFrame], *, category: str, horizons: Sequence[int]
) -> tuple[pl.DataFrame, int]:
    """The sample of `movement_fit` from days of `day_values`, and how many rows were left out of it.

    Left out are rows of which more than 2 % of the value, on either day, is in cards without a price.
    """
    pairs = []
    for day, later in later_days(list(days), horizons):
        then = days[day].with_columns(day=pl.lit(day), horizon_days=pl.lit((later - day).days))
        after = days[later].select("product_id", later="value", carried_later="carried")
        pairs.append(then.join(after, on="product_id"))
    if not pairs:
        return pl.DataFrame(), 0
    rows = pl.concat(pairs)
    is_known = pl.max_horizontal("carried", "carried_later") <= MOST_LOST
    kept = rows.filter(is_known).with_columns(
        category=pl.lit(category), moved=(pl.col("later") / pl.col("value")).log()
    )
    return kept.drop("later", "carried", "carried_later"), rows.height - kept.height
