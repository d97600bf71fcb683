"""Users and keys from the command line: each call opens the database, and is audited without a user."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from arb_pipeline.access import api_keys, sessions, users
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.access.roles import Role
from arb_pipeline.contracts.errors import InvalidInputError, NotFoundError
from arb_pipeline.settings import settings
from arb_pipeline.storage.postgres import access_tables as tables
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import migrate


@contextmanager
def _writing() -> Iterator[sa.Connection]:
    with connected(settings()) as engine:
        migrate(engine)
        with engine.begin() as connection:
            yield connection


def role(text: str) -> str:
    """The role of this name. Raises `InvalidInputError`."""
    if text not in list(Role):
        thing = "role"
        raise InvalidInputError(thing, value=text, allowed=", ".join(Role))
    return text


def _id(connection: sa.Connection, name: str) -> str:
    found = users.find_user(connection, name)
    if found is None:
        thing = "user"
        raise NotFoundError(thing, value=name, next_step="`arb user list` lists them.")
    return str(found["id"])


def create(name: str, given: str, password: str | None) -> None:
    """Creates a person."""
    with _writing() as connection:
        users.create_user(connection, COMMAND_LINE, name, role(given), password=password)


def change(name: str, changes: Mapping[str, Any]) -> None:
    """Changes a user by name."""
    with _writing() as connection:
        users.update_user(connection, COMMAND_LINE, _id(connection, name), changes)


def link(name: str) -> str:
    """A one-time sign-in link for a user."""
    given = settings()
    base = given.api_url.rstrip("/") or f"http://{given.api_host}:{given.api_port}"
    with _writing() as connection:
        token = sessions.create_link(connection, COMMAND_LINE, _id(connection, name))
    return f"{base}/sign-in?token={token}"


def export(name: str) -> str:
    """Everything that is stored of a user, as JSON."""
    with _writing() as connection:
        found = users.export_user(connection, _id(connection, name))
    return orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2).decode()


def erase(name: str) -> None:
    """Erases an account."""
    with _writing() as connection:
        users.erase_user(connection, COMMAND_LINE, _id(connection, name))


def create_key(
    name: str, given: str, *, user: str | None, scopes: Sequence[str], expires: datetime | None
) -> str:
    """A new API key."""
    until = expires.replace(tzinfo=UTC) if expires and expires.tzinfo is None else expires
    with _writing() as connection:
        owner = _id(connection, user) if user else None
        return api_keys.create_api_key(
            connection, COMMAND_LINE, name, role(given), user_id=owner, scopes=scopes, expires_at=until
        )[1]


def revoke_key(text: str) -> None:
    """Revokes a key by its id or by its visible beginning."""
    table = tables.api_keys.c
    with _writing() as connection:
        query = sa.select(table.id).where((table.id.cast(sa.Text) == text) | (table.prefix == text))
        found = [str(key_id) for (key_id,) in connection.execute(query)]
        if len(found) != 1:
            thing = "API key"
            raise NotFoundError(thing, value=text, next_step="`arb api-key list` lists them.")
        api_keys.revoke_api_key(connection, COMMAND_LINE, found[0])


def _rows(query: sa.Select[Any]) -> list[dict[str, Any]]:
    with _writing() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def listed_users() -> list[dict[str, Any]]:
    """All users, by name."""
    table = tables.users.c
    columns = (table.name, table.kind, table.role, table.is_active, table.last_seen_at)
    return _rows(sa.select(*columns).where(table.erased_at.is_(None)).order_by(sa.func.lower(table.name)))


def listed_keys() -> list[dict[str, Any]]:
    """All keys, newest first."""
    table, owner = tables.api_keys.c, tables.users.c
    columns = (table.id, table.prefix, table.name, table.role, owner.name.label("user"), table.last_used_at)
    joined = sa.select(*columns, table.revoked_at).join(tables.users, owner.id == table.user_id)
    return _rows(joined.order_by(table.created_at.desc()))
