"""Which cards carry a product's value."""

import polars as pl

from arb_pipeline.contracts.contents import SEALED
from arb_pipeline.core.line_nets import with_line_nets
from arb_pipeline.core.money import dollars

NAMED = 2


def top_cards(lines: pl.DataFrame, nets: pl.DataFrame, product_ids: list[str], *, n: int) -> pl.DataFrame:
    """The `n` cards of each product that net most: sealed_product_id, name, is_foil, copies, prices, nets.

    Lines of one card on several sheets count together. `value_cents` = copies x net, unrounded; the net of a
    card that its channel wants fewer copies of is what is left per copy on average, and `channel` says so.
    """
    asked = pl.DataFrame({"sealed_product_id": pl.Series(product_ids, dtype=pl.String).cast(SEALED)})
    return (
        with_line_nets(lines.join(asked, on="sealed_product_id", how="semi"), nets)
        .group_by("sealed_product_id", "card_id")
        .agg(
            expected_copies=pl.col("expected_copies").sum(),
            guaranteed=pl.col("guaranteed").all(),
            rarity=pl.col("rarity").first(),
            net_cents=pl.col("net_cents").first(),
        )
        .join(nets.drop("net_cents"), on="card_id", how="left")
        .with_columns(
            pl.col("sealed_product_id").cast(pl.String),
            channel=pl.when(pl.col("expected_copies") > pl.col("wanted"))
            .then(pl.format("{} x{}, then {}", "channel", "wanted", "uncapped_channel"))
            .otherwise("channel"),
            value_cents=pl.col("expected_copies") * pl.col("net_cents"),
        )
        .sort("sealed_product_id", "value_cents", "name", descending=[False, True, False], nulls_last=True)
        .group_by("sealed_product_id", maintain_order=True)
        .head(n)
    )


def carriers(lines: pl.DataFrame, nets: pl.DataFrame, product_ids: list[str]) -> pl.DataFrame:
    """product_id and `carried_by`: the two cards that carry most of the value, in words."""
    foil = pl.when("is_foil").then(pl.lit(" foil")).otherwise(pl.lit(""))
    copies = (
        pl.col("expected_copies")
        .round(2)
        .map_elements(lambda n: "" if n == 1 else f" x{n:g}", return_dtype=pl.String)
    )
    said = pl.format("{}{}{} {}", "name", foil, copies, dollars(pl.col("value_cents")))
    top = top_cards(lines, nets, product_ids, n=NAMED).filter(pl.col("value_cents") > 0)
    return top.group_by(product_id="sealed_product_id", maintain_order=True).agg(
        carried_by=said.str.join(", ")
    )
