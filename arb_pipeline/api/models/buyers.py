"""Quotes in hand: what-if and price lists."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from arb_pipeline.api.models.base import FILLED, Body, Day, Money, MoneyIn, Page, Share, Utc, View, Whole
from arb_pipeline.api.models.catalogue import Currency, OutcomeBar
from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.enums import CompetitionLevel, RiskLevel

Channels = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,80}$")]],
    Field(max_length=20, description="Exit channels; default: the parameters'."),
]


class WhatIfRequest(Body):
    """A quote in hand. Name the product by `product_id` or by `product`."""

    product_id: UUID | None = None
    product: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), FILLED] | None
    ) = Field(default=None, description="Name, part of the name, or TCGplayer id; one product has to match.")
    price: MoneyIn = Field(description="Per piece.")
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000), Whole] = 1
    shipping: MoneyIn | None = Field(default=None, description="Of the whole order.")
    channels: Channels | None = None
    chance: Share = Field(default=0.8, description="P(profit) for which the highest price is calculated too.")
    as_of: Day | None = Field(default=None, description="An analysed day; default: the newest.")

    @model_validator(mode="after")
    def _one_product(self) -> "WhatIfRequest":
        if (self.product_id is None) == (self.product is None):
            msg = "name the product by exactly one of product_id and product"
            raise ValueError(msg)
        return self


class BreakEven(View):
    """The highest cost at which P(profit) reaches a chance."""

    chance: float
    cost: Money | None = Field(description="Of all pieces; null: no cost reaches it.")
    per_piece: Money | None


class PurchaseFigures(View):
    """Cost and net value of all pieces of a purchase."""

    pieces: int
    cost: Money
    gross: Money
    net: Money
    profit: Money
    margin_percentage: float
    mean: Money
    sd: Money
    p5: Money
    p50: Money
    p95: Money
    p_profit: float
    contents_sd: Money = Field(description="Standard deviation from the contents alone.")
    price_sd: Money = Field(description="Standard deviation from the movement of prices alone.")
    horizon_days: int = Field(description="Days to the sale.")
    quick_sale: Money | None = Field(description="Net of all cards sold at once, at their lowest asks.")
    cash: Money | None = Field(description="Net of the copies that buylists take today.")
    resale: Money | None = Field(description="Net of the pieces resold unopened.")
    break_even: list[BreakEven]
    outcome: list[OutcomeBar]


class WhatIf(View):
    """Value of a purchase."""

    product_id: UUID
    name: str
    set_code: str | None
    category: Category
    as_of: date | None
    currency: Currency
    quantity: int
    reason: str | None = Field(description="Why there are no figures; null where there are.")
    one: PurchaseFigures | None = Field(description="One piece alone, at its share of the cost.")
    all: PurchaseFigures | None
    market_price: Money | None
    cheapest_offer: Money | None
    cheapest_source: str | None
    priced_share: float | None
    confidence_score: float | None
    risk_level: RiskLevel | None
    competition_level: CompetitionLevel | None
    flags: list[str]
    is_suspect: bool | None = Field(description="Whether the price is implausibly low against the market.")
    is_worth_buying: bool | None
    why: str | None


class PriceList(View):
    """A price list and the progress of its valuation."""

    id: UUID
    name: str
    status: Literal["queued", "running", "done", "failed"]
    rows: int | None
    rows_done: int
    valued: int
    unmatched: int
    worth_buying: int
    error: str | None
    created_at: Utc
    started_at: Utc | None
    finished_at: Utc | None


class PriceListPage(Page[PriceList]):
    """One page of your price lists, newest first."""


class Candidate(View):
    """A candidate product of a row."""

    product_id: UUID
    name: str
    set_code: str | None


class PriceListRow(View):
    """One row of a price list with its result or the reason that there is none."""

    line: int = Field(description="Line in the file.")
    given: dict[str, Any] = Field(description="The row as read.")
    state: Literal["valued", "unmatched", "not_valued"]
    reason_code: str | None
    reason: str | None
    product_id: UUID | None
    matched_name: str | None
    matched_by: str | None
    candidates: list[Candidate]
    currency: Currency
    pieces: int | None
    cost: Money | None
    net_value: Money | None
    profit: Money | None
    margin_percentage: float | None
    p_profit: float | None
    break_even_50: Money | None
    break_even_at_chance: Money | None
    is_suspect: bool | None = Field(description="Whether the price is implausibly low against the market.")
    is_worth_buying: bool | None
    flags: list[str]
    why: str | None


class PriceListRowPage(Page[PriceListRow]):
    """One page of a price list's rows."""


class PriceListMatch(Body):
    """Product to assign to a row."""

    product_id: UUID


class RunStarted(View):
    """A Dagster run that was started; `Location` has its URL."""

    run_id: str
    job: str
    state: str
    url: str
