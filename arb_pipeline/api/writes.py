"""Writes: one transaction with its audit entry, repeated keys answered again, lost updates refused."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import anyio.to_thread
import sqlalchemy as sa
from fastapi import Request
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response

from arb_pipeline.access.audit import Actor
from arb_pipeline.api.context import context_of
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.api.security import actor_of, principal_in
from arb_pipeline.storage.postgres.access_tables import idempotency_keys

HEADER = "idempotency-key"
LONGEST_KEY = 200
HOURS = 24
STATEMENT_SECONDS = 30
NOT_KEPT = "(not kept)"


@dataclass(frozen=True, slots=True)
class Written:
    """Answer of a write."""

    body: BaseModel | str | None = None
    """A model, or JSON text."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_secret: bool = False
    """True: the body holds a secret that is not stored; a repeated request is refused instead of answered."""
    then: "Callable[[], Action] | None" = None
    """Request to another system after the commit; the action that it returns writes the answer."""


Action = Callable[[sa.Connection, Actor], Written]


async def write(request: Request, action: Action, *, fingerprint: bytes | None = None) -> Response:
    """Runs an action in one transaction, in a thread; a failure rolls it back.

    `fingerprint`: identifies the body where it is not JSON.
    """
    key = _key(request)
    mark = hashlib.sha256(
        b"\n".join(
            [
                request.method.encode(),
                request.url.path.encode(),
                request.url.query.encode(),
                request.headers.get("if-match", "").encode("latin-1"),
                fingerprint if fingerprint is not None else await request.body(),
            ]
        )
    ).hexdigest()
    actor = actor_of(request)
    engine = context_of(request).engine
    user_id = principal_in(request).user_id
    written = await anyio.to_thread.run_sync(lambda: _run(engine, action, actor, user_id, key, mark))
    return Response(
        written.text,
        written.status,
        dict(written.headers),
        "application/json" if written.text is not None else None,
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str | None
    status: int
    headers: Mapping[str, str]


def _run(
    engine: sa.Engine, action: Action, actor: Actor, user_id: str, key: str | None, mark: str
) -> _Answer:
    with _transaction(engine) as connection:
        if key is not None and (known := _claimed(connection, user_id, key, mark)):
            return known
        written = action(connection, actor)
        if written.then is None:
            return _kept(connection, written, user_id, key)
    try:
        following = written.then()
    except Exception:
        if key is not None:  # nothing was done: the same request may be sent again
            with _transaction(engine) as connection:
                table = idempotency_keys
                own = (table.c.user_id == UUID(user_id)) & (table.c.key == key)
                connection.execute(sa.delete(table).where(own))
        raise
    with _transaction(engine) as connection:
        return _kept(connection, following(connection, actor), user_id, key)


@contextmanager
def _transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        yield connection


def _kept(connection: sa.Connection, written: Written, user_id: str, key: str | None) -> _Answer:
    """The answer, kept under the key."""
    text = written.body.model_dump_json() if isinstance(written.body, BaseModel) else written.body
    answer = _Answer(text, written.status, written.headers)
    if key is not None:
        table = idempotency_keys
        connection.execute(
            sa.update(table)
            .where(table.c.user_id == UUID(user_id), table.c.key == key)
            .values(
                status=answer.status,
                headers=dict(answer.headers),
                body=NOT_KEPT if written.is_secret else text,
            )
        )
    return answer


def _claimed(connection: sa.Connection, user_id: str, key: str, mark: str) -> _Answer | None:
    """Stored answer of an idempotency key. A new key is claimed: a concurrent request waits."""
    table = idempotency_keys
    own = (table.c.user_id == UUID(user_id)) & (table.c.key == key)
    too_old = table.c.created_at < sa.func.now() - sa.text(f"interval '{HOURS} hours'")
    connection.execute(sa.delete(table).where(own, too_old))
    claim = insert(table).values(user_id=UUID(user_id), key=key, fingerprint=mark, status=0)
    if connection.scalar(claim.on_conflict_do_nothing().returning(table.c.key)) is not None:
        return None
    row = connection.execute(sa.select(table).where(own)).mappings().one()
    if row["fingerprint"] != mark:
        detail = f"The Idempotency-Key {key!r} was sent before with another request. Use a new key."
        raise ProblemError("idempotency-key-reused", detail)
    if row["status"] == 0:
        detail = (
            f"The request of Idempotency-Key {key!r} is under way, or was cut off. GET /api/v1/runs tells."
        )
        raise ProblemError("conflict", detail)
    if row["body"] == NOT_KEPT:
        detail = (
            f"The request of Idempotency-Key {key!r} was carried out; its answer held a secret, shown once."
        )
        raise ProblemError("conflict", detail)
    return _Answer(row["body"], row["status"], {**row["headers"], "Idempotent-Replayed": "true"})


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        detail = f"Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters, such as a UUID."
        raise ProblemError("invalid-input", detail, [{"pointer": "header/Idempotency-Key", "detail": detail}])
    return key


def check_match(request: Request, tag: str) -> None:
    """Refuses a write whose If-Match differs from the current version."""
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return
    if tag not in {part.strip() for part in header.split(",")}:
        detail = f"If-Match is {header[:100]}, the object is at {tag}: it changed since you read it."
        raise ProblemError("stale", f"{detail} Read it again.")
