"""Opportunities: lists, details, statistics, purchases and sales."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from arb_pipeline.api import opportunity_writes, runs, statistics
from arb_pipeline.api.context import context_of, version_of
from arb_pipeline.api.database import fetch_one
from arb_pipeline.api.details import answer_json, not_found, read_one
from arb_pipeline.api.documented import (
    ETAG,
    LOCATION,
    Id,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    detail_answers,
    list_answers,
)
from arb_pipeline.api.lists import answer_list, etag, once
from arb_pipeline.api.models.buyers import RunStarted
from arb_pipeline.api.models.opportunities import (
    Execute,
    Opportunity,
    OpportunityEventPage,
    OpportunityPage,
    OpportunityStats,
    OpportunityUpdate,
    Portfolio,
    Purchase,
    PurchaseUpdate,
    Sale,
    SaleCreate,
)
from arb_pipeline.api.models.queries import (
    EventQuery,
    NoQuery,
    OpportunityQuery,
    PortfolioQuery,
    RemovalQuery,
)
from arb_pipeline.api.routing import problems, router
from arb_pipeline.api.writes import write
from arb_pipeline.storage.postgres.catalogue_listings import EVENTS, OPPORTUNITIES

app = router("opportunities")
CHANGED = {
    200: {"model": Opportunity, "headers": {"ETag": ETAG}},
    **problems("not-found", "conflict", "idempotency-key-reused", "stale", "unsupported-type"),
}


@app.get("/opportunities", responses=list_answers(OpportunityPage))
async def list_opportunities(request: Request, query: Annotated[OpportunityQuery, Query()]) -> Response:
    """Lists opportunities, by default the active ones, best first."""
    if query.status == "all":
        query = query.model_copy(update={"status": None})
    return await answer_list(request, OPPORTUNITIES, query)


@app.get(
    "/opportunities/stats/summary",
    responses={
        200: {"model": OpportunityStats, "headers": {"ETag": ETAG}},
        304: {"description": "Nothing changed since the ETag of If-None-Match."},
    },
)
async def get_opportunity_stats(
    request: Request, _query: Annotated[NoQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """Counts, sums and medians over all opportunities; published per day; ages of prices; results."""
    context = context_of(request)
    day = datetime.now(UTC).date().isoformat()
    version = await version_of(request, ("opportunities", "catalogue", "prices", "analysis", "buyers"))
    tag = etag(version, "stats", day)
    body = await once(context, f"stats:{tag}", lambda: statistics.summary(context))
    return answer_json(request, body, tag)


@app.post(
    "/opportunities/analyze-all",
    status_code=202,
    responses={
        202: {"model": RunStarted, "headers": {"Location": LOCATION}},
        **problems("already-running", "idempotency-key-reused"),
    },
)
async def analyze_all(
    request: Request, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Starts a run that values all products on the newest prices and publishes the opportunities."""
    return await runs.analyze_all(request)


@app.get("/opportunities/{opportunity_id}", responses=detail_answers(Opportunity))
async def get_opportunity(
    request: Request, opportunity_id: Id, _query: Annotated[NoQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """One opportunity."""
    opportunity = await read_one(context_of(request), OPPORTUNITIES, opportunity_id)
    if opportunity is None:
        raise not_found("opportunity", opportunity_id, "GET /api/v1/opportunities?status=all")
    return answer_json(request, opportunity.text, opportunity.tag)


@app.post("/opportunities/{opportunity_id}/execute", responses=CHANGED)
async def execute_opportunity(
    request: Request,
    opportunity_id: Id,
    body: Execute,
    _query: Annotated[NoQuery, Query()],
    _match: IfMatch = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Records your purchase of an active opportunity; it is executed once no piece of its offer is left."""
    action = opportunity_writes.execute(str(opportunity_id), body, request)
    return await write(request, action)


@app.put("/opportunities/{opportunity_id}", responses=CHANGED)
async def update_opportunity(
    request: Request,
    opportunity_id: Id,
    body: OpportunityUpdate,
    _query: Annotated[NoQuery, Query()],
    _match: IfMatch = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Changes notes or quantity, or cancels, as the life cycle allows."""
    action = opportunity_writes.update(str(opportunity_id), body, request)
    return await write(request, action)


@app.delete("/opportunities/{opportunity_id}", responses=CHANGED)
async def cancel_opportunity(
    request: Request,
    opportunity_id: Id,
    _query: Annotated[NoQuery, Query()],
    _match: IfMatch = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Cancels an active opportunity: a later day may open a new one."""
    body = OpportunityUpdate(status="cancelled")
    action = opportunity_writes.update(str(opportunity_id), body, request, name="cancel_opportunity")
    return await write(request, action)


@app.get(
    "/opportunities/{opportunity_id}/events",
    responses=list_answers(OpportunityEventPage) | problems("not-found"),
)
async def list_opportunity_events(
    request: Request, opportunity_id: Id, query: Annotated[EventQuery, Query()]
) -> Response:
    """Lists the events of an opportunity, oldest first."""
    context = context_of(request)
    known = "SELECT 1 FROM arbitrage_opportunities WHERE id = %(id)s"
    if await fetch_one(context, known, {"id": opportunity_id}) is None:
        raise not_found("opportunity", opportunity_id, "GET /api/v1/opportunities?status=all")
    fixed = {"opportunity_id": opportunity_id}
    return await answer_list(request, EVENTS, query, fixed=fixed, sort="created_at")


@app.post(
    "/opportunities/{opportunity_id}/sales",
    status_code=201,
    responses={
        201: {"model": Sale},
        **problems("not-found", "conflict", "idempotency-key-reused", "unsupported-type"),
    },
)
async def record_sale(
    request: Request,
    opportunity_id: Id,
    body: SaleCreate,
    _query: Annotated[NoQuery, Query()],
    _key: IdempotencyKey = None,
) -> Response:
    """Records proceeds from your purchase of an opportunity."""
    return await write(request, opportunity_writes.record_sale(str(opportunity_id), body, request))


@app.get("/portfolio", responses={200: {"model": Portfolio}, **problems("invalid-cursor")})
async def get_portfolio(request: Request, query: Annotated[PortfolioQuery, Query()]) -> Response:
    """Your purchases: spent, proceeds, realised against forecast, and present value of the unsold part."""
    return await opportunity_writes.portfolio(request, query)


@app.get("/purchases/{purchase_id}", responses=detail_answers(Purchase))
async def get_purchase(
    request: Request, purchase_id: Id, _query: Annotated[NoQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """One of your purchases, with the ETag that a correction names."""
    return await opportunity_writes.purchase(request, str(purchase_id))


@app.put(
    "/purchases/{purchase_id}",
    responses={
        200: {"model": Purchase, "headers": {"ETag": ETAG}},
        **problems("not-found", "conflict", "idempotency-key-reused", "stale", "unsupported-type"),
    },
)
async def correct_purchase(
    request: Request,
    purchase_id: Id,
    body: PurchaseUpdate,
    _query: Annotated[NoQuery, Query()],
    _match: IfMatch = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Corrects quantity, price, day or notes of your purchase; all results follow."""
    return await write(request, opportunity_writes.correct_purchase(str(purchase_id), body, request))


@app.delete(
    "/purchases/{purchase_id}",
    status_code=204,
    response_class=Response,
    responses=problems("not-found", "conflict", "idempotency-key-reused", "stale"),
)
async def remove_purchase(
    request: Request,
    purchase_id: Id,
    query: Annotated[RemovalQuery, Query()],
    _match: IfMatch = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Removes your purchase, which has no sales; the opportunity is as it was before it."""
    action = opportunity_writes.remove_purchase(str(purchase_id), query.reason, request)
    return await write(request, action)


@app.delete(
    "/sales/{sale_id}",
    responses={
        200: {"model": Purchase, "headers": {"ETag": ETAG}},
        **problems("not-found", "conflict", "idempotency-key-reused"),
    },
)
async def remove_sale(
    request: Request,
    sale_id: Id,
    query: Annotated[RemovalQuery, Query()],
    _key: IdempotencyKey = None,
) -> Response:
    """Removes a sale from your purchase, which is open again if the sale ended it; answers the purchase."""
    return await write(request, opportunity_writes.remove_sale(str(sale_id), query.reason))
