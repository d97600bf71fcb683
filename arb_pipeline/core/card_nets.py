"""What each single in any contents is worth, and nets, today (valuation.md 2 and 3)."""

import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.fees import net_and_channel
from arb_pipeline.core.params import Parameters


def card_nets(singles: pl.DataFrame, features: pl.DataFrame, params: Parameters) -> pl.DataFrame:
    """One row per (single, is_foil) with price, best channel and net.

    `singles`: card_id, category, single_product_id, is_foil, name, rarity, printing, and tcg_product_id
    (null: unpriced).
    """
    priced = singles.join(
        features,
        left_on=["category", "tcg_product_id", "printing"],
        right_on=["category", "source_product_id", "printing"],
        how="left",
    )
    net, channel = net_and_channel(pl.col("reference_cents"), pl.col("rarity"), params)
    return conform(priced.with_columns(net_cents=net.cast(pl.Float64), channel=channel), CardNets)
