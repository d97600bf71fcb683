"""Users: created, changed, exported and erased. Each call is in the caller's transaction and audited."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.access.errors import AccessConflictError, AccessError, UnknownAccountError
from arb_pipeline.access.passwords import fault_of, hash_password
from arb_pipeline.access.roles import Role
from arb_pipeline.storage.postgres.access_tables import api_keys, audit_log, sessions, sign_in_links, users
from arb_pipeline.storage.postgres.buyer_tables import (
    price_list_rows,
    price_lists,
    purchases,
    removed_entries,
    sales,
)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class User:
    """A user: a person, or a program with keys."""

    id: UUID
    name: str
    kind: str
    role: str
    password_hash: str | None = field(repr=False)
    oidc_issuer: str | None
    oidc_subject: str | None
    is_active: bool
    last_seen_at: datetime | None
    erased_at: datetime | None
    created_at: datetime
    updated_at: datetime


def create_user(
    connection: sa.Connection,
    actor: Actor,
    name: str,
    role: str,
    *,
    kind: str = "person",
    password: str | None = None,
    oidc: tuple[str, str] | None = None,
) -> str:
    """Creates a user; returns the id. Raises `AccessError` for a name that is taken or not allowed."""
    if not NAME.fullmatch(name):
        msg = f"{name!r} is no name of a user. Allowed: 1 to 100 letters, digits and ._@+-"
        raise AccessError(msg)
    if password is not None and (fault := fault_of(password)):
        msg = f"The password {fault}."
        raise AccessError(msg)
    values = {
        "name": name,
        "kind": kind,
        "role": Role(role).value,
        "password_hash": hash_password(password) if password else None,
        "oidc_issuer": oidc[0] if oidc else None,
        "oidc_subject": oidc[1] if oidc else None,
    }
    try:
        with connection.begin_nested():
            user_id = str(connection.scalar(sa.insert(users).values(**values).returning(users.c.id)))
    except IntegrityError:
        msg = f"There is a user {name!r} already. Choose another name."
        raise AccessConflictError(msg) from None
    record(connection, actor, "create_user", "user", user_id, after=values)
    return user_id


LOCAL_ADMIN = "local-admin"
"""The user of this machine: signs in by the link that `arb serve` prints, and buys on the command line."""


def local_admin(connection: sa.Connection, actor: Actor) -> User:
    """The administrator of this machine, who is created at the first use."""
    user = find_user(connection, LOCAL_ADMIN)
    return user or get_user(connection, create_user(connection, actor, LOCAL_ADMIN, "admin"))


def find_user(connection: sa.Connection, name: str) -> User | None:
    """A user by name, whatever its case; None: there is none."""
    query = sa.select(users).where(sa.func.lower(users.c.name) == name.lower(), users.c.erased_at.is_(None))
    row = connection.execute(query).mappings().first()
    return User(**row) if row else None


def get_user(connection: sa.Connection, user_id: str, *, lock: bool = False) -> User:
    """A user. Raises `UnknownAccountError`."""
    query = sa.select(users).where(users.c.id == UUID(user_id))
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        msg = f"No user has the id {user_id}."
        raise UnknownAccountError(msg)
    return User(**row)


def update_user(connection: sa.Connection, actor: Actor, user_id: str, changes: Mapping[str, Any]) -> User:
    """Changes role, is_active or password; sessions end where the password or is_active changes.

    Raises `AccessError` where no administrator would be left.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('administrators'))"))
    before = get_user(connection, user_id, lock=True)
    if before.erased_at is not None:
        msg = f"The account {user_id} was erased: it cannot be changed."
        raise AccessConflictError(msg)
    values = dict(changes)
    if (password := values.pop("password", None)) is not None:
        if fault := fault_of(password):
            msg = f"The password {fault}."
            raise AccessError(msg)
        values["password_hash"] = hash_password(password)
    loses = values.get("role", before.role) != "admin" or values.get("is_active") is False
    if before.role == "admin" and before.is_active and loses:
        _keep_an_administrator(connection, user_id)
    connection.execute(
        sa.update(users).where(users.c.id == UUID(user_id)).values(**values, updated_at=sa.func.now())
    )
    if "password_hash" in values or values.get("is_active") is False:
        end_sessions(connection, user_id)
    after = get_user(connection, user_id)
    record(connection, actor, "update_user", "user", user_id, before=asdict(before), after=asdict(after))
    if "password_hash" in values:
        record(connection, actor, "set_password", "user", user_id)
    return after


def end_sessions(connection: sa.Connection, user_id: str, *, but: str | None = None) -> int:
    """Ends all sessions of a user, and voids the open links; all but the session `but`."""
    of_user = (sessions.c.user_id == UUID(user_id)) & sessions.c.ended_at.is_(None)
    if but is not None:
        of_user &= sessions.c.token_hash != but
    now = sa.func.now()
    ended = connection.execute(sa.update(sessions).where(of_user).values(ended_at=now)).rowcount
    open_links = (sign_in_links.c.user_id == UUID(user_id)) & sign_in_links.c.used_at.is_(None)
    connection.execute(sa.update(sign_in_links).where(open_links).values(used_at=now))
    return int(ended)


def export_user(connection: sa.Connection, user_id: str) -> dict[str, object]:
    """Everything that is stored of a user, without hashes."""
    user = get_user(connection, user_id)
    own = UUID(user_id)

    def rows(table: sa.Table, where: sa.ColumnElement[bool], *without: str) -> list[dict[str, Any]]:
        columns = [c for c in table.c if c.name not in {*without, "csrf_token", "key_hash", "token_hash"}]
        return [dict(row) for row in connection.execute(sa.select(*columns).where(where)).mappings()]

    of_own = sales.c.purchase_id.in_(sa.select(purchases.c.id).where(purchases.c.buyer_id == own))
    return {
        "user": {name: value for name, value in asdict(user).items() if name != "password_hash"},
        "sessions": rows(sessions, sessions.c.user_id == own),
        "api_keys": rows(api_keys, api_keys.c.user_id == own),
        "purchases": rows(purchases, purchases.c.buyer_id == own),
        "sales": rows(sales, of_own),
        "removed_entries": rows(removed_entries, removed_entries.c.buyer_id == own),
        "price_lists": rows(price_lists, price_lists.c.user_id == own, "file"),
        "audit": rows(audit_log, audit_log.c.user_id == own),
    }


def erase_user(connection: sa.Connection, actor: Actor, user_id: str) -> None:
    """Erases name, password, sign-in, sessions, keys and price lists. Purchases stay, without a name."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('administrators'))"))
    before = get_user(connection, user_id, lock=True)
    if before.erased_at is not None:
        return
    if before.role == "admin" and before.is_active:
        _keep_an_administrator(connection, user_id)
    own = UUID(user_id)
    end_sessions(connection, user_id)
    connection.execute(
        sa.update(sessions).where(sessions.c.user_id == own).values(address=None, user_agent=None)
    )
    connection.execute(
        sa.update(api_keys)
        .where(api_keys.c.user_id == own)
        .values(revoked_at=sa.func.coalesce(api_keys.c.revoked_at, sa.func.now()), name="erased")
    )
    connection.execute(sa.update(audit_log).where(audit_log.c.user_id == own).values(address=None))
    connection.execute(sa.update(purchases).where(purchases.c.buyer_id == own).values(notes=None))
    removed = sa.update(removed_entries).where(removed_entries.c.buyer_id == own)
    connection.execute(removed.values(entry=removed_entries.c.entry.op("-")("notes")))
    of_lists = price_list_rows.c.price_list_id.in_(
        sa.select(price_lists.c.id).where(price_lists.c.user_id == own)
    )
    connection.execute(sa.delete(price_list_rows).where(of_lists))
    connection.execute(sa.delete(price_lists).where(price_lists.c.user_id == own))
    connection.execute(
        sa.update(users)
        .where(users.c.id == own)
        .values(
            name=f"erased-{user_id[:8]}",
            password_hash=None,
            oidc_issuer=None,
            oidc_subject=None,
            is_active=False,
            last_seen_at=None,
            erased_at=datetime.now(UTC),
            updated_at=sa.func.now(),
        )
    )
    record(connection, actor, "erase_user", "user", user_id)


def _keep_an_administrator(connection: sa.Connection, user_id: str) -> None:
    others = sa.select(sa.func.count()).where(
        users.c.role == "admin", users.c.is_active, users.c.kind == "person", users.c.id != UUID(user_id)
    )
    if not connection.scalar(others):
        msg = "No other active administrator is left. Make another user admin first."
        raise AccessConflictError(msg)
