"""The portfolio: purchases with their forecasts and sales, realised and unrealised results, calibration.

Figures of a purchase are of all its pieces together. Purchases and sales are recorded by `purchases`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.errors import InvalidInputError, NotFoundError
from arb_pipeline.core.money import whole_cents
from arb_pipeline.core.portfolio import performance as core
from arb_pipeline.core.portfolio.forecast import place
from arb_pipeline.core.portfolio.records import record
from arb_pipeline.services.catalogue import SeveralMatchesError, several
from arb_pipeline.services.purchases import PurchaseResult
from arb_pipeline.services.view import Dollars, Percent, Share, View, dollars, percent
from arb_pipeline.storage.postgres.portfolio_queries import SALES, purchase_rows

State = Literal["open", "closed"]


class SaleView(View):
    """One recorded sale."""

    id: str
    purchase_id: str
    kind: Literal["singles", "sealed", "whole", "correction"]
    quantity: int
    """Cards; of sealed and whole, pieces. 0: not stated."""
    card: str | None
    gross: Dollars | None
    fees: Dollars | None
    proceeds: Dollars
    sold_on: date
    channel: str | None
    description: str | None
    created_at: datetime


class ForecastView(View):
    """The forecast per piece at the time of the purchase."""

    as_of: date
    horizon_days: int | None
    sealed_price: Dollars
    singles_value: Dollars
    profit: Dollars
    margin_percentage: Percent
    outcome_mean: Dollars | None
    outcome_sd: Dollars | None
    contents_sd: Dollars | None
    price_sd: Dollars | None
    p5: Dollars | None
    p50: Dollars | None
    p95: Dollars | None
    p_profit: Share | None
    quick_sale_value: Dollars | None
    cash_value: Dollars | None
    resale_value: Dollars | None


class PurchaseView(View):
    """One purchase: cost, forecast, sales, result, and what the unsold part is worth today."""

    id: str
    opportunity_id: str
    product_id: str
    buyer: str | None
    """User name; None: not stated."""
    name: str
    set_name: str | None
    set_code: str | None
    category: Category
    kind: str | None
    tcg_product_id: str | None
    image_url: str | None
    product_url: str | None
    quantity: int
    pieces_left: int
    """Pieces neither resold unopened nor sold whole."""
    price: Dollars
    spent: Dollars
    purchased_at: datetime
    notes: str | None
    forecast: ForecastView | None
    forecast_value: Dollars | None
    forecast_profit: Dollars | None
    forecast_low: Dollars | None
    """p5 of the profit of all pieces."""
    forecast_high: Dollars | None
    """p95 of the profit of all pieces."""
    p_profit: Share | None
    """P(profit) of all pieces at the price paid."""
    proceeds: Dollars
    is_final: bool
    realised_profit: Dollars | None
    """proceeds - spent; None until the purchase is final."""
    error: Dollars | None
    """Realised - forecast profit."""
    within: bool | None
    """The proceeds lie between p5 and p95; None: not final, or not comparable."""
    pit: Share | None
    """Probability that the forecast gave to at most the proceeds."""
    current_value: Dollars | None
    """quantity x the newest valuation's singles_value."""
    current_as_of: date | None
    unsold_value: Dollars | None
    """Current value of what is not sold; 0 once final."""
    unrealised_profit: Dollars | None
    """proceeds + unsold_value - spent; None once final, or not valued."""
    sales: tuple[SaleView, ...]

    @property
    def label(self) -> str:
        """Name and set, for messages and tables."""
        return f"{self.name} ({self.set_code})" if self.set_code else self.name


class PurchaseCalibrationView(View):
    """Calibration of the buyer's forecasts, over final purchases whose pieces were all opened."""

    purchases: int
    """Final purchases with a distribution."""
    not_comparable: int
    """Final purchases of which a piece was resold unopened, or without a distribution."""
    within: int
    """Purchases whose proceeds lay within p5 to p95; 90 % are expected."""
    within_low: Share | None
    """95 % interval of that share (Wilson)."""
    within_high: Share | None
    pit: tuple[int, int, int, int]
    """Purchases below p5, up to p50, up to p95, above; 5, 45, 45 and 5 % are expected."""
    mean_pit: Share | None
    """0.5 is expected; below it forecasts promised too much."""
    profits: int
    """Purchases that made a profit, of those with a P(profit)."""
    mean_p_profit: Share | None
    brier: float | None
    """Mean squared error of P(profit)."""


class PortfolioView(View):
    """Purchases, newest first, and their sums over all of them, shown or not."""

    purchases: int
    spent: Dollars
    proceeds: Dollars
    forecast_profit: Dollars
    """Sum over all purchases, each as it was forecast when bought."""
    realised_purchases: int
    realised_profit: Dollars
    """Over final purchases."""
    realised_forecast_profit: Dollars
    """Forecast of the same purchases."""
    realised_return: float | None
    """realised_profit / what they cost."""
    current_value: Dollars
    """Sum over purchases that are not final, as if nothing were sold."""
    unsold_value: Dollars
    """Mark to market: today's net value of what is not sold."""
    unrealised_profit: Dollars
    """proceeds + unsold_value - spent, over purchases that are not final."""
    unmarked: int
    """Purchases that are not final and not valued today: no part of the three sums before."""
    calibration: PurchaseCalibrationView
    items: tuple[PurchaseView, ...]


def portfolio(
    connection: sa.Connection,
    *,
    buyer_id: str | None = None,
    state: State | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> PortfolioView:
    """Purchases of a buyer (None: of all), with sums and calibration over all of them.

    `state`, `after` (time and id of the last purchase shown) and `limit` choose the items alone.
    """
    rows = purchase_rows(connection, buyer_id)
    records = [record(row) for row in rows]
    performance = core.performance(records)
    chosen = [
        (row, purchase)
        for row, purchase in zip(rows, records, strict=True)
        if (state is None or row["is_final"] == (state == "closed"))
        and (after is None or (row["purchased_at"], row["id"]) < after)
    ]
    chosen = chosen[:limit]
    sold = _sales(connection, [row["id"] for row, _ in chosen])
    forecasts = [purchase for purchase in records if purchase.forecast_value_cents is not None]
    current = [purchase.current_value_cents or 0 for purchase in records if not purchase.is_final]
    return PortfolioView(
        purchases=performance.purchases,
        spent=dollars(performance.cost_cents),
        proceeds=dollars(performance.proceeds_cents),
        forecast_profit=dollars(sum((p.forecast_value_cents or 0) - p.cost_cents for p in forecasts)),
        realised_purchases=performance.final,
        realised_profit=dollars(performance.realised_profit_cents),
        realised_forecast_profit=dollars(performance.forecast_profit_cents),
        realised_return=performance.realised_return,
        current_value=dollars(sum(current)),
        unsold_value=dollars(performance.marked_value_cents),
        unrealised_profit=dollars(performance.unrealised_profit_cents),
        unmarked=performance.unmarked,
        calibration=_calibration(performance),
        items=tuple(_view(row, purchase, sold.get(row["id"], ())) for row, purchase in chosen),
    )


def purchase(connection: sa.Connection, purchase_id: str, *, buyer_id: str | None = None) -> PurchaseView:
    """One purchase with its sales. Raises `NotFoundError`."""
    for row in purchase_rows(connection, buyer_id):
        if row["id"] == purchase_id:
            return _view(row, record(row), _sales(connection, [purchase_id]).get(purchase_id, ()))
    thing = "purchase"
    raise NotFoundError(thing, value=purchase_id, next_step="`arb portfolio list` lists purchases.")


def resolve(
    connection: sa.Connection, text: str, *, buyer_id: str | None = None, is_open: bool = False
) -> str:
    """Id of the one purchase that a text denotes: its id, or part of its product's name or id.

    Of several of one product, the oldest that is not final. `is_open`: only purchases that are not final.
    Raises `NotFoundError` and `SeveralMatchesError`.
    """
    wanted = text.strip().casefold()
    if not wanted:
        field = "purchase"
        raise InvalidInputError(field, value=text, allowed="an id, or part of a product's name")
    rows = sorted(purchase_rows(connection, buyer_id), key=lambda row: (row["purchased_at"], row["id"]))
    matches = [row for row in rows if wanted in (row["id"], row["opportunity_id"], row["product_id"])]
    matches = matches or [row for row in rows if wanted in row["name"].casefold()]
    exact = [row for row in matches if row["name"].casefold() == wanted]
    matches = exact or matches
    usable = [row for row in matches if not (is_open and row["is_final"])]
    if not matches or not usable:
        thing = "purchase" if not matches else "purchase with something to sell"
        raise NotFoundError(thing, value=text, next_step="`arb portfolio list` lists purchases.")
    if len({row["product_id"] for row in usable}) > 1:
        labels = [f"{row['name']}  {row['quantity']} on {row['purchased_at']:%Y-%m-%d}" for row in usable]
        candidates = list(zip(labels, (row["id"] for row in usable), strict=True))
        raise SeveralMatchesError(several(len(usable), "purchases", text), candidates)
    return str(next((row for row in usable if not row["is_final"]), usable[0])["id"])


def outcomes(connection: sa.Connection, category: str | None = None) -> tuple[PurchaseResult, ...]:
    """Final purchases of all buyers that were opened and have a P(profit), oldest first."""
    rows = [row for row in purchase_rows(connection, None) if category in (None, row["category"])]
    finals = []
    for row in reversed(rows):
        purchase = record(row)
        if not purchase.is_final or not purchase.is_opened or purchase.p_profit is None:
            continue
        finals.append(
            PurchaseResult(
                category=row["category"],
                p_profit=purchase.p_profit,
                opened_on=purchase.purchased_on,
                made_profit=purchase.proceeds_cents > purchase.cost_cents,
                is_within=_within(purchase),
            )
        )
    return tuple(finals)


def _sales(connection: sa.Connection, purchases: Iterable[str]) -> dict[str, tuple[SaleView, ...]]:
    """Sales by purchase, oldest first."""
    ids = [UUID(id_) for id_ in purchases]
    if not ids:
        return {}
    by_purchase: dict[str, list[SaleView]] = {}
    for row in connection.execute(sa.text(SALES), {"purchases": ids}).mappings():
        by_purchase.setdefault(row["purchase_id"], []).append(SaleView.model_validate(dict(row)))
    return {key: tuple(sold) for key, sold in by_purchase.items()}


def _within(purchase: core.Purchase) -> bool | None:
    if not purchase.is_final or not purchase.is_opened or purchase.band is None:
        return None
    return purchase.band.p5 <= purchase.proceeds_cents <= purchase.band.p95


def _view(row: Mapping[str, Any], purchase: core.Purchase, sold: tuple[SaleView, ...]) -> PurchaseView:
    names = (
        *("id", "opportunity_id", "product_id", "buyer", "name", "set_name", "set_code", "category", "kind"),
        *("tcg_product_id", "image_url", "product_url", "quantity", "pieces_left", "price"),
        *("purchased_at", "notes", "is_final", "current_as_of"),
    )
    value = purchase.forecast_value_cents
    profit = None if value is None else value - purchase.cost_cents
    realised = purchase.proceeds_cents - purchase.cost_cents if purchase.is_final else None
    unsold = core.unsold_value(purchase)
    is_marked = not purchase.is_final and unsold is not None
    within = _within(purchase)
    return PurchaseView(
        **{name: row[name] for name in names},
        spent=dollars(purchase.cost_cents),
        forecast=_forecast(row["forecast"]),
        forecast_value=dollars(value),
        forecast_profit=dollars(profit),
        forecast_low=dollars(whole_cents(purchase.band.p5) - purchase.cost_cents) if purchase.band else None,
        forecast_high=dollars(whole_cents(purchase.band.p95) - purchase.cost_cents)
        if purchase.band
        else None,
        p_profit=purchase.p_profit,
        proceeds=dollars(purchase.proceeds_cents),
        realised_profit=dollars(realised),
        error=None if realised is None or profit is None else dollars(realised - profit),
        within=within,
        pit=None
        if within is None or purchase.band is None
        else place(purchase.proceeds_cents, purchase.band),
        current_value=dollars(purchase.current_value_cents),
        unsold_value=dollars(unsold),
        unrealised_profit=(
            dollars(purchase.proceeds_cents + unsold - purchase.cost_cents)
            if is_marked and unsold is not None
            else None
        ),
        sales=sold,
    )


def _forecast(forecast: Mapping[str, Any]) -> ForecastView | None:
    if "as_of" not in forecast:
        return None
    money = {
        name: dollars(forecast.get(f"{name}_cents"))
        for name in ForecastView.model_fields
        if name not in {"as_of", "horizon_days", "margin_percentage", "p_profit"}
    }
    return ForecastView(
        as_of=date.fromisoformat(forecast["as_of"]),
        horizon_days=forecast.get("horizon_days"),
        margin_percentage=percent(forecast["margin_bps"]) or Decimal(0),
        p_profit=forecast.get("p_profit"),
        **money,
    )


def _calibration(performance: core.Performance) -> PurchaseCalibrationView:
    return PurchaseCalibrationView(
        purchases=performance.band.n if performance.band else 0,
        not_comparable=performance.not_comparable,
        within=performance.band.hits if performance.band else 0,
        within_low=performance.band.low if performance.band else None,
        within_high=performance.band.high if performance.band else None,
        pit=performance.pit,
        mean_pit=performance.mean_pit,
        profits=performance.profits.hits if performance.profits else 0,
        mean_p_profit=performance.mean_p_profit,
        brier=performance.brier,
    )
