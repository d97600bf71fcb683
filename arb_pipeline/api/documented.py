"""Shared parts of the OpenAPI document."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Path
from pydantic import BaseModel

from arb_pipeline.api.lists import CSV, PARQUET, SELECTION
from arb_pipeline.api.routing import problems

Id = Annotated[UUID, Path(description="Id of the object.")]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="ETag of the object as you read it; 412 where it changed since."),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="A key of your choice: the same request with the same key is carried out once.",
        pattern="^[ -~]{1,200}$",
    ),
]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", description="ETag that you have: 304 while it holds.")
]
LINK = {"description": "URL of the next page, `rel=next`.", "schema": {"type": "string"}}
ETAG = {"description": "Version of the answer.", "schema": {"type": "string"}}
LOCATION = {"description": "URL of the new object.", "schema": {"type": "string"}}


def list_answers(model: type[BaseModel], *, is_exported: bool = True) -> dict[int | str, dict[str, Any]]:
    """Answers of a list: a page of the model, a selection of fields, streams, or 304."""
    content: dict[str, Any] = {
        SELECTION: {
            "schema": {"type": "object", "description": "A page whose items have the requested `fields`."}
        }
    }
    if is_exported:
        content[CSV] = {"schema": {"type": "string", "description": "All rows, not only a page."}}
        content[PARQUET] = {"schema": {"type": "string", "format": "binary"}}
    return {
        200: {"model": model, "headers": {"ETag": ETAG, "Link": LINK}, "content": content},
        304: {"description": "Nothing changed since the ETag of If-None-Match."},
        **problems("not-acceptable", "invalid-cursor"),
    }


def detail_answers(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Answers of one object: the model, 304, or 404."""
    return {
        200: {"model": model, "headers": {"ETag": ETAG}},
        304: {"description": "Nothing changed since the ETag of If-None-Match."},
        **problems("not-found"),
    }
