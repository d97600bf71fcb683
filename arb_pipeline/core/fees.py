"""What one card nets per exit channel (valuation.md 3). Rates live in params/.

Prices are expressions in cents; nets are unrounded cents (Float64): they are summed, then rounded once.
"""

import polars as pl

from arb_pipeline.core.params import EbayFees, Parameters, Postage, TcgplayerFees

BPS = 10_000


def tcgplayer_commission(subtotal: pl.Expr, fees: TcgplayerFees) -> pl.Expr:
    """Commission of one product's subtotal, capped."""
    return pl.min_horizontal(subtotal * fees.commission / BPS, pl.lit(float(fees.commission_cap)))


def tcgplayer_payment(order_total: pl.Expr, fees: TcgplayerFees) -> pl.Expr:
    """Payment fee of one order, with its fixed part."""
    return order_total * fees.payment / BPS + fees.per_order


def ebay_fees(order_total: pl.Expr, fees: EbayFees) -> pl.Expr:
    """Final value fee of one order (shipping is part of the base), with its fixed part."""
    return _ebay_commission(order_total, fees) + _ebay_per_order(order_total, fees)


def _ebay_commission(total: pl.Expr, fees: EbayFees) -> pl.Expr:
    within = pl.min_horizontal(total, pl.lit(float(fees.tier)))
    return (within * fees.commission + (total - within) * fees.commission_above) / BPS


def _ebay_per_order(total: pl.Expr, fees: EbayFees) -> pl.Expr:
    return pl.when(total <= fees.small_order).then(fees.per_small_order).otherwise(fees.per_order)


def order_postage(goods: pl.Expr, postage: Postage) -> pl.Expr:
    """Postage of one order: a letter up to the limit, tracked above."""
    return pl.when(goods <= postage.letter_limit).then(postage.letter).otherwise(postage.tracked)


def _tcgplayer(price: pl.Expr, p: Parameters) -> pl.Expr:
    shared = p.tcgplayer.per_order + order_postage(price, p.postage)
    paid = price * p.tcgplayer.payment / BPS
    return price - tcgplayer_commission(price, p.tcgplayer) - paid - shared / p.selling.cards_per_order


def _tcgplayer_direct(price: pl.Expr, p: Parameters) -> pl.Expr:
    fees = p.tcgplayer_direct
    commission = pl.min_horizontal(price * fees.commission / BPS, pl.lit(float(fees.commission_cap)))
    listed = price - fees.per_card - commission - price * fees.payment / BPS
    return pl.when(price >= fees.threshold).then(listed).otherwise(price * fees.below_threshold / BPS)


def _ebay(price: pl.Expr, p: Parameters) -> pl.Expr:
    shared = _ebay_per_order(price, p.ebay) + order_postage(price, p.postage)
    return price - _ebay_commission(price, p.ebay) - shared / p.selling.cards_per_order


CHANNELS = {"tcgplayer": _tcgplayer, "tcgplayer_direct": _tcgplayer_direct, "ebay": _ebay}
"""Exit channel -> net of one card at a reference price in cents."""


def net_and_channel(price: pl.Expr, rarity: pl.Expr, params: Parameters) -> tuple[pl.Expr, pl.Expr]:
    """(net in cents, channel) of one card at the best enabled channel.

    Under the bulk floor a card is not listed: it nets its bulk value, never more than its price.
    Above it, bulk is what remains when no listing nets more.
    """
    worth = rarity.replace_strict(params.selling.bulk_value, default=0, return_dtype=pl.Float64)
    bulk = pl.min_horizontal(worth, price.cast(pl.Float64))
    is_listed = price >= params.selling.bulk_floor
    net, channel = bulk, pl.lit("bulk")
    for name in params.selling.channels:
        listed = CHANNELS[name](price, params)
        # Equal rates differ by binary noise: a tie stays with the channel named first.
        is_better = is_listed & (listed > net + 1e-6)
        net, channel = (
            pl.when(is_better).then(listed).otherwise(net),
            pl.when(is_better).then(pl.lit(name)).otherwise(channel),
        )
    known = price.is_not_null()
    return pl.when(known).then(net), pl.when(known).then(channel)


def default_shipping(offer: pl.Expr, params: Parameters) -> pl.Expr:
    """What an offer's shipping costs where nobody tells: by the band of its price (valuation.md 4)."""
    buying = params.buying
    return (
        pl.when(offer <= buying.shipping_limit).then(buying.shipping_small).otherwise(buying.shipping_large)
    )


def landed_cost(offer: pl.Expr, params: Parameters, shipping: pl.Expr | None = None) -> pl.Expr:
    """Price + shipping (the default of its band where none is given) + tax, in unrounded cents."""
    shipped = default_shipping(offer, params) if shipping is None else shipping
    return offer + shipped + offer * params.buying.tax / BPS
