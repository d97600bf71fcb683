"""Answers of lists: JSON pages, CSV and Parquet streams, ETags, the cache, and coalesced queries."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from fastapi import Request
from starlette.responses import Response, StreamingResponse

from arb_pipeline.api import cursors, exports
from arb_pipeline.api.context import Context, context_of, version_of
from arb_pipeline.api.database import fetch_one
from arb_pipeline.api.models.queries import ListQuery
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.storage.postgres.listings import Listing, page

JSON, SELECTION = "application/json", "application/vnd.arb.selection+json"
CSV, PARQUET = "text/csv", "application/vnd.apache.parquet"
SECONDS = 600
"""Seconds for which an answer is cached: its key has the version of the data."""
EMPTY = b'{"items":[],'
CONTROLS = frozenset({"limit", "cursor", "fields", "include_total", "sort"})


async def answer_list(
    request: Request,
    listing: Listing,
    query: ListQuery,
    *,
    fixed: Mapping[str, Any] | None = None,
    sort: str | None = None,
    given: Mapping[str, Any] | None = None,
    is_private: bool = False,
    check_owner: Callable[[], Awaitable[None]] | None = None,
) -> Response:
    """A list as the request wants it. `fixed`: values of the listing's own conditions.

    `check_owner`: raises `ProblemError` if there is no object whose rows are listed; a row is proof of it.
    """
    context = context_of(request)
    filters = query.model_dump(exclude=set(CONTROLS), exclude_none=True) | dict(given or {})
    filters = {name: value for name, value in filters.items() if name in listing.filters}
    order = sort or getattr(query, "sort", None) or next(iter(listing.sorts))
    fields = _fields(listing, query.fields)
    media = _media(request, is_selection=bool(fields), is_exported=not is_private)
    tag = etag(
        await version_of(request, listing.scopes),
        listing.name,
        request.url.path,
        media,
        request.state.principal.user_id if is_private else "",
        query.model_dump_json(),
    )
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
    is_held = is_match(request, tag)
    if check_owner is not None and (is_held or media in {CSV, PARQUET}):
        await check_owner()
    if is_held:
        return Response(status_code=304, headers=headers)
    if media in {CSV, PARQUET}:
        stream = exports.stream(
            context, listing, given=filters, fixed=fixed or {}, sort=order, fields=fields, media=media
        )
        name = f"{listing.name}.{'csv' if media == CSV else 'parquet'}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return StreamingResponse(await _started(stream), media_type=media, headers=headers)
    cursor_next, body = await _page(context, listing, query, filters, fixed or {}, order, fields, tag)
    if check_owner is not None and body.startswith(EMPTY):
        await check_owner()
    if cursor_next:
        kept = [(k, v) for k, v in parse_qsl(request.url.query, keep_blank_values=True) if k != "cursor"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*kept, ("cursor", cursor_next)])}>; rel="next"'
    return Response(body, media_type=media, headers=headers)


async def _page(
    context: Context,
    listing: Listing,
    query: ListQuery,
    filters: Mapping[str, Any],
    fixed: Mapping[str, Any],
    order: str,
    fields: Sequence[str],
    tag: str,
) -> tuple[str, bytes]:
    """Cursor of the next page ('' for none) and body."""
    kind = listing.sorts[order.removeprefix("-")].kind
    of = cursors.cursor_of(listing.name, order, {**filters, **_stable(fixed)}, kind, listing.key_kind)
    after = cursors.decode(of, query.cursor) if query.cursor is not None else None

    async def produce() -> bytes:
        statement = page(
            listing,
            given=filters,
            sort=order,
            limit=query.limit,
            after=after,
            fields=fields,
            include_total=query.include_total,
        )
        row = await fetch_one(context, statement.sql, statement.parameters | dict(fixed))
        if row is None:  # an aggregate always has a row
            raise AssertionError
        items, first_id, sort_key, row_key, total = row
        cursor = cursors.encode(of, sort_key, row_key) if first_id > query.limit else None
        ends = (b',"next_cursor":', orjson.dumps(cursor), b',"total":', orjson.dumps(total), b"}")
        return b"".join(((cursor or "").encode(), b'\n{"items":', items.encode(), *ends))

    cursor, _, body = (await once(context, f"list:{tag}", produce)).partition(b"\n")
    return cursor.decode(), body


def _stable(fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Fixed values that name the list; moments of its window are left out, they move with the clock."""
    return {name: value for name, value in fixed.items() if name not in {"since", "until"}}


async def once(context: Context, key: str, produce: Any, seconds: int = SECONDS) -> bytes:
    """A cached value; concurrent requests for the same value share one computation."""
    held = await context.memory.get(key)
    if held is not None:
        return held
    flights: dict[str, asyncio.Task[bytes]] = context.state.setdefault("flights", {})
    flight = flights.get(key)
    if flight is None:
        flight = asyncio.create_task(_produced(context, key, produce, seconds))
        flights[key] = flight
        flight.add_done_callback(lambda _: flights.pop(key, None))
    return await asyncio.shield(flight)


async def _produced(context: Context, key: str, produce: Any, seconds: int) -> bytes:
    value: bytes = await produce()
    await context.memory.set(key, value, seconds)
    return value


def etag(*parts: str) -> str:
    """The ETag of an answer, from the version of its data and the question."""
    return f'"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]}"'


def is_match(request: Request, tag: str) -> bool:
    """True if If-None-Match has the tag."""
    header = request.headers.get("if-none-match", "")
    return header.strip() == "*" or tag in {part.strip().removeprefix("W/") for part in header.split(",")}


def _fields(listing: Listing, text: str | None) -> list[str]:
    if text is None:
        return []
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in names if name not in listing.columns]
    if unknown:
        detail = f"fields names {unknown[0]!r}. Allowed: {', '.join(listing.columns)}."
        raise ProblemError("invalid-input", detail, [{"pointer": "query/fields", "detail": detail}])
    return names


def _media(request: Request, *, is_selection: bool, is_exported: bool) -> str:
    """The type to answer in. Raises `ProblemError` where the request accepts none."""
    header = request.headers.get("accept", "") or "*/*"
    accepted = [
        part.partition(";")[0].strip().lower() for part in header.split(",") if ";q=0," not in f"{part},"
    ]
    own = SELECTION if is_selection else JSON
    offered = [own, JSON, *((CSV, PARQUET) if is_exported else ())]
    for media in accepted:
        if media in {"*/*", "application/*"}:
            return own
        if media in offered:
            return own if media == JSON else media
    detail = f"Accept is {header[:200]!r}. This list answers in {', '.join(dict.fromkeys(offered))}."
    raise ProblemError("not-acceptable", detail)


async def _started(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream with its first piece read: an error before it is still a problem answer."""
    first = await anext(stream, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in stream:
            yield piece

    return whole()
