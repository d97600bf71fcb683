"""Exits beside the patient sale of singles: quick sale, buylist cash, and resale of the closed product.

Prices are expressions in US cents; nets are unrounded. The patient sale is in `fees`.
"""

from collections.abc import Mapping
from math import exp

import polars as pl

from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.fees import BPS, OwnPrice, commission, net_and_channel, own_net, per_order


def quick_price(market: pl.Expr, ask: pl.Expr, params: Parameters) -> pl.Expr:
    """Price at which a card sells at once: its lowest ask, within condition floor and market price.

    The lowest ask may be of a worse condition, so it counts as no less than the floor. Without an ask the
    floor counts: there is no seller to undercut, and no evidence of a buyer.
    """
    floor = market * params.quick_sale.condition_floor
    return pl.min_horizontal(market.cast(pl.Float64), pl.max_horizontal(ask.cast(pl.Float64), floor))


def quick_net(market: pl.Expr, ask: pl.Expr, rarity: pl.Expr, params: Parameters) -> pl.Expr:
    """Net of one card at its quick price, in the best channel that lists it; null without a market price."""
    listing = [name for name in params.selling.channels if not params.channels[name].is_capped]
    listed = params.selling.model_copy(update={"channels": tuple(listing)})
    only = params.model_copy(update={"selling": listed})
    net = net_and_channel(quick_price(market, ask, params), rarity, only)["net_cents"]
    return pl.when(market.is_not_null()).then(net)


def cash(market: pl.Expr, params: Parameters, own: Mapping[str, OwnPrice]) -> tuple[pl.Expr, pl.Expr]:
    """(net of one card at the best buylist, copies that it takes); nulls where none has a price.

    Store credit is no cash: a channel with a bonus is left out.
    """
    nets, wanted = [], []
    for name, price in own.items():
        fees = params.channels[name]
        if not fees.is_capped or fees.bonus:
            continue
        net, is_open = own_net(price, market, fees, params)
        nets.append(pl.when(is_open).then(net))
        wanted.append(price.wanted)
    if not nets:
        return pl.lit(None, pl.Float64), pl.lit(None, pl.Int32)
    best = pl.max_horizontal(*nets)
    takes = pl.coalesce(
        *(pl.when(net == best).then(copies) for net, copies in zip(nets, wanted, strict=True))
    )
    return best, takes


def resale_nets(market: pl.Expr, params: Parameters) -> dict[str, pl.Expr]:
    """Channel -> net of one sealed product that is sold on at a price, in an order of its own."""
    nets = {}
    for name in params.resale.channels:
        fees = params.channels[name]
        taken = commission(market, fees) + market * fees.payment / BPS + fees.per_item
        order = per_order(market, fees) + params.handling.order_cents + params.resale.postage
        nets[name] = market - taken - order
    return nets


def resale_price(market: pl.Expr, rival: pl.Expr) -> pl.Expr:
    """Price of a resale: the market price, or a cent under the lowest other ask where that is lower."""
    return pl.when(market.is_not_null()).then(pl.min_horizontal(market, rival - 1))


def resale_range(price: pl.Expr, is_low: pl.Expr, params: Parameters) -> dict[str, pl.Expr]:
    """`p5`, `mean` and `p95` of the best resale at the sale, from a price today.

    `is_low`: is the product offered far under its market price? Then that price tends to follow the ask.
    Spreads grow with time as the law of movement says; a price that is not offered so low has no drift.
    """
    law, resale = params.movement, params.resale
    growth = (law.horizon_days / law.reference_days) ** law.exponent
    fall = pl.when(is_low).then(resale.low_ask_fall).otherwise(resale.spread) * growth
    mean = pl.when(is_low).then(resale.low_ask_mean).otherwise(1.0)
    factors = {"p5": (-fall).exp(), "mean": mean, "p95": pl.lit(exp(resale.spread * growth))}
    return {name: best_resale(price * factor, params)[0] for name, factor in factors.items()}


def best_resale(market: pl.Expr, params: Parameters) -> tuple[pl.Expr, pl.Expr]:
    """(net, channel) of the best resale, never under 0; of equal nets the channel named first."""
    nets = resale_nets(market, params)
    net = pl.max_horizontal(*nets.values()).clip(lower_bound=0)
    channel = pl.coalesce(*(pl.when(own >= net - 1e-6).then(pl.lit(name)) for name, own in nets.items()))
    return pl.when(market.is_not_null()).then(net), pl.when(market.is_not_null()).then(channel)
