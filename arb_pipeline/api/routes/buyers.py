"""What-if and price lists."""

from typing import Annotated

from fastapi import File, Form, Path, Query, Request, UploadFile
from starlette.responses import Response

from arb_pipeline.api import price_list_jobs, what_if
from arb_pipeline.api.documented import (
    LOCATION,
    Id,
    IdempotencyKey,
    IfNoneMatch,
    detail_answers,
    list_answers,
)
from arb_pipeline.api.models.buyers import (
    PriceList,
    PriceListMatch,
    PriceListPage,
    PriceListRow,
    PriceListRowPage,
    WhatIf,
    WhatIfRequest,
)
from arb_pipeline.api.models.queries import ListQuery, NoQuery, PriceListRowQuery
from arb_pipeline.api.routing import problems, router

app = router("buyers")
Upload = Annotated[UploadFile, File(description="CSV, TSV or XLSX; 20 MB and 100,000 rows at most.")]
Channels = Annotated[
    str | None,
    Form(max_length=500, pattern=r"^[a-z0-9_]+(,[a-z0-9_]+)*$", description="Separated by commas."),
]
Line = Annotated[int, Path(ge=1, le=10_000_000, description="Line of the file.")]
Chance = Annotated[float, Form(ge=0, le=1, allow_inf_nan=False)]


@app.post(
    "/what-if",
    responses={200: {"model": WhatIf}, **problems("not-found", "conflict", "unsupported-type")},
)
async def calculate_what_if(
    request: Request, body: WhatIfRequest, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Values a quote in hand: what it nets, P(profit), the highest price worth paying."""
    return await what_if.answer(request, body)


@app.get("/price-lists", responses=list_answers(PriceListPage, is_exported=False))
async def list_price_lists(request: Request, query: Annotated[ListQuery, Query()]) -> Response:
    """Lists your price lists, newest first."""
    return await price_list_jobs.lists(request, query)


@app.post(
    "/price-lists",
    status_code=202,
    responses={
        202: {"model": PriceList, "headers": {"Location": LOCATION}},
        **problems("idempotency-key-reused", "unsupported-type"),
    },
)
async def create_price_list(
    request: Request,
    file: Upload,
    _query: Annotated[NoQuery, Query()],
    channels: Channels = None,
    chance: Chance = 0.8,
    _key: IdempotencyKey = None,
) -> Response:
    """Uploads a price list; it is valued in the background."""
    return await price_list_jobs.create(request, file, channels, chance)


@app.get("/price-lists/{price_list_id}", responses=detail_answers(PriceList))
async def get_price_list(
    request: Request, price_list_id: Id, _query: Annotated[NoQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """A price list with the progress of its valuation."""
    return await price_list_jobs.get(request, str(price_list_id))


@app.delete(
    "/price-lists/{price_list_id}", status_code=204, responses=problems("not-found", "idempotency-key-reused")
)
async def delete_price_list(
    request: Request, price_list_id: Id, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Deletes a price list and its rows."""
    return await price_list_jobs.delete(request, str(price_list_id))


@app.get(
    "/price-lists/{price_list_id}/rows",
    responses=list_answers(PriceListRowPage) | problems("not-found"),
)
async def list_price_list_rows(
    request: Request, price_list_id: Id, query: Annotated[PriceListRowQuery, Query()]
) -> Response:
    """Lists the rows with results, or the reason and the candidates; as CSV: the download."""
    return await price_list_jobs.rows(request, str(price_list_id), query)


@app.put(
    "/price-lists/{price_list_id}/rows/{line}",
    responses={
        200: {"model": PriceListRow},
        **problems("not-found", "conflict", "idempotency-key-reused", "unsupported-type"),
    },
)
async def match_price_list_row(
    request: Request,
    price_list_id: Id,
    line: Line,
    body: PriceListMatch,
    _query: Annotated[NoQuery, Query()],
    _key: IdempotencyKey = None,
) -> Response:
    """Assigns a product to a row, and values the row."""
    return await price_list_jobs.match(request, str(price_list_id), line, body)
