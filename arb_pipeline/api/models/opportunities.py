"""Opportunities, purchases and statistics."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from arb_pipeline.api.models.base import CLEAN, Body, Count, Day, Money, MoneyIn, Page, Utc, View, row_base
from arb_pipeline.api.models.catalogue import Currency, Link, ProductNames
from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.enums import OpportunityStatus, RiskLevel
from arb_pipeline.storage.postgres.tables import arbitrage_opportunities, opportunity_events

Notes = Annotated[str, StringConstraints(max_length=500), CLEAN]


class Opportunity(row_base(arbitrage_opportunities), ProductNames):  # type: ignore[misc]
    """A sealed product that costs less than its singles net, with state and result."""

    currency: Currency
    source_url: Link


class OpportunityPage(Page[Opportunity]):
    """One page of opportunities."""


class OpportunityEvent(row_base(opportunity_events)):  # type: ignore[misc]
    """One change of an opportunity."""


class OpportunityEventPage(Page[OpportunityEvent]):
    """One page of an opportunity's events, oldest first."""


class Execute(Body):
    """A purchase."""

    quantity: Count = Field(description="Pieces bought.")
    price: MoneyIn = Field(description="Landed price paid per piece.")
    notes: Notes | None = None


class OpportunityUpdate(Body):
    """Changes of an opportunity; absent fields stay unchanged."""

    notes: Notes | None = Field(default=None, description="Replaces the notes, and is added to the events.")
    quantity: Count | None = Field(
        default=None, description="Corrects the pieces bought; executed ones only."
    )
    status: Literal["cancelled"] | None = Field(default=None, description="As DELETE: closes an active one.")


class SaleCreate(Body):
    """Proceeds of a sale from your purchase of an opportunity."""

    proceeds: MoneyIn = Field(description="What the sale netted after fees and postage, all cards together.")
    sold_on: Day | None = Field(default=None, description="Default: today (UTC).")
    channel: Annotated[str, StringConstraints(max_length=80), CLEAN] | None = None
    description: Notes | None = None
    is_final: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="True: nothing of the purchase is left to sell."
    )


class Sale(View):
    """One recorded sale."""

    id: UUID
    purchase_id: UUID
    proceeds: Money
    currency: Currency
    sold_on: date
    channel: str | None
    description: str | None
    created_at: Utc


class Forecast(View):
    """The forecast per piece at the time of the purchase."""

    as_of: date
    sealed_price: Money
    singles_value: Money
    profit: Money
    margin_percentage: float
    outcome_mean: Money | None
    outcome_sd: Money | None
    p5: Money | None
    p50: Money | None
    p95: Money | None
    p_profit: float | None


class Purchase(ProductNames):
    """One purchase with its forecast, its sales, and the present value of the unsold part."""

    id: UUID
    opportunity_id: UUID
    product_id: UUID
    currency: Currency
    quantity: int
    price: Money = Field(description="Landed price paid per piece.")
    spent: Money
    purchased_at: Utc
    notes: str | None
    forecast: Forecast | None
    forecast_profit: Money | None = Field(description="quantity x singles_value - spent.")
    proceeds: Money = Field(description="Sum of the recorded sales.")
    realised_profit: Money | None = Field(description="proceeds - spent; null until the sale is final.")
    is_final: bool
    current_value: Money | None = Field(
        description="quantity x the newest valuation's singles_value; null: not enough data."
    )
    current_as_of: date | None
    sales: list[Sale]


class Portfolio(View):
    """Your purchases, newest first, and their sums."""

    purchases: int
    spent: Money
    proceeds: Money
    forecast_profit: Money
    realised_profit: Money = Field(description="Over purchases whose sale is final.")
    realised_purchases: int
    current_value: Money = Field(description="Of purchases whose sale is not final.")
    currency: Currency
    items: list[Purchase]
    next_cursor: str | None


class Figures(View):
    """Sum and median of an amount."""

    sum: Money
    median: Money | None


class PublishedDay(View):
    """Opportunities opened on a day."""

    day: date
    opened: int


class PriceAge(View):
    """Age of the prices of a game."""

    category: Category
    newest_day: date | None
    hours: float | None = Field(description="Since 20:00 UTC of that day, when its prices are complete.")


class Realised(View):
    """Realised results against their forecasts, over opportunities that have a result."""

    purchases: int
    results: int
    realised_profit: Money
    forecast_profit: Money
    mean_error: Money | None = Field(description="Mean of realised - forecast profit.")
    within_range: int = Field(description="Results inside the forecast's p5 to p95; 90 % are expected.")
    with_range: int


class OpportunityStats(View):
    """Counts and sums over the opportunities."""

    as_of: date | None = Field(description="The newest analysed day.")
    generated_at: Utc
    currency: Currency
    by_status: dict[OpportunityStatus, int]
    active_by_risk: dict[RiskLevel, int]
    active_by_category: dict[Category, int]
    active_profit: Figures
    active_margin_percentage_median: float | None
    published_per_day: list[PublishedDay] = Field(description="The last 30 days, oldest first.")
    price_ages: list[PriceAge]
    realised: Realised
