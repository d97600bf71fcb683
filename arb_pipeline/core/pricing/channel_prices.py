"""Prices that exit channels state themselves (buylist, trend), from quotes of the last days."""

from datetime import date

import polars as pl

from arb_pipeline.contracts.base import conform, empty
from arb_pipeline.contracts.valuation import ChannelPrices
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.channel_params import DOLLAR, Channel
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.core.pricing.price_window import recent_days

LANGUAGE = "English"
CONDITION = "near_mint"


def own_priced(params: Parameters) -> dict[str, Channel]:
    """The enabled channels that have prices of their own."""
    named = {name: params.channels[name] for name in params.selling.channels}
    return {name: channel for name, channel in named.items() if channel.price_source}


def channel_prices(quotes: pl.DataFrame, *, as_of: date, params: Parameters, rates: Rates) -> pl.DataFrame:
    """One price per (single, printing, enabled channel) (contract `ChannelPrices`).

    `quotes`: the contract `Quotes` with product_id and package_id, of any days and sources; those not older
    than `stale_days` count, near mint and English. A source's list replaces its list before: a card that it
    no longer names is no longer wanted. Of two articles of one printing the cheaper counts, since the pack
    may hold either. A price whose currency has no rate of its day is left out.
    """
    recent = quotes.filter(
        pl.col("day").is_in(recent_days(as_of, params.prices)),
        pl.col("condition") == CONDITION,
        pl.col("language") == LANGUAGE,
    )
    newest = recent.filter(pl.col("recorded_at") == pl.col("recorded_at").max().over("source", "category"))
    known = newest.filter(pl.col("product_id").is_not_null())
    frames = [_of_channel(known, name, channel, rates) for name, channel in own_priced(params).items()]
    return conform(pl.concat([empty(ChannelPrices), *frames], how="diagonal"), ChannelPrices)


def _of_channel(quotes: pl.DataFrame, name: str, channel: Channel, rates: Rates) -> pl.DataFrame:
    of_channel = quotes.filter(
        pl.col("source") == channel.price_source, pl.col("price_type") == channel.price_type
    )
    wanted = pl.col("available_quantity") if channel.is_capped else pl.lit(None, pl.Int32)
    if channel.is_capped:
        of_channel = of_channel.filter(pl.col("available_quantity") >= 1)
    per_unit = {day: dollars_per_unit(rates, channel.currency, day) for day in of_channel["day"].unique()}
    return (
        of_channel.sort("product_id", "printing", "price_cents", "source_product_id", "package_id")
        .unique(["product_id", "printing"], keep="first", maintain_order=True)
        .select(
            "category",
            "printing",
            "price_cents",
            "day",
            "package_id",
            single_product_id="product_id",
            channel=pl.lit(name),
            quantity_wanted=wanted,
            dollars_per_unit=pl.col("day").replace_strict(per_unit, default=None, return_dtype=pl.Float64),
        )
        .filter(pl.col("dollars_per_unit").is_not_null())
    )


def dollars_per_unit(rates: Rates, currency: str, day: date) -> float | None:
    """US dollars for one unit of a currency at the ECB's rate of the day; None without one."""
    if currency == DOLLAR:
        return 1.0
    dollars, theirs = rates.per_euro(DOLLAR, day), rates.per_euro(currency, day)
    return None if dollars is None or theirs is None else float(dollars / theirs)
