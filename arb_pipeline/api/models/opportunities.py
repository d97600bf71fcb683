"""Opportunities, purchases and statistics."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from arb_pipeline.api.models.base import (
    CLEAN,
    Body,
    Count,
    Day,
    Money,
    MoneyIn,
    Page,
    Utc,
    View,
    Whole,
    row_base,
)
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


class PurchaseUpdate(Body):
    """Corrections of your purchase; absent fields stay unchanged, its forecast always."""

    quantity: Count | None = Field(default=None, description="Pieces: at least those sold.")
    price: MoneyIn | None = Field(default=None, description="Landed price paid per piece.")
    purchased_on: Day | None = Field(
        default=None, description="A day (UTC) from the opening of the opportunity on, up to today."
    )
    notes: Notes | None = Field(default=None, description="Replaces the notes; null removes them.")


class SaleCreate(Body):
    """Proceeds of a sale from your purchase of an opportunity."""

    proceeds: MoneyIn | None = Field(
        default=None, description="What the sale netted after fees and postage, all of it together."
    )
    gross: MoneyIn | None = Field(
        default=None,
        description="Paid for the goods. Without proceeds the channel's fees and postage are taken off.",
    )
    kind: Literal["singles", "sealed", "whole"] = Field(
        default="singles",
        description="Cards, pieces resold unopened, or the whole contents of opened pieces at once.",
    )
    quantity: Annotated[int, Field(strict=True, ge=0, le=1_000_000), Whole] = Field(
        default=0, description="Cards; of sealed and whole, pieces (0 is 1 there). 0: not stated."
    )
    purchase_id: UUID | None = Field(
        default=None, description="Of which purchase; by default your oldest with something to sell."
    )
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
    kind: Literal["singles", "sealed", "whole", "correction"]
    quantity: int = Field(description="Cards; of sealed and whole, pieces. 0: not stated.")
    card: str | None = Field(description="Name of the card; null: several, or not stated.")
    gross: Money | None
    fees: Money | None = Field(description="Fees and postage between gross and proceeds.")
    proceeds: Money
    currency: Currency
    sold_on: date
    channel: str | None
    description: str | None
    created_at: Utc


class Forecast(View):
    """The forecast per piece at the time of the purchase."""

    as_of: date
    horizon_days: int | None
    sealed_price: Money
    singles_value: Money
    profit: Money
    margin_percentage: float
    outcome_mean: Money | None
    outcome_sd: Money | None
    contents_sd: Money | None
    price_sd: Money | None
    p5: Money | None
    p50: Money | None
    p95: Money | None
    p_profit: float | None
    quick_sale_value: Money | None
    cash_value: Money | None
    resale_value: Money | None


class Purchase(ProductNames):
    """One purchase with its forecast, its sales, and the present value of the unsold part."""

    id: UUID
    opportunity_id: UUID
    product_id: UUID
    currency: Currency
    quantity: int
    pieces_left: int = Field(description="Pieces neither resold unopened nor sold whole.")
    price: Money = Field(description="Landed price paid per piece.")
    spent: Money
    purchased_at: Utc
    notes: str | None
    forecast: Forecast | None
    forecast_value: Money | None = Field(description="quantity x singles_value.")
    forecast_profit: Money | None = Field(description="forecast_value - spent.")
    forecast_low: Money | None = Field(description="p5 of the profit of all pieces.")
    forecast_high: Money | None = Field(description="p95 of the profit of all pieces.")
    p_profit: float | None = Field(description="Probability of a profit of all pieces at the price paid.")
    proceeds: Money = Field(description="Sum of the recorded sales.")
    realised_profit: Money | None = Field(description="proceeds - spent; null until the sale is final.")
    error: Money | None = Field(description="realised_profit - forecast_profit.")
    within: bool | None = Field(
        description="The proceeds lie within p5 to p95; null: not final, or a piece was resold unopened."
    )
    pit: float | None = Field(description="Probability that the forecast gave to at most the proceeds.")
    is_final: bool
    current_value: Money | None = Field(
        description="quantity x the newest valuation's singles_value; null: not enough data."
    )
    current_as_of: date | None
    unsold_value: Money | None = Field(description="Of current_value, what is not sold; 0 once final.")
    unrealised_profit: Money | None = Field(
        description="proceeds + unsold_value - spent; null once final, or not valued."
    )
    sales: list[Sale]


class PurchaseCalibration(View):
    """Calibration of your forecasts, over final purchases whose pieces were all opened."""

    purchases: int = Field(description="Final purchases with a distribution.")
    not_comparable: int = Field(description="Final purchases resold unopened in part, or without one.")
    within: int = Field(description="Of purchases, those within p5 to p95; 90 % are expected.")
    within_low: float | None = Field(description="95 % interval of that share, from here ...")
    within_high: float | None = Field(description="... to here.")
    pit: tuple[int, int, int, int] = Field(
        description="Below p5, up to p50, up to p95, above; 5, 45, 45 and 5 % are expected."
    )
    mean_pit: float | None = Field(description="0.5 is expected; below it forecasts promised too much.")
    profits: int = Field(description="Of purchases with a P(profit), those with a profit.")
    mean_p_profit: float | None
    brier: float | None = Field(description="Mean squared error of P(profit).")


class Portfolio(View):
    """Your purchases, newest first, and their sums over all of them."""

    purchases: int
    spent: Money
    proceeds: Money
    forecast_profit: Money
    realised_profit: Money = Field(description="Over purchases whose sale is final.")
    realised_purchases: int
    realised_forecast_profit: Money = Field(description="Forecast of the same purchases.")
    realised_return: float | None = Field(description="realised_profit / what they cost.")
    current_value: Money = Field(description="Of purchases whose sale is not final.")
    unsold_value: Money = Field(description="Of current_value, what is not sold.")
    unrealised_profit: Money = Field(description="Of these purchases: proceeds + unsold_value - spent.")
    unmarked: int = Field(description="Purchases that are not final and not valued today.")
    calibration: PurchaseCalibration
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
