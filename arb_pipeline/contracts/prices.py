"""Price frames: one cleaned observation per source, product, printing and day; and what was refused."""

from datetime import date

import pandera.polars as pa
import polars as pl

from arb_pipeline.contracts.base import Contract
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.schema import UTC


class Observations(Contract):
    """What one source said of one product on one day. At least one price is there."""

    category: str = pa.Field(isin=list(CATEGORIES))
    source: str
    source_product_id: str
    printing: str = pa.Field(description="normal, foil, holofoil, 1st_edition ...")
    condition: str
    language: str
    day: date
    recorded_at: UTC = pa.Field(description="when the source published it")
    market_cents: pl.Int64 = pa.Field(nullable=True, gt=0, description="US cents: recent sales")
    low_cents: pl.Int64 = pa.Field(nullable=True, gt=0, description="US cents: cheapest ask, no postage")
    mid_cents: pl.Int64 = pa.Field(nullable=True, gt=0, description="US cents: median ask")
    seller_count: pl.Int32 = pa.Field(nullable=True, ge=0)
    available_quantity: pl.Int32 = pa.Field(nullable=True, ge=0)


class DailyPrices(Contract):
    """One row per source, product, printing and day, with its reference price: what features read."""

    category: str = pa.Field(isin=list(CATEGORIES))
    source: str
    source_product_id: str
    printing: str
    day: date
    reference_cents: pl.Int64 = pa.Field(gt=0, description="US cents: market price, else what is asked")
    quality: float = pa.Field(ge=0, le=1, description="1 for a market price, less for asks alone")
    market_cents: pl.Int64 = pa.Field(nullable=True, gt=0)
    low_cents: pl.Int64 = pa.Field(nullable=True, gt=0)
    seller_count: pl.Int32 = pa.Field(nullable=True, ge=0)


class Rejected(Contract):
    """One row per refused record or file: what, where, why, and what to do."""

    category: str = pa.Field(nullable=True)
    source: str
    day: date = pa.Field(nullable=True)
    file: str = pa.Field(description="path inside the landing package")
    record: str = pa.Field(description="id of the record, or '' when the whole file is refused")
    reason: str
    value: str = pa.Field(description="the offending value, at most 200 characters")
    advice: str
    parser_version: str
