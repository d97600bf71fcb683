"""Proceeds of a sale after the fees, postage and handling of its channel. Rates live in params/.

Amounts are in minor units of the channel's currency.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from arb_pipeline.core.money import whole_cents
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.fees import BPS, commission, order_postage, per_order


def sale_net(gross_cents: int, quantity: int, channel: str, params: Parameters, *, is_sealed: bool) -> int:
    """Net of one order of this gross in whole cents: `quantity` cards, or closed products."""
    return whole_cents(gross_cents - _costs(gross_cents, quantity, channel, params, is_sealed=is_sealed))


@dataclass(frozen=True, slots=True)
class OrderItem:
    """An item of an order."""

    order: str
    """'' : an order of its own."""
    gross_cents: int
    quantity: int
    is_sealed: bool = False


def order_nets(items: Sequence[OrderItem], channel: str, params: Parameters) -> list[int]:
    """Net of each item in whole cents: the costs of an order are shared by its items in proportion to gross.

    The nets of an order sum to the order's gross less its costs, each rounded down and the rest given to the
    largest fractions.
    """
    orders: dict[str, list[int]] = {}
    for at, item in enumerate(items):
        orders.setdefault(item.order or f"\0{at}", []).append(at)
    nets = [0] * len(items)
    for places in orders.values():
        gross = sum(items[at].gross_cents for at in places)
        quantity = sum(items[at].quantity for at in places)
        sealed = any(items[at].is_sealed for at in places)
        net = sale_net(gross, quantity, channel, params, is_sealed=sealed)
        for at, share in zip(places, shared(net, [items[at].gross_cents for at in places]), strict=True):
            nets[at] = share
    return nets


def shared(total: int, weights: Sequence[int]) -> list[int]:
    """A total in whole parts in proportion to weights, which sum to it; equal parts where all are 0."""
    weights = weights if any(weights) else [1] * len(weights)
    sum_ = sum(weights)
    parts = [total * weight // sum_ for weight in weights]
    by_fraction = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % sum_))
    for at in by_fraction[: total - sum(parts)]:
        parts[at] += 1
    return parts


def _costs(gross: int, quantity: int, channel: str, params: Parameters, *, is_sealed: bool) -> float:
    """Commission, payment, fixed fees, postage and handling of one order, in unrounded cents."""
    fees, price = params.channels[channel], pl.lit(float(gross))
    if fees.threshold and gross < fees.threshold * quantity:
        return gross * fees.below_threshold / BPS
    taken = commission(price, fees) + price * fees.payment / BPS + fees.per_item * quantity
    taken = taken + per_order(price, fees)
    if is_sealed:
        taken = taken + params.resale.postage + params.handling.order_cents
    elif not fees.is_capped:
        prepared = params.handling.order_cents + params.handling.card_cents * quantity
        postage = {"us": params.postage, "eu": params.postage_eu}
        taken = taken + prepared
        if fees.postage:
            taken = taken + order_postage(price, postage[fees.postage])
    return float(pl.select(taken.cast(pl.Float64)).item())
