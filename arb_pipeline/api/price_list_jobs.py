"""Price lists: requests to their tables and back. A user sees only their own lists."""

import hashlib
from uuid import UUID

import sqlalchemy as sa
from fastapi import Request, UploadFile
from starlette.responses import Response

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.api.context import Context, context_of
from arb_pipeline.api.database import fetch_one
from arb_pipeline.api.details import answer_json, not_found, read_one, read_one_now
from arb_pipeline.api.lists import answer_list
from arb_pipeline.api.models.buyers import PriceListMatch
from arb_pipeline.api.models.queries import ListQuery, PriceListRowQuery
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.api.security import principal_in
from arb_pipeline.api.worker_tasks import valued_row
from arb_pipeline.api.workers import workers_of
from arb_pipeline.api.writes import Written, write
from arb_pipeline.services.price_list_jobs import MOST_BYTES, ValuedRow, check_file, set_match
from arb_pipeline.storage.postgres.access_listings import PRICE_LIST_ROWS, PRICE_LISTS
from arb_pipeline.storage.postgres.buyer_tables import price_lists

WHERE = "GET /api/v1/price-lists"


async def lists(request: Request, query: ListQuery) -> Response:
    """The caller's lists."""
    fixed = {"own_id": principal_in(request).user_id}
    return await answer_list(request, PRICE_LISTS, query, fixed=fixed, sort="-created_at", is_private=True)


async def create(request: Request, file: UploadFile, channels: str | None, chance: float) -> Response:
    """Stores an upload for background valuation."""
    body = await file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise ProblemError("too-large", f"The file has over {MOST_BYTES:,} bytes, which is the limit.")
    check_file(body)
    name = (file.filename or "list").replace("\0", "").rpartition("/")[2][:200] or "list"
    options = {"chance": chance, "channels": channels.split(",") if channels else []}

    def action(connection: sa.Connection, actor: Actor) -> Written:
        own = principal_in(request).user_id
        values = {"user_id": UUID(own), "name": name, "options": options, "file": body}
        insert = sa.insert(price_lists).values(**values).returning(price_lists.c.id)
        list_id = str(connection.scalar(insert))
        after = {"name": name, "bytes": len(body)}
        record(connection, actor, "create_price_list", "price_list", list_id, after=after)
        price_list = read_one_now(connection, PRICE_LISTS, list_id, own_id=own)
        return Written(price_list.text, 202, {"Location": f"/api/v1/price-lists/{list_id}"})

    mark = hashlib.sha256(body).digest() + repr((name, options)).encode()
    return await write(request, action, fingerprint=mark)


async def get(request: Request, list_id: str) -> Response:
    """One of the caller's lists, with its progress."""
    own = principal_in(request).user_id
    price_list = await read_one(context_of(request), PRICE_LISTS, list_id, own_id=own)
    if price_list is None:
        raise not_found("price list", list_id, WHERE)
    return answer_json(request, price_list.text, price_list.tag)


async def delete(request: Request, list_id: str) -> Response:
    """Deletes one of the caller's lists with its rows."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        is_own_list = (price_lists.c.id == UUID(list_id)) & (
            price_lists.c.user_id == UUID(principal_in(request).user_id)
        )
        name = connection.scalar(sa.delete(price_lists).where(is_own_list).returning(price_lists.c.name))
        if name is None:
            raise not_found("price list", list_id, WHERE)
        before = {"name": name}
        record(connection, actor, "delete_price_list", "price_list", list_id, before=before)
        return Written(status=204)

    return await write(request, action)


async def _check_own(context: Context, list_id: str, user_id: str) -> None:
    known = "SELECT 1 FROM price_lists WHERE id = %(id)s AND user_id = %(user_id)s"
    if await fetch_one(context, known, {"id": list_id, "user_id": user_id}) is None:
        raise not_found("price list", list_id, WHERE)


async def rows(request: Request, list_id: str, query: PriceListRowQuery) -> Response:
    """Rows of one of the caller's lists."""
    await _check_own(context_of(request), list_id, principal_in(request).user_id)
    return await answer_list(request, PRICE_LIST_ROWS, query, fixed={"price_list_id": list_id})


async def match(request: Request, list_id: str, line: int, body: PriceListMatch) -> Response:
    """Assigns a product to a row: the row is valued with it in a worker, then written."""
    context, own = context_of(request), principal_in(request).user_id
    await _check_own(context, list_id, own)
    text = await workers_of(context).run(valued_row, list_id, line, str(body.product_id))

    def action(connection: sa.Connection, actor: Actor) -> Written:
        set_match(connection, actor, list_id, ValuedRow.model_validate_json(text))
        fixed = {"price_list_id": list_id, "line": line}
        return Written(connection.exec_driver_sql(_row_sql(), fixed).scalar_one())

    return await write(request, action)


def _row_sql() -> str:
    shown = ", ".join(f"{sql} AS {name}" for name, sql in PRICE_LIST_ROWS.columns.items())
    return (
        f"SELECT (SELECT row_to_json(x) FROM (SELECT {shown}) AS x)::text "  # noqa: S608 - declared columns
        f"FROM {PRICE_LIST_ROWS.tables} WHERE {PRICE_LIST_ROWS.where} AND r.line = %(line)s"
    )
