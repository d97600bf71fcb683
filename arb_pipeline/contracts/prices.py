"""Price frames: observations per source, product, printing and day, and rejected records."""

from datetime import date

import polars as pl

from arb_pipeline.contracts.base import Contract, Field
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.frame_models import UTC


class Observations(Contract):
    """One row per source, product, printing and day, with at least one price."""

    category: str = Field(isin=list(CATEGORIES))
    source: str
    source_product_id: str
    printing: str = Field(description="Printing: normal, foil, holofoil, 1st_edition ...")
    condition: str
    language: str
    day: date
    recorded_at: UTC = Field(description="Time of publication at the source.")
    market_cents: pl.Int64 = Field(
        nullable=True, gt=0, description="Market price from recent sales. Unit: US cents."
    )
    low_cents: pl.Int64 = Field(
        nullable=True, gt=0, description="Lowest ask without shipping. Unit: US cents."
    )
    mid_cents: pl.Int64 = Field(nullable=True, gt=0, description="Median ask. Unit: US cents.")
    seller_count: pl.Int32 = Field(nullable=True, ge=0)
    available_quantity: pl.Int32 = Field(nullable=True, ge=0)


class DailyPrices(Contract):
    """One row per source, product, printing and day, with its reference price: the input of features."""

    category: str = Field(isin=list(CATEGORIES))
    source: str
    source_product_id: str
    printing: str
    day: date
    reference_cents: pl.Int64 = Field(
        gt=0, description="Reference price: market price, else an ask. Unit: US cents."
    )
    quality: float = Field(
        ge=0, le=1, description="Quality of the price: 1 for a market price, less for an ask."
    )
    market_cents: pl.Int64 = Field(nullable=True, gt=0)
    low_cents: pl.Int64 = Field(nullable=True, gt=0)
    seller_count: pl.Int32 = Field(nullable=True, ge=0)


class Rejected(Contract):
    """One row per rejected record or file: place, reason, value and advice."""

    category: str = Field(nullable=True)
    source: str
    day: date = Field(nullable=True)
    file: str = Field(description="Path inside the landing package.")
    record: str = Field(description="Identifier of the record; '' if the whole file is rejected.")
    reason: str
    value: str = Field(description="Rejected value, at most 200 characters.")
    advice: str
    parser_version: str
