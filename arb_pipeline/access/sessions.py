"""Sessions of browsers: sign-in by password, one-time link or OpenID Connect; sign-out; CSRF tokens."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.access.errors import AccessError
from arb_pipeline.access.passwords import fault_of, hash_password, is_password
from arb_pipeline.access.tokens import hashed, new_token
from arb_pipeline.access.users import end_sessions, find_user, get_user
from arb_pipeline.storage.postgres.access_tables import sessions, sign_in_links, users

SESSION_HOURS = 12
LINK_MINUTES = 10
FAILED = "Name and password, or link, do not match an active account."
"""Message of a failed sign-in, equal for every cause: it does not reveal which accounts exist."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session. The token goes into the cookie and nowhere else."""

    token: str
    csrf_token: str
    expires_at: datetime
    user_id: str


class SignInError(Exception):
    """A sign-in that failed, whatever the cause."""

    def __init__(self) -> None:
        super().__init__(FAILED)


def sign_in(connection: sa.Connection, actor: Actor, name: str, password: str, user_agent: str) -> Opened:
    """Opens a session by name and password. Raises `SignInError` after the same work for every cause."""
    user = find_user(connection, name)
    usable = user is not None and user.is_active and user.kind == "person"
    known_hash = user.password_hash if user is not None and usable else None
    if not is_password(password, known_hash) or user is None:
        raise SignInError
    return open_session(connection, actor, str(user.id), "password", user_agent)


def sign_in_by_link(connection: sa.Connection, actor: Actor, token: str, user_agent: str) -> Opened:
    """Opens a session by a one-time link. Raises `SignInError`."""
    table = sign_in_links.c
    use = (
        sa.update(sign_in_links)
        .where(table.token_hash == hashed(token), table.used_at.is_(None), table.expires_at > sa.func.now())
        .values(used_at=sa.func.now())
        .returning(table.user_id)
    )
    user_id = connection.scalar(use)
    if user_id is None or not get_user(connection, str(user_id)).is_active:
        raise SignInError
    return open_session(connection, actor, str(user_id), "link", user_agent)


def open_session(
    connection: sa.Connection, actor: Actor, user_id: str, method: str, user_agent: str
) -> Opened:
    """Opens a session with a new token, so that no token from before the sign-in is valid."""
    opened = Opened(new_token(), new_token(), datetime.now(UTC) + timedelta(hours=SESSION_HOURS), user_id)
    connection.execute(
        sa.insert(sessions).values(
            token_hash=hashed(opened.token),
            user_id=UUID(user_id),
            csrf_token=opened.csrf_token,
            method=method,
            address=actor.address,
            user_agent=user_agent[:200].replace("\0", "") or None,
            expires_at=opened.expires_at,
        )
    )
    connection.execute(sa.update(users).where(users.c.id == UUID(user_id)).values(last_seen_at=sa.func.now()))
    who = Actor(user_id, None, actor.request_id, actor.address)
    record(connection, who, "sign_in", "session", None, after={"method": method})
    return opened


def sign_out(connection: sa.Connection, actor: Actor, token_hash: str) -> None:
    """Ends a session."""
    table = sessions.c
    ending = sa.update(sessions).where(table.token_hash == token_hash, table.ended_at.is_(None))
    if connection.execute(ending.values(ended_at=sa.func.now())).rowcount:
        record(connection, actor, "sign_out", "session", None)


def change_password(
    connection: sa.Connection, actor: Actor, user_id: str, current: str, new: str, keep: str | None
) -> None:
    """Sets a user's own password; all other sessions end. Raises `SignInError` where `current` is wrong."""
    user = get_user(connection, user_id, lock=True)
    if not is_password(current, user.password_hash):
        raise SignInError
    if fault := fault_of(new):
        msg = f"The new password {fault}."
        raise AccessError(msg)
    change = sa.update(users).where(users.c.id == UUID(user_id))
    connection.execute(change.values(password_hash=hash_password(new), updated_at=sa.func.now()))
    end_sessions(connection, user_id, but=keep)
    record(connection, actor, "change_password", "user", user_id)


def create_link(connection: sa.Connection, actor: Actor, user_id: str) -> str:
    """The token of a new one-time link."""
    token = new_token()
    connection.execute(
        sa.insert(sign_in_links).values(
            token_hash=hashed(token),
            user_id=UUID(user_id),
            expires_at=datetime.now(UTC) + timedelta(minutes=LINK_MINUTES),
        )
    )
    record(connection, actor, "create_sign_in_link", "user", user_id)
    return token
