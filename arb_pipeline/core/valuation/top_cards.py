"""Highest-value cards per product."""

import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.valuation import ValuationSingles
from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.money import dollars, round_cents, rounded
from arb_pipeline.core.valuation.buylist_cap import with_line_nets

NAMED = 2
LISTED = 20
"""Cards per product in its breakdown."""


def top_cards(lines: pl.DataFrame, nets: pl.DataFrame, product_ids: list[str], *, n: int) -> pl.DataFrame:
    """The `n` cards of each product that net most: sealed_product_id, name, is_foil, copies, prices, nets.

    Lines of one card on several sheets count together. `value_cents` = copies x net, unrounded; the net of a
    card that its channel wants fewer copies of is what is left per copy on average, and `channel` says so.
    `total_cents` is the sum of the values over all cards of the product.
    """
    return (
        with_line_nets(of_products(lines, product_ids), nets)
        .group_by("sealed_product_id", "card_id")
        .agg(
            expected_copies=pl.col("expected_copies").sum(),
            guaranteed=pl.col("guaranteed").all(),
            rarity=pl.col("rarity").first(),
            net_cents=pl.col("net_cents").first(),
            printing=pl.col("printing").first(),
        )
        .join(nets.drop("net_cents"), on="card_id", how="left")
        .with_columns(
            pl.col("sealed_product_id").cast(pl.String),
            channel=pl.when(pl.col("expected_copies") > pl.col("wanted"))
            .then(pl.format("{} x{}, then {}", "channel", "wanted", "uncapped_channel"))
            .otherwise("channel"),
            value_cents=pl.col("expected_copies") * pl.col("net_cents"),
        )
        .with_columns(total_cents=pl.col("value_cents").sum().over("sealed_product_id"))
        .sort("sealed_product_id", "value_cents", "name", descending=[False, True, False], nulls_last=True)
        .group_by("sealed_product_id", maintain_order=True)
        .head(n)
    )


def highest_value_cards(lines: pl.DataFrame, nets: pl.DataFrame, product_ids: list[str]) -> pl.DataFrame:
    """product_id and `top_card_names`: its two highest-value cards, in words."""
    foil = pl.when("is_foil").then(pl.lit(" foil")).otherwise(pl.lit(""))
    copies = (
        pl.col("expected_copies")
        .round(2)
        .map_elements(lambda n: "" if n == 1 else f" x{n:g}", return_dtype=pl.String)
    )
    card = pl.format("{}{}{} {}", "name", foil, copies, dollars(pl.col("value_cents")))
    top = top_cards(lines, nets, product_ids, n=NAMED).filter(pl.col("value_cents") > 0)
    return top.group_by(product_id="sealed_product_id", maintain_order=True).agg(
        top_card_names=card.str.join(", ")
    )


def breakdown(lines: pl.DataFrame, nets: pl.DataFrame, valuations: pl.DataFrame) -> pl.DataFrame:
    """Highest-value cards of each product with a value, best first (the contract `ValuationSingles`).

    Cards without net proceeds are left out. Sums over sheets differ in their last digits with
    the order of threads: figures are rounded before they are ranked, so that a day run twice is equal.
    """
    valued = valuations.filter(pl.col("singles_value_cents").is_not_null())
    top = top_cards(
        lines, nets, valued["product_id"].to_list(), n=2 * LISTED
    )  # near ties at the end of the list
    figures = (
        top.filter(pl.col("value_cents") > 0)
        .with_columns(
            expected_copies=rounded(pl.col("expected_copies"), 9),
            price_cents=pl.col("reference_cents"),
            exact=rounded(pl.col("value_cents"), 4),
            net_cents=round_cents(pl.col("net_cents")),
            value_cents=round_cents(pl.col("value_cents")),
            value_share=rounded(pl.col("value_cents") / pl.col("total_cents"), 6),
        )
        .filter(pl.col("value_share") > 0)
        .join(valued.select("product_id", "as_of"), left_on="sealed_product_id", right_on="product_id")
        .sort(
            "sealed_product_id",
            "exact",
            "single_product_id",
            "printing",
            descending=[False, True, False, False],
        )
        .with_columns(
            product_id="sealed_product_id",
            rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("sealed_product_id"),
        )
    )
    return conform(figures.filter(pl.col("rank") <= LISTED), ValuationSingles)
