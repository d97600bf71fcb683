"""Reference price and net proceeds per single, in cents, on one day (valuation.md 2 and 3)."""

import polars as pl

from arb_pipeline.contracts.base import check_columns, conform, empty, names
from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.channel_prices import own_priced
from arb_pipeline.core.pricing.exits import cash, quick_net
from arb_pipeline.core.pricing.fees import OwnPrice, net_and_channel
from arb_pipeline.core.pricing.rollup import LONE_ASK

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
    return conform(_card_nets(singles, features, params, channel_prices), CardNets)


def transient_card_nets(
    singles: pl.DataFrame, features: pl.DataFrame, params: Parameters, channel_prices: pl.DataFrame
) -> pl.DataFrame:
    """As `card_nets`, checked in names and types alone: for an answer that no stage stores."""
    frame = _card_nets(singles, features, params, channel_prices).select(names(CardNets))
    check_columns(frame, CardNets)
    return frame


def _card_nets(
    singles: pl.DataFrame, features: pl.DataFrame, params: Parameters, channel_prices: pl.DataFrame | None
) -> pl.DataFrame:
    priced = _as_priced(singles, features).join(
        features,
        left_on=["category", "tcg_product_id", "_priced_as"],
        right_on=["category", "source_product_id", "printing"],
        how="left",
    )
    # One ask without a sale is shown and is no price.
    is_lone = pl.col("quality") == LONE_ASK
    priced = priced.with_columns(
        refused_cents=pl.when(is_lone).then("reference_cents").otherwise("refused_cents"),
        reference_cents=pl.when(~is_lone.fill_null(value=False)).then("reference_cents"),
    )
    own = {}
    if channel_prices is not None:
        for name in own_priced(params):
            priced, own[name] = _with_own(priced, channel_prices.filter(channel=name), name)
    net = net_and_channel(pl.col("reference_cents"), pl.col("rarity"), params, own)
    taken, copies = cash(pl.col("reference_cents"), params, own)
    net |= {
        "quick_net_cents": quick_net(
            pl.col("reference_cents"), pl.col("low_cents"), pl.col("rarity"), params
        ).cast(pl.Float64),
        "cash_net_cents": taken.cast(pl.Float64),
        "cash_wanted": copies,
    }
    net |= {name: net[name].cast(pl.Float64) for name in ("net_cents", "uncapped_net_cents")}
    # Lazily: then each channel's net, which several of these columns name, is computed once.
    return priced.lazy().with_columns(**net).collect()


def _as_priced(singles: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
    """Singles with `_priced_as`, the printing that carries their price.

    It is their own, or, where a TCGplayer product is requested in one printing and priced in one other, that
    one: an etched foil whose price row is called normal, a foil-only card whose row is. Where a product is
    requested or priced in two printings, no printing takes the price of another.
    """
    key = ["category", "tcg_product_id"]
    priced = features.select("category", "printing", tcg_product_id="source_product_id").unique()
    only_priced = priced.group_by(key).agg(
        _only=pl.when(pl.len() == 1).then(pl.col("printing").first()),
        _known=pl.col("printing").unique(),
    )
    requested = (
        singles.filter(pl.col("is_only_finish")) if "is_only_finish" in singles.columns else singles.clear()
    )
    requested = requested.select(*key, "printing", _is_only=pl.lit(value=True)).unique()
    joined = singles.join(only_priced, on=key, how="left", maintain_order="left").join(
        requested, on=[*key, "printing"], how="left", maintain_order="left"
    )
    is_own = pl.col("_known").list.contains(pl.col("printing")).fill_null(value=True)
    other = pl.when(pl.col("_is_only")).then("_only")
    return joined.with_columns(
        _priced_as=pl.when(is_own).then("printing").otherwise(pl.coalesce(other, "printing"))
    ).drop("_only", "_known", "_is_only")


def with_all_columns(nets: pl.DataFrame) -> pl.DataFrame:
    """Nets of any age with the columns of today; what an older analysis did not record is null."""
    schema = empty(CardNets).schema
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in nets.columns]
    return nets.with_columns(missing)


def _with_own(singles: pl.DataFrame, prices: pl.DataFrame, channel: str) -> tuple[pl.DataFrame, OwnPrice]:
    """The singles with a channel's own price in columns named for it."""
    key = ["category", "single_product_id", "printing"]
    columns = {name: f"{channel}:{name}" for name in OWN}
    joined = singles.join(prices.select(*key, *OWN).rename(columns), on=key, how="left")
    return joined, OwnPrice(
        *(pl.col(columns[name]) for name in ("price_cents", "dollars_per_unit", "quantity_wanted"))
    )
