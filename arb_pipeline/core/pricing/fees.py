"""Net proceeds of one card per exit channel (valuation.md 3). Rates live in params/.

Prices are expressions in minor units of the channel's currency, US cents but for `net_and_channel`'s own
prices; nets are unrounded (Float64): they are summed, then rounded once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from arb_pipeline.core.money import rounded
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.channel_params import BULK, Channel, Postage

BPS = 10_000
TIE = 1e-6
"""Equal rates differ by binary noise: a tie stays with the channel named first."""


def commission(subtotal: pl.Expr, fees: Channel) -> pl.Expr:
    """Commission of one product's subtotal: two rates around a tier, at least, at most."""
    if fees.tier is None:
        taken = subtotal * fees.commission / BPS
    else:
        within = pl.min_horizontal(subtotal, pl.lit(float(fees.tier)))
        taken = (within * fees.commission + (subtotal - within) * fees.commission_above) / BPS
    if fees.commission_cap is not None:
        taken = pl.min_horizontal(taken, pl.lit(float(fees.commission_cap)))
    return pl.max_horizontal(taken, pl.lit(float(fees.commission_min))) if fees.commission_min else taken


def per_order(total: pl.Expr, fees: Channel) -> pl.Expr:
    """The fixed fee of one order of this total."""
    if fees.small_order is None:
        return pl.lit(fees.per_order)
    return pl.when(total <= fees.small_order).then(fees.per_small_order).otherwise(fees.per_order)


def order_postage(goods: pl.Expr, postage: Postage) -> pl.Expr:
    """Postage of one order: a letter up to the limit, tracked above."""
    return pl.when(goods <= postage.letter_limit).then(postage.letter).otherwise(postage.tracked)


def card_net(price: pl.Expr, fees: Channel, params: Parameters) -> pl.Expr:
    """Net proceeds of one card sold at a price; the order's costs are shared by `cards_per_order`."""
    shared = per_order(price, fees)
    if fees.postage:
        tables = {"us": params.postage, "eu": params.postage_eu}
        shared = shared + order_postage(price, tables[fees.postage])
    if not fees.is_capped:  # a buylist sorts and pays for what comes in one parcel
        shared = shared + params.handling.order_cents
    prepared = 0 if fees.is_capped else params.handling.card_cents
    paid = price * fees.payment / BPS + fees.per_item + prepared
    listed = price - commission(price, fees) - paid - shared / params.selling.cards_per_order
    below = price * (BPS - fees.below_threshold) / BPS
    return pl.when(price >= fees.threshold).then(listed).otherwise(below) if fees.threshold else listed


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """A channel's own price of a card: expressions, null where it has none."""

    cents: pl.Expr
    """US cents."""
    dollars_per_unit: pl.Expr
    """US dollars for one unit of the channel's currency, on the day of the price."""
    wanted: pl.Expr
    """Copies that it takes; null: any number."""


def net_and_channel(
    price: pl.Expr, rarity: pl.Expr, params: Parameters, own: Mapping[str, OwnPrice] | None = None
) -> dict[str, pl.Expr]:
    """net_cents and channel of one card at the best enabled channel, and what follows where that is capped.

    `price`: reference price in US cents; null: nothing is known. `own`: prices of channels that have some.
    Under the bulk floor a card is not sold by itself: it nets its bulk value, never more than its price.
    Above it, bulk is what remains when no channel nets more. A price of a channel's own far above the
    reference price (`quote_limit`) is not believed. For a best channel that takes `wanted` copies only,
    `uncapped_net_cents` and `uncapped_channel` are the best of the others.
    """
    own, selling = own or {}, params.selling
    worth = rarity.replace_strict(selling.bulk_value, default=0, return_dtype=pl.Float64)
    nets = {BULK: pl.min_horizontal(worth, price.cast(pl.Float64))}
    is_sold = price >= selling.bulk_floor
    for name in selling.channels:
        fees = params.channels[name]
        if fees.price_source is None:
            nets[name] = pl.when(is_sold).then(card_net(price, fees, params))
        elif name in own:
            net, is_open = own_net(own[name], price, fees, params)
            nets[name] = pl.when(is_sold & is_open).then(net)
    capped = [name for name in nets if name != BULK and params.channels[name].is_capped]
    known = price.is_not_null()
    net, channel = _best(nets)
    takes = (pl.when(channel == name).then(own[name].wanted) for name in capped)
    wanted = pl.when(known).then(pl.coalesce(*takes, pl.lit(None, pl.Int32)))
    rest, rest_channel = _best({name: net for name, net in nets.items() if name not in capped})
    return {
        "net_cents": pl.when(known).then(net),
        "channel": pl.when(known).then(channel),
        "wanted": wanted,
        "uncapped_net_cents": pl.when(wanted.is_not_null()).then(rest),
        "uncapped_channel": pl.when(wanted.is_not_null()).then(rest_channel),
    }


def _best(nets: Mapping[str, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    """(net, name) of the highest net; the first of those that are equal."""
    highest = pl.max_horizontal(*nets.values())
    return (
        pl.coalesce(*(pl.when(net >= highest - TIE).then(net) for net in nets.values())),
        pl.coalesce(*(pl.when(net >= highest - TIE).then(pl.lit(name)) for name, net in nets.items())),
    )


def own_net(own: OwnPrice, price: pl.Expr, fees: Channel, params: Parameters) -> tuple[pl.Expr, pl.Expr]:
    """(net in US cents, can it be sold there?) at the channel's own price, counted in its own currency."""
    # The source's own whole cents again: a tier must not turn on what the conversion rounded away.
    minor = rounded(own.cents / own.dollars_per_unit, 0) * (BPS + fees.bonus) / BPS
    net = card_net(minor, fees, params) * own.dollars_per_unit
    is_open = own.cents * BPS <= price * params.selling.quote_limit
    if fees.is_capped:
        return net, is_open & (own.wanted > 0)
    return net, is_open & (own.cents >= params.selling.bulk_floor)


def default_shipping(offer: pl.Expr, params: Parameters) -> pl.Expr:
    """Default shipping of an offer whose source states none, by the band of its price (valuation.md 4)."""
    buying = params.buying
    return (
        pl.when(offer <= buying.shipping_limit).then(buying.shipping_small).otherwise(buying.shipping_large)
    )


def landed_cost(offer: pl.Expr, params: Parameters, shipping: pl.Expr | None = None) -> pl.Expr:
    """Price + shipping (the default of its band where none is given) + tax, in unrounded cents."""
    shipped = default_shipping(offer, params) if shipping is None else shipping
    return offer + shipped + offer * params.buying.tax / BPS
