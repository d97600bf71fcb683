"""Users and keys from the command line: each call opens the database, and is audited without a user."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import orjson
import sqlalchemy as sa

from arb_pipeline.access import api_keys, sessions, users
from arb_pipeline.access.audit import COMMAND_LINE, Actor
from arb_pipeline.access.roles import Role
from arb_pipeline.contracts.errors import InvalidInputError, NotFoundError
from arb_pipeline.services.view import View
from arb_pipeline.settings import settings
from arb_pipeline.storage.postgres import access_tables as tables
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import migrate


class UserView(View):
    """A user as a list shows it."""

    name: str
    kind: str
    role: Role
    is_active: bool
    last_seen_at: datetime | None


class ApiKeyView(View):
    """An API key, without its secret."""

    id: UUID
    prefix: str
    name: str
    role: Role
    user: str
    last_used_at: datetime | None
    revoked_at: datetime | None


@contextmanager
def _writing() -> Iterator[sa.Connection]:
    with connected(settings()) as engine:
        migrate(engine)
        with engine.begin() as connection:
            yield connection


def role(text: str) -> Role:
    """The role of this name. Raises `InvalidInputError`."""
    if text not in list(Role):
        thing = "role"
        raise InvalidInputError(thing, value=text, allowed=", ".join(Role))
    return Role(text)


def _id(connection: sa.Connection, name: str) -> str:
    user = users.find_user(connection, name)
    if user is None:
        thing = "user"
        raise NotFoundError(thing, value=name, next_step="`arb user list` lists them.")
    return str(user.id)


Buyer = Actor
"""Whose purchases a command records, reads or sells from."""


def buyer_of(connection: sa.Connection, name: str | None = None) -> Buyer:
    """The user whose purchases a command records: the named one, else the administrator of this machine.

    Raises `NotFoundError`.
    """
    if name is None:
        return Actor(user_id=str(users.local_admin(connection, COMMAND_LINE).id))
    return Actor(user_id=_id(connection, name))


def seller_of(connection: sa.Connection, name: str | None = None) -> Buyer:
    """The user whose purchases a command reads or sells from; without a name those of all.

    Raises `NotFoundError`.
    """
    return COMMAND_LINE if name is None else Actor(user_id=_id(connection, name))


def create(name: str, given: str, password: str | None) -> None:
    """Creates a person."""
    with _writing() as connection:
        users.create_user(connection, COMMAND_LINE, name, role(given), password=password)


def change(
    name: str, *, role: Role | None = None, is_active: bool | None = None, password: str | None = None
) -> None:
    """Changes a user by name; what is None stays."""
    given = {"role": role, "is_active": is_active, "password": password}
    changes = {field: value for field, value in given.items() if value is not None}
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
        stored = users.export_user(connection, _id(connection, name))
    return orjson.dumps(stored, default=str, option=orjson.OPT_INDENT_2).decode()


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
        ids = [str(key_id) for (key_id,) in connection.execute(query)]
        if len(ids) != 1:
            thing = "API key"
            raise NotFoundError(thing, value=text, next_step="`arb api-key list` lists them.")
        api_keys.revoke_api_key(connection, COMMAND_LINE, ids[0])


def listed_users() -> tuple[UserView, ...]:
    """All users, by name."""
    table = tables.users.c
    columns = (table.name, table.kind, table.role, table.is_active, table.last_seen_at)
    query = sa.select(*columns).where(table.erased_at.is_(None)).order_by(sa.func.lower(table.name))
    with _writing() as connection:
        return tuple(UserView.model_validate(dict(row)) for row in connection.execute(query).mappings())


def listed_keys() -> tuple[ApiKeyView, ...]:
    """All keys, newest first."""
    table, owner = tables.api_keys.c, tables.users.c
    columns = (table.id, table.prefix, table.name, table.role, owner.name.label("user"), table.last_used_at)
    query = sa.select(*columns, table.revoked_at).join(tables.users, owner.id == table.user_id)
    query = query.order_by(table.created_at.desc())
    with _writing() as connection:
        return tuple(ApiKeyView.model_validate(dict(row)) for row in connection.execute(query).mappings())
