"""Opportunities: list, show, resolve, and transitions by persons. Analyses open and close them.

Functions that write run in the caller's transaction: a transition and its event, or neither.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NoReturn

import polars as pl
import sqlalchemy as sa

from arb_pipeline.access.audit import COMMAND_LINE, Actor
from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.enums import Exit, OpportunityEvent, OpportunityStatus
from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError
from arb_pipeline.core.opportunities.transitions import (
    ACTS,
    MAX_NOTES,
    STATUSES,
    check_state,
    check_value,
    summed,
)
from arb_pipeline.core.params import Parameters
from arb_pipeline.services import catalogue, purchases
from arb_pipeline.services.view import Dollars, Percent, Share, View, dollars, view_of
from arb_pipeline.storage.postgres import opportunities as store

DIGITS = 10
"""Digits before the point that a money column holds."""
Act = Literal["show", "execute", "cancel", "note", "result"]


class EventView(view_of(store.Event)):  # type: ignore[misc]
    """One change of an opportunity, as `store.Event` declares it."""

    event: OpportunityEvent

    @property
    def why(self) -> str:
        """The change in words; '' where none are recorded."""
        return str(self.details.get("why") or "")


class OpportunityView(View):
    """One opportunity with its forecast and, once it is executed, its result.

    Forecast and result are of all pieces together. `within`: the realised profit lies between
    `forecast_low` and `forecast_high` (p5 and p95); None where one of them is not known.
    """

    opportunity_id: str
    product_id: str
    name: str
    set_code: str | None
    category: Category
    status: OpportunityStatus
    opened_on: date
    as_of: date
    expires_at: datetime | None
    sealed_price: Dollars
    singles_value: Dollars
    profit: Dollars
    outcome_mean: Dollars | None
    outcome_sd: Dollars | None
    contents_sd: Dollars | None
    price_sd: Dollars | None
    p5: Dollars | None
    p50: Dollars | None
    p95: Dollars | None
    margin_percentage: Percent
    p_profit: Share | None
    quick_sale_value: Dollars | None
    cash_value: Dollars | None
    resale_value: Dollars | None
    horizon_days: int | None
    exit: Exit | None = None
    sealed_quantity: int | None
    """Pieces of the offer; None: its source states none."""
    execution_quantity: int
    execution_notes: str | None
    executed_at: datetime | None
    execution_price: Dollars | None
    realised_value: Dollars | None
    realised_at: datetime | None
    spent: Dollars | None
    forecast_value: Dollars | None
    forecast_profit: Dollars | None
    forecast_sd: Dollars | None
    forecast_low: Dollars | None
    forecast_high: Dollars | None
    realised_profit: Dollars | None
    error: Dollars | None
    within: bool | None

    @property
    def label(self) -> str:
        """Name and set, for messages and tables."""
        return f"{self.name} ({self.set_code})" if self.set_code else self.name


class OpportunityDetail(OpportunityView):
    """One opportunity with its events, oldest first."""

    events: tuple[EventView, ...]


class ResultsView(View):
    """Purchases, latest first, and the errors of their forecasts."""

    purchases: int
    results: int
    mean_error: Dollars | None
    """Mean of realised - forecast profit; below 0: forecasts promised too much."""
    error_of_forecast: float | None
    """Sum of the errors / sum of the forecast values."""
    with_range: int
    """Results that have a range p5 to p95."""
    within: int
    """Number of these inside the range; 90 % are expected."""
    rows: tuple[OpportunityView, ...]


class ExpiredView(View):
    """An opportunity that no analysis confirmed in time. `as_of`: its last confirmation."""

    opportunity_id: str
    name: str
    as_of: date


def resolve(connection: sa.Connection, text: str, act: Act = "show") -> str:
    """Id of the one opportunity that an id or a product's name denotes and whose state allows `act`.

    Of one product's several, the active one. Raises `NotFoundError`, `SeveralMatchesError`, and the
    refusal of the act where the only match is in another state.
    """
    catalogue.check_text(text)
    matches = store.find(connection, text)
    if matches.is_empty():
        _refuse_unknown(connection, text)
    allowed = ACTS[act].allowed if act in ACTS else STATUSES
    fits = matches.filter(pl.col("status").is_in(list(allowed)))
    if act in ACTS and ACTS[act].needs_purchase:
        fits = fits.filter(pl.col("execution_quantity") > 0)
    if fits["product_id"].n_unique() == 1 and "active" in fits["status"]:
        fits = fits.filter(status="active")
    if matches.height == 1 and fits.is_empty():
        check_state(act, matches["status"][0], matches["name"][0], bought=matches["execution_quantity"][0])
    if fits.height != 1:
        several = catalogue.several(fits.height, "opportunities", text)
        needed = "bought" if act in ACTS and ACTS[act].needs_purchase else " or ".join(allowed)
        none = f"None of the opportunities called {text!r} is {needed}:"
        candidates = [
            (f"{_label(row)}  {row['status']}, opened {row['opened_on']}", str(row["opportunity_id"]))
            for row in (matches if fits.is_empty() else fits).iter_rows(named=True)
        ]
        raise catalogue.SeveralMatchesError(none if fits.is_empty() else several, candidates)
    return str(fits["opportunity_id"][0])


def show(connection: sa.Connection, opportunity_id: str) -> OpportunityDetail:
    """One opportunity with its events. Raises `UnknownOpportunityError`."""
    row = store.one(connection, opportunity_id).row(0, named=True)
    return OpportunityDetail(**_in_dollars(row), events=events(connection, opportunity_id))


def events(connection: sa.Connection, opportunity_id: str) -> tuple[EventView, ...]:
    """Events of an opportunity, oldest first; none for an unknown id."""
    return tuple(
        EventView.model_validate(event, from_attributes=True)
        for event in store.history(connection, opportunity_id)
    )


def execute(
    connection: sa.Connection,
    opportunity_id: str,
    *,
    quantity: int,
    now: datetime,
    price: Decimal | None = None,
    notes: str = "",
    result: Decimal | None = None,
    actor: Actor = COMMAND_LINE,
    parameters: Parameters | None = None,
) -> OpportunityView:
    """Records a purchase of an active opportunity by the actor.

    `price`: landed, per piece, by default the opportunity's. `result`: net of all singles, where known.
    `parameters`: those of its analysis, kept with the purchase.
    """
    price_cents, result_cents = _cents(price, "price"), _cents(result, "result")
    check_value(result_cents or 0)
    purchase_id = store.execute(
        connection,
        opportunity_id,
        quantity=quantity,
        price_cents=price_cents,
        notes=notes,
        now=now,
        buyer_id=actor.user_id,
        parameters=purchases.kept_parameters(parameters),
    )
    if result is not None:
        purchases.record_total(connection, actor, purchase_id, result, now=now)
    return _view_of(connection, opportunity_id)


def cancel(
    connection: sa.Connection, opportunity_id: str, *, now: datetime, notes: str = ""
) -> OpportunityView:
    """Closes an active opportunity that is not bought."""
    store.cancel(connection, opportunity_id, notes=notes, now=now)
    return _view_of(connection, opportunity_id)


def note(connection: sa.Connection, opportunity_id: str, text: str, *, now: datetime) -> OpportunityView:
    """Adds a note to the events of an opportunity, in any state."""
    if not text.strip():
        raise InvalidInputError("note", value=text, allowed=f"1 to {MAX_NOTES} characters, not all blank")
    store.note(connection, opportunity_id, text, now=now)
    return _view_of(connection, opportunity_id)


def record_result(
    connection: sa.Connection, opportunity_id: str, value: Decimal, *, now: datetime
) -> OpportunityView:
    """Records what the purchase of an opportunity netted in all, and ends it; a later record corrects it.

    Raises `ActRefusedError` where nothing was bought, `ConflictError` where several purchases are recorded.
    """
    check_value(_cents(value, "value") or 0)
    store.check_bought(connection, opportunity_id)
    ids = store.purchase_ids(connection, opportunity_id)
    if len(ids) != 1:
        thing = f"{len(ids)} purchases of the opportunity {opportunity_id} are recorded"
        raise ConflictError(thing, next_step="`arb portfolio sell PURCHASE` records the sales of each.")
    purchases.record_total(connection, COMMAND_LINE, ids[0], value, now=now)
    return _view_of(connection, opportunity_id)


def results(connection: sa.Connection) -> ResultsView:
    """Purchases beside their forecasts, and the errors of those that have a result."""
    purchased = store.purchases(connection)
    summary = summed(purchased)
    return ResultsView(
        purchases=summary.purchases,
        results=summary.results,
        mean_error=dollars(summary.mean_error_cents),
        error_of_forecast=summary.error_of_forecast,
        with_range=summary.with_range,
        within=summary.within,
        rows=tuple(_view(row) for row in purchased.iter_rows(named=True)),
    )


def cleanup(
    connection: sa.Connection, *, now: datetime, product_id: str | None = None
) -> tuple[ExpiredView, ...]:
    """Expires active opportunities (of a product) whose `expires_at` is before `now`."""
    frame = store.expire_overdue(connection, now=now, product_id=product_id)
    return tuple(ExpiredView.model_validate(row) for row in frame.iter_rows(named=True))


def _refuse_unknown(connection: sa.Connection, text: str) -> NoReturn:
    """Raises `NotFoundError`: the product has no opportunity, or nothing has the name."""
    products = catalogue.search(connection, text)
    if not products:
        catalogue.check_catalogue(connection)
        msg = f"No opportunity has the id, and no sealed product the name, {text!r}."
        raise NotFoundError(msg, next_step="`arb opportunities` lists what there is.")
    more = f" and {len(products) - 1} more" if len(products) > 1 else ""
    msg = f"{products[0].label}{more}: never an opportunity."
    raise NotFoundError(msg, next_step="`arb explain` says why.")


def _view_of(connection: sa.Connection, opportunity_id: str) -> OpportunityView:
    return _view(store.one(connection, opportunity_id).row(0, named=True))


def _view(row: Mapping[str, Any]) -> OpportunityView:
    return OpportunityView(**_in_dollars(row))


def _in_dollars(row: Mapping[str, Any]) -> dict[str, Any]:
    """Row of the store with cents as dollars and basis points as percent, under the columns' names."""
    values = {}
    for name, value in row.items():
        is_hundredths = name.endswith("_cents") or name == "margin_bps"
        key = name.removesuffix("_cents").replace("margin_bps", "margin_percentage")
        values[key] = dollars(value) if is_hundredths else value
    return values


def _label(row: Mapping[str, Any]) -> str:
    return f"{row['name']} ({row['set_code']})" if row["set_code"] else str(row["name"])


def _cents(amount: Decimal | None, field: str) -> int | None:
    """Whole cents of an amount in dollars. Raises `InvalidInputError` for fractions of a cent."""
    if amount is None:
        return None
    is_sound = amount.is_finite() and amount.adjusted() < DIGITS and amount == round(amount, 2)
    if not is_sound:
        allowed = f"dollars with at most two decimals and {DIGITS} digits before them, such as 55.50"
        raise InvalidInputError(field, value=str(amount), allowed=allowed)
    return int(amount.scaleb(2))
