"""API keys of programs: created, revoked. The key is shown once; its SHA-256 is stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.access.errors import AccessConflictError, AccessError, UnknownAccountError
from arb_pipeline.access.roles import SCOPES, Role
from arb_pipeline.access.tokens import SHOWN, hashed, new_api_key
from arb_pipeline.access.users import create_user, find_user, get_user
from arb_pipeline.storage.postgres.access_tables import api_keys

ORDER = list(Role)


def create_api_key(
    connection: sa.Connection,
    actor: Actor,
    name: str,
    role: str,
    *,
    user_id: str | None = None,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
    rate_per_minute: int | None = None,
) -> tuple[str, str]:
    """Creates a key; returns its id and the key. Without `user_id` it belongs to a program of its own."""
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        msg = f"There is no scope {unknown[0]!r}. Allowed: {', '.join(SCOPES)}."
        raise AccessError(msg)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        msg = f"expires_at {expires_at.isoformat()} is in the past."
        raise AccessError(msg)
    owner = _program(connection, actor, name, role) if user_id is None else user_id
    user = get_user(connection, owner)
    if not user.is_active:
        msg = f"The user {user.name} is inactive: activate it first."
        raise AccessConflictError(msg)
    if ORDER.index(Role(role)) > ORDER.index(Role(user.role)):
        msg = f"A key's role is at most its user's: {user.name} is {user.role}, not {role}."
        raise AccessError(msg)
    key = new_api_key()
    values = {
        "user_id": UUID(owner),
        "name": name,
        "prefix": key[:SHOWN],
        "key_hash": hashed(key),
        "role": role,
        "scopes": sorted(set(scopes)),
        "expires_at": expires_at,
        "rate_per_minute": rate_per_minute,
    }
    key_id = str(connection.scalar(sa.insert(api_keys).values(**values).returning(api_keys.c.id)))
    record(connection, actor, "create_api_key", "api_key", key_id, after=values)
    return key_id, key


def revoke_api_key(connection: sa.Connection, actor: Actor, key_id: str) -> None:
    """Revokes a key; one that is revoked stays so. Raises `UnknownAccountError`."""
    table = api_keys.c
    known = connection.scalar(sa.select(table.id).where(table.id == UUID(key_id)).with_for_update())
    if known is None:
        msg = f"No API key has the id {key_id}."
        raise UnknownAccountError(msg)
    ending = sa.update(api_keys).where(table.id == known, table.revoked_at.is_(None))
    if connection.execute(ending.values(revoked_at=sa.func.now())).rowcount:
        record(connection, actor, "revoke_api_key", "api_key", key_id)


def _program(connection: sa.Connection, actor: Actor, name: str, role: str) -> str:
    """The program of this name, made where there is none."""
    slug = "".join(c if c.isalnum() and c.isascii() else "-" for c in name).strip("-") or "program"
    user = find_user(connection, slug)
    if user is None:
        return create_user(connection, actor, slug, role, kind="program")
    if user.kind != "program":
        msg = f"{slug!r} is the name of a person. Choose another name for the key, or name its user."
        raise AccessConflictError(msg)
    return str(user.id)
