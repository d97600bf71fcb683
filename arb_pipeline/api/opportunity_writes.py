"""Writes on opportunities, and the portfolio: requests to calls of services."""

from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from arb_pipeline.access.audit import Actor
from arb_pipeline.api import cursors
from arb_pipeline.api.context import context_of
from arb_pipeline.api.database import fetch_one
from arb_pipeline.api.details import read_one_now
from arb_pipeline.api.models.opportunities import Execute, OpportunityUpdate, Sale, SaleCreate
from arb_pipeline.api.models.queries import PortfolioQuery
from arb_pipeline.api.security import principal_in
from arb_pipeline.api.writes import Action, Written, check_match
from arb_pipeline.services import purchases
from arb_pipeline.storage.postgres.buyer_tables import sales
from arb_pipeline.storage.postgres.catalogue_listings import OPPORTUNITIES
from arb_pipeline.storage.postgres.portfolio_queries import PAGE, SUMS


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
        changes = body.model_dump(exclude_unset=True)
        purchases.update(connection, actor, opportunity_id, changes, now=datetime.now(UTC), action=name)
        return _opportunity(connection, opportunity_id)

    return action


def record_sale(opportunity_id: str, body: SaleCreate) -> Action:
    """Records proceeds."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        sale_id = purchases.record_sale(
            connection, actor, opportunity_id, **body.model_dump(), now=datetime.now(UTC)
        )
        row = connection.execute(sa.select(sales).where(sales.c.id == sale_id)).mappings().one()
        return Written(Sale(**row, currency="USD"), 201)

    return action


def _check(connection: sa.Connection, request: Request, opportunity_id: str) -> None:
    check_match(request, read_one_now(connection, OPPORTUNITIES, opportunity_id).tag)


def _opportunity(connection: sa.Connection, opportunity_id: str) -> Written:
    found = read_one_now(connection, OPPORTUNITIES, opportunity_id)
    return Written(found.text, headers={"ETag": found.tag})


async def portfolio(request: Request, query: PortfolioQuery) -> Response:
    """The caller's purchases and their sums."""
    context = context_of(request)
    own = principal_in(request).user_id
    of = cursors.cursor_of("portfolio", "-purchased_at", {"user": own}, "timestamptz", "uuid")
    after = cursors.decode(of, query.cursor) if query.cursor is not None else (None, None)
    parameters: dict[str, Any] = {
        "user_id": own,
        "limit": query.limit,
        "after_time": after[0],
        "after_id": after[1],
    }
    sums = await fetch_one(context, SUMS, parameters)
    page = await fetch_one(context, PAGE, parameters)
    items, found, sort_key, row_key = page or ("[]", 0, None, None)
    cursor = cursors.encode(of, sort_key, row_key) if found > query.limit else None
    text = (sums or ("{}",))[0][:-1] + f',"items":{items},"next_cursor":{orjson.dumps(cursor).decode()}}}'
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})
