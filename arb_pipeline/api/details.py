"""Answers of one object, with its ETag: the hash of what it shows."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from arb_pipeline.api.context import Context
from arb_pipeline.api.database import fetch_one
from arb_pipeline.api.lists import is_match
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.storage.postgres.listings import Listing


@dataclass(frozen=True, slots=True)
class Found:
    """One object as JSON text, and its ETag."""

    text: str
    tag: str


def answer_json(request: Request, body: bytes | str, tag: str) -> Response:
    """The body, or 304 where the request has it."""
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}
    if is_match(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def tag_of(text: str) -> str:
    """The ETag of one object, from its JSON."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


@lru_cache
def statement_of(listing: Listing) -> str:
    """The query of one object, by its `id`. Composing it takes as long as the sign-in of a request."""
    shown = ", ".join(f"{sql} AS {name}" for name, sql in listing.columns.items())
    return (
        f"SELECT (SELECT row_to_json(r) FROM (SELECT {shown}) AS r)::text "  # noqa: S608 - declared
        f"FROM {listing.tables} WHERE {listing.key} = %(id)s AND {listing.where}"
    )


async def read_one(context: Context, listing: Listing, object_id: object, **fixed: Any) -> Found | None:
    """One row of a list by its key; None: there is none."""
    row = await fetch_one(context, statement_of(listing), {"id": object_id, **fixed})
    return None if row is None else Found(row[0], tag_of(row[0]))


def read_one_now(connection: sa.Connection, listing: Listing, object_id: object, **fixed: Any) -> Found:
    """The same in the transaction of a write, which has made sure that the row is there."""
    text: str = connection.exec_driver_sql(statement_of(listing), {"id": object_id, **fixed}).scalar_one()
    return Found(text, tag_of(text))


def not_found(kind: str, object_id: object, where: str) -> ProblemError:
    """The problem of an id that does not exist, or is another user's."""
    return ProblemError("not-found", f"No {kind} has the id {object_id}. {where} lists them.")
