"""Products: lists, details, explanations, and writes."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import sqlalchemy as sa
from fastapi import Query, Request
from starlette.responses import Response

from arb_pipeline.access.audit import Actor
from arb_pipeline.api import runs, worker_tasks
from arb_pipeline.api.context import context_of, version_of
from arb_pipeline.api.database import fetch_one
from arb_pipeline.api.details import answer_json, not_found, read_one, read_one_now
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
from arb_pipeline.api.models.catalogue import (
    Contents,
    Offers,
    PricePage,
    Product,
    ProductCreate,
    ProductOutcome,
    ProductPage,
    ProductUpdate,
    ValuationDetail,
    ValuationPage,
)
from arb_pipeline.api.models.queries import (
    DayQuery,
    NoQuery,
    PriceQuery,
    ProductQuery,
    ValuationQuery,
)
from arb_pipeline.api.routing import problems, router
from arb_pipeline.api.workers import workers_of
from arb_pipeline.api.writes import Written, check_match, write
from arb_pipeline.services.product_edits import NewProduct, ProductChange
from arb_pipeline.services.product_edits import create_product as create_own_product
from arb_pipeline.services.product_edits import update_product as edit_product
from arb_pipeline.storage.postgres.catalogue_listings import PRICES, PRODUCTS, VALUATIONS

DAYS = 90
"""Default length of a price history, in days."""
app = router("products")


@app.get("/products", responses=list_answers(ProductPage))
async def list_products(request: Request, query: Annotated[ProductQuery, Query()]) -> Response:
    """Lists products: search, filters, order, pages, CSV, Parquet."""
    active = {"true": True, "false": False, "all": None}[query.is_active]
    return await answer_list(request, PRODUCTS, query, given={"is_active": active})


@app.post(
    "/products",
    status_code=201,
    responses={
        201: {"model": Product, "headers": {"ETag": ETAG, "Location": LOCATION}},
        **problems("conflict", "idempotency-key-reused", "unsupported-type"),
    },
)
async def create_product(
    request: Request, body: ProductCreate, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Creates a product of your own, which no reload of the sources changes."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        product_id = create_own_product(connection, actor, NewProduct(**body.model_dump()))
        product = read_one_now(connection, PRODUCTS, product_id)
        location = f"/api/v1/products/{product_id}"
        return Written(product.text, 201, {"ETag": product.tag, "Location": location})

    return await write(request, action)


@app.get("/products/{product_id}", responses=detail_answers(Product))
async def get_product(
    request: Request, product_id: Id, _query: Annotated[NoQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """One product."""
    product = await read_one(context_of(request), PRODUCTS, product_id)
    if product is None:
        raise not_found("product", product_id, "GET /api/v1/products")
    return answer_json(request, product.text, product.tag)


@app.put(
    "/products/{product_id}",
    responses={
        200: {"model": Product, "headers": {"ETag": ETAG}},
        **problems("not-found", "conflict", "idempotency-key-reused", "stale", "unsupported-type"),
    },
)
async def update_product(
    request: Request,
    product_id: Id,
    body: ProductUpdate,
    _query: Annotated[NoQuery, Query()],
    _match: IfMatch = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Changes the editable fields of a product; id corrections need a reason, and persist over reloads."""
    return await _update(request, str(product_id), body, "update_product")


@app.delete(
    "/products/{product_id}",
    responses={
        200: {"model": Product, "headers": {"ETag": ETAG}},
        **problems("not-found", "idempotency-key-reused", "stale"),
    },
)
async def delete_product(
    request: Request,
    product_id: Id,
    _query: Annotated[NoQuery, Query()],
    _match: IfMatch = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Deactivates a product: it stays, with its prices. `PUT` with is_active brings it back."""
    return await _update(request, str(product_id), ProductUpdate(is_active=False), "delete_product")


@app.get("/products/{product_id}/price-history", responses=list_answers(PricePage) | problems("not-found"))
async def list_price_history(
    request: Request, product_id: Id, query: Annotated[PriceQuery, Query()]
) -> Response:
    """Lists a product's prices, newest first; by default of the last 90 days."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    until = query.until or today + timedelta(days=1)
    since = query.since or until - timedelta(days=DAYS + 1)
    query = query.model_copy(update={"since": since, "until": until})
    fixed = {"product_id": product_id, "since": since, "until": until}

    async def check_product() -> None:
        sql = "SELECT 1 FROM products WHERE id = %(id)s"
        if await fetch_one(context_of(request), sql, {"id": product_id}) is None:
            raise not_found("product", product_id, "GET /api/v1/products")

    return await answer_list(request, PRICES, query, fixed=fixed, check_owner=check_product)


@app.post(
    "/products/{product_id}/refresh-price",
    status_code=202,
    responses={
        202: {"model": RunStarted, "headers": {"Location": LOCATION}},
        **problems("not-found", "already-running", "not-configured", "idempotency-key-reused"),
    },
)
async def refresh_price(
    request: Request, product_id: Id, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Starts a run that requests the product's prices from the sources and analyses it again."""
    return await runs.refresh_price(request, str(product_id))


@app.get("/products/{product_id}/valuation", responses=detail_answers(ValuationDetail))
async def get_valuation(
    request: Request, product_id: Id, query: Annotated[DayQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """A product's valuation, its highest-value cards and the factors of its confidence."""
    return await _explained(request, "valuation", str(product_id), query)


@app.get("/products/{product_id}/contents", responses=detail_answers(Contents))
async def get_contents(
    request: Request, product_id: Id, query: Annotated[DayQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """Contents of a product, nested, with the value of each part."""
    return await _explained(request, "contents", str(product_id), query)


@app.get("/products/{product_id}/outcome", responses=detail_answers(ProductOutcome))
async def get_outcome(
    request: Request, product_id: Id, query: Annotated[DayQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """Distribution of the net value of one opened product, with its cost and exits."""
    return await _explained(request, "outcome", str(product_id), query)


@app.get("/products/{product_id}/offers", responses=detail_answers(Offers))
async def list_offers(
    request: Request, product_id: Id, query: Annotated[DayQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """All offers of a product, with exclusion reasons."""
    return await _explained(request, "offers", str(product_id), query)


@app.get("/valuations", responses=list_answers(ValuationPage))
async def list_valuations(request: Request, query: Annotated[ValuationQuery, Query()]) -> Response:
    """Lists a day's valuations; `published=false` are the near misses, with the reasons in `why`."""
    return await answer_list(request, VALUATIONS, query, fixed={"as_of": query.as_of})


async def _update(request: Request, product_id: str, body: ProductUpdate, operation: str) -> Response:
    def action(connection: sa.Connection, actor: Actor) -> Written:
        edit_product(
            connection,
            actor,
            product_id,
            ProductChange(**body.model_dump(exclude_unset=True, exclude={"reason"})),
            reason=body.reason,
            check=lambda: check_match(request, read_one_now(connection, PRODUCTS, product_id).tag),
            action=operation,
        )
        product = read_one_now(connection, PRODUCTS, product_id)
        return Written(product.text, headers={"ETag": product.tag})

    return await write(request, action)


async def _explained(request: Request, part: str, product_id: str, query: DayQuery) -> Response:
    """A part of a product's explanation: computed in a worker, once for all who wait, cached by version."""
    context = context_of(request)
    version = await version_of(request, ("analysis", "catalogue", "prices", "settings"))
    tag = etag(version, part, product_id, str(query.as_of))

    async def produce() -> bytes:
        work = worker_tasks.explained
        return (await workers_of(context).run(work, part, product_id, query.as_of)).encode()

    return answer_json(request, await once(context, f"{part}:{tag}", produce), tag)
