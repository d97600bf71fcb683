"""Writes on opportunities, and the portfolio: requests to calls of services."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from arb_pipeline.access.audit import Actor
from arb_pipeline.api import cursors
from arb_pipeline.api.context import context_of
from arb_pipeline.api.details import read_one_now
from arb_pipeline.api.models.opportunities import Execute, OpportunityUpdate, Portfolio, Sale, SaleCreate
from arb_pipeline.api.models.queries import PortfolioQuery
from arb_pipeline.api.security import principal_in
from arb_pipeline.api.writes import Action, Written, check_match
from arb_pipeline.services import parameters, purchases
from arb_pipeline.services import portfolio as service
from arb_pipeline.storage.postgres.buyer_tables import sales
from arb_pipeline.storage.postgres.catalogue_listings import OPPORTUNITIES
from arb_pipeline.storage.postgres.tables import products

SALE = sa.select(
    *(sales.c[name] for name in Sale.model_fields if name in sales.c), products.c.name.label("card")
).join(products, products.c.id == sales.c.single_product_id, isouter=True)


def execute(opportunity_id: str, body: Execute, request: Request) -> Action:
    """Records a purchase."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        purchases.lock_opportunity(connection, opportunity_id)
        _check(connection, request, opportunity_id)
        purchases.execute(
            connection,
            actor,
            opportunity_id,
            quantity=body.quantity,
            price=body.price,
            notes=body.notes,
            now=datetime.now(UTC),
            params=purchases.parameters_of(connection, context_of(request).settings, opportunity_id),
        )
        return _opportunity(connection, opportunity_id)

    return action


def update(
    opportunity_id: str, body: OpportunityUpdate, request: Request, *, name: str = "update_opportunity"
) -> Action:
    """Changes the editable fields of an opportunity."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        purchases.lock_opportunity(connection, opportunity_id)
        _check(connection, request, opportunity_id)
        changes = purchases.Changes(
            notes=body.notes,
            replaces_notes="notes" in body.model_fields_set,
            quantity=body.quantity,
            cancels=body.status == "cancelled",
        )
        purchases.update(connection, actor, opportunity_id, changes, now=datetime.now(UTC), action=name)
        return _opportunity(connection, opportunity_id)

    return action


def record_sale(opportunity_id: str, body: SaleCreate, request: Request) -> Action:
    """Records proceeds."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        named = None if body.purchase_id is None else str(body.purchase_id)
        purchase_id = purchases.find_purchase(connection, actor, opportunity_id, named)
        now = datetime.now(UTC)
        sale = purchases.Sale(**body.model_dump(exclude={"purchase_id"}))
        day = sale.sold_on or now.date()
        params = parameters.in_force(connection, context_of(request).settings, day)
        sale_id = purchases.record_sale(connection, actor, purchase_id, sale, now=now, params=params)
        row = connection.execute(SALE.where(sales.c.id == sale_id)).mappings().one()
        return Written(Sale(**row, currency="USD"), 201)

    return action


def _check(connection: sa.Connection, request: Request, opportunity_id: str) -> None:
    check_match(request, read_one_now(connection, OPPORTUNITIES, opportunity_id).tag)


def _opportunity(connection: sa.Connection, opportunity_id: str) -> Written:
    opportunity = read_one_now(connection, OPPORTUNITIES, opportunity_id)
    return Written(opportunity.text, headers={"ETag": opportunity.tag})


async def portfolio(request: Request, query: PortfolioQuery) -> Response:
    """The caller's purchases and their sums."""
    context = context_of(request)
    own = principal_in(request).user_id
    given = {"user": own, "state": query.state}
    of = cursors.cursor_of("portfolio", "-purchased_at", given, "timestamptz", "uuid")
    after = None
    if query.cursor is not None:
        moment, row = cursors.decode(of, query.cursor)
        at = datetime.fromisoformat(moment)
        after = (at if at.tzinfo else at.replace(tzinfo=UTC), row)

    def load() -> service.PortfolioView:
        with context.engine.connect() as connection:
            return service.portfolio(
                connection, buyer_id=own, state=query.state, after=after, limit=query.limit + 1
            )

    view = await anyio.to_thread.run_sync(load)
    items = view.items[: query.limit]
    has_more = len(view.items) > query.limit
    cursor = cursors.encode(of, items[-1].purchased_at.isoformat(), items[-1].id) if has_more else None
    text = _portfolio(view, items, cursor).model_dump_json()
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def _portfolio(
    view: service.PortfolioView, items: Sequence[service.PurchaseView], cursor: str | None
) -> Portfolio:
    """The API's model of a portfolio."""
    fields = view.model_dump(exclude={"items"}) | {"currency": "USD", "next_cursor": cursor}
    return Portfolio.model_validate(fields | {"items": [purchase_of(item) for item in items]})


def purchase_of(view: service.PurchaseView) -> dict[str, Any]:
    """Fields of the API's model of a purchase."""
    fields = view.model_dump(exclude={"buyer", "sales"}) | {"currency": "USD"}
    return fields | {"sales": [sale.model_dump() | {"currency": "USD"} for sale in view.sales]}
