"""Quotes in the lake for the days of a valuation's window. Their interpretation belongs to the core."""

from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.valuation import ChannelPrices
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.channel_params import DOLLAR
from arb_pipeline.core.pricing.channel_prices import channel_prices, own_priced
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.core.pricing.offers import buyable
from arb_pipeline.core.pricing.price_window import recent_days
from arb_pipeline.storage import marketplace_files
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.landing import Landing


def quotes_of_sealed(
    lake: Lake, sources: Iterable[str], sealed: pl.DataFrame, day: date, window_days: int
) -> pl.DataFrame | None:
    """The `buyable` quotes of sealed products in the window up to a day; None where no source was queried."""
    window = [day - timedelta(days=age) for age in range(window_days, -1, -1)]
    ours = pl.col("product_id").is_in(sealed["product_id"].implode())
    frames = [buyable(quotes).filter(ours) for quotes in _scanned(lake, sources, window)]
    return pl.concat(pl.collect_all(frames)) if frames else None


def quotes_of_channels(lake: Lake, params: Parameters, day: date) -> list[pl.DataFrame]:
    """Quotes of the last days from sources of channels with own prices, one frame per file."""
    sources = sorted({str(channel.price_source) for channel in own_priced(params).values()})
    return pl.collect_all(_scanned(lake, sources, recent_days(day, params.prices)))


def prices_of_channels(
    quotes: list[pl.DataFrame], landing: Landing, params: Parameters, day: date
) -> pl.DataFrame:
    """Prices that channels state (contract `ChannelPrices`), from the frames of `quotes_of_channels`."""
    if not quotes:
        return empty(ChannelPrices)
    is_foreign = any(channel.currency != DOLLAR for channel in own_priced(params).values())
    rates = marketplace_files.rates(landing) if is_foreign else Rates()
    return channel_prices(pl.concat(quotes), as_of=day, params=params, rates=rates)


def _scanned(lake: Lake, sources: Iterable[str], days: Iterable[date]) -> list[pl.LazyFrame]:
    """Frames in order of sources, then of days. A day on which a source was not queried has none."""
    frames: list[pl.LazyFrame] = []
    for source in sources:
        table = f"prices/{source}/quotes"
        there = set(lake.days(table))
        frames += [lake.scan(table, day=day) for day in days if day in there]
    return frames
