"""What each single in any contents is worth, and nets, today (valuation.md 2 and 3)."""

import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.channel_prices import own_priced
from arb_pipeline.core.pricing.fees import OwnPrice, net_and_channel

OWN = ("price_cents", "quantity_wanted", "dollars_per_unit")


def card_nets(
    singles: pl.DataFrame,
    features: pl.DataFrame,
    params: Parameters,
    channel_prices: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per (single, is_foil) with price, best channel and net.

    `singles`: card_id, category, single_product_id, is_foil, name, rarity, printing, and tcg_product_id
    (null: unpriced). `channel_prices`: contract `ChannelPrices`; None: no channel states prices of its own.
    """
    priced = singles.join(
        features,
        left_on=["category", "tcg_product_id", "printing"],
        right_on=["category", "source_product_id", "printing"],
        how="left",
    )
    own = {}
    if channel_prices is not None:
        for name in own_priced(params):
            priced, own[name] = _with_own(priced, channel_prices.filter(channel=name), name)
    net = net_and_channel(pl.col("reference_cents"), pl.col("rarity"), params, own)
    net |= {name: net[name].cast(pl.Float64) for name in ("net_cents", "uncapped_net_cents")}
    # Lazily: then each channel's net, which several of these columns name, is computed once.
    return conform(priced.lazy().with_columns(**net).collect(), CardNets)


def _with_own(singles: pl.DataFrame, prices: pl.DataFrame, channel: str) -> tuple[pl.DataFrame, OwnPrice]:
    """The singles with a channel's own price in columns named for it."""
    key = ["category", "single_product_id", "printing"]
    columns = {name: f"{channel}:{name}" for name in OWN}
    joined = singles.join(prices.select(*key, *OWN).rename(columns), on=key, how="left")
    return joined, OwnPrice(
        *(pl.col(columns[name]) for name in ("price_cents", "dollars_per_unit", "quantity_wanted"))
    )
