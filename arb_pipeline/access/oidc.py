"""Users of an OpenID Connect provider."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.access.sessions import SignInError
from arb_pipeline.access.users import NAME, create_user, find_user
from arb_pipeline.storage.postgres.access_tables import users


def user_of_claims(connection: sa.Connection, actor: Actor, claims: Mapping[str, Any], role: str) -> str:
    """The user's id, by issuer and subject of a verified ID token.

    A user created here under the verified e-mail address is linked at the first sign-in, if it has neither a
    password nor another account of a provider. Where `role` is named, anybody else becomes a new user of that
    role. Raises `SignInError`.
    """
    issuer, subject = str(claims["iss"]), str(claims["sub"])
    known = sa.select(users).where(users.c.oidc_issuer == issuer, users.c.oidc_subject == subject)
    row = connection.execute(known).mappings().first()
    if row is not None:
        if not row["is_active"]:
            raise SignInError
        return str(row["id"])
    email = str(claims.get("email") or "")
    is_verified = claims.get("email_verified") is True
    waiting = find_user(connection, email) if email and is_verified else None
    if waiting is not None:
        if waiting.password_hash or waiting.oidc_subject or not waiting.is_active:
            raise SignInError
        change = sa.update(users).where(users.c.id == UUID(str(waiting.id)))
        connection.execute(change.values(oidc_issuer=issuer, oidc_subject=subject))
        record(connection, actor, "link_oidc", "user", str(waiting.id), after={"issuer": issuer})
        return str(waiting.id)
    if not role:
        raise SignInError
    return create_user(connection, actor, _name(connection, claims), role, oidc=(issuer, subject))


def _name(connection: sa.Connection, claims: Mapping[str, Any]) -> str:
    """An unused user name, from the token's claims."""
    given = str(claims.get("email") or claims.get("preferred_username") or "user")
    name = re.sub(r"[^A-Za-z0-9._@+-]", "-", given)[:80]
    name = name if NAME.fullmatch(name) else "user"
    candidate, number = name, 1
    while find_user(connection, candidate) is not None:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
