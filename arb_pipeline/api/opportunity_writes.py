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
from arb_pipeline.api.details import answer_json, read_one_now, tag_of
from arb_pipeline.api.models.opportunities import (
    Execute,
    OpportunityUpdate,
    Portfolio,
    Purchase,
    PurchaseUpdate,
    Sale,
    SaleCreate,
)
from arb_pipeline.api.models.queries import PortfolioQuery
from arb_pipeline.api.security import principal_in
from arb_pipeline.api.writes import Action, Written, check_match
from arb_pipeline.services import corrections, parameters, purchases
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
        purchases.locked(connection, opportunity_id)
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
        purchases.locked(connection, opportunity_id)
        _check(connection, request, opportunity_id)
        changes = corrections.Changes(
            notes=body.notes,
            replaces_notes="notes" in body.model_fields_set,
            quantity=body.quantity,
            cancels=body.status == "cancelled",
        )
        corrections.update(connection, actor, opportunity_id, changes, now=datetime.now(UTC), action=name)
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


def correct_purchase(purchase_id: str, body: PurchaseUpdate, request: Request) -> Action:
    """Corrects the fields given."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        _check_purchase(connection, actor, request, purchase_id)
        correction = corrections.Correction(
            **body.model_dump(), replaces_notes="notes" in body.model_fields_set
        )
        corrections.correct(connection, actor, purchase_id, correction, now=datetime.now(UTC))
        return _purchase(connection, purchase_id)

    return action


def remove_purchase(purchase_id: str, reason: str, request: Request) -> Action:
    """Removes a purchase."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        _check_purchase(connection, actor, request, purchase_id)
        corrections.remove(connection, actor, purchase_id, reason, now=datetime.now(UTC))
        return Written(status=204)

    return action


def remove_sale(sale_id: str, reason: str) -> Action:
    """Removes a sale; answers its purchase."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        purchase_id = corrections.remove_sale(connection, actor, sale_id, reason, now=datetime.now(UTC))
        return _purchase(connection, purchase_id)

    return action


async def purchase(request: Request, purchase_id: str) -> Response:
    """One of the caller's purchases."""
    context, own = context_of(request), principal_in(request).user_id

    def load() -> str:
        with context.engine.connect() as connection:
            return _text(service.purchase(connection, purchase_id, buyer_id=own))

    text = await anyio.to_thread.run_sync(load)
    return answer_json(request, text, tag_of(text))


def _check_purchase(connection: sa.Connection, actor: Actor, request: Request, purchase_id: str) -> None:
    """Locks the caller's purchase, and holds If-Match against it."""
    purchases.own_purchase(connection, actor, purchase_id)
    check_match(request, _purchase(connection, purchase_id).headers["ETag"])


def _purchase(connection: sa.Connection, purchase_id: str) -> Written:
    text = _text(service.purchase(connection, purchase_id))
    return Written(text, headers={"ETag": tag_of(text)})


def _text(view: service.PurchaseView) -> str:
    return Purchase.model_validate(purchase_of(view)).model_dump_json()


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
