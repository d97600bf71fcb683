"""Principals of requests: SQL that finds a session or key by its hash, and the principal of its row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arb_pipeline.access.roles import Permission, Role, permissions

BY_SESSION = """
    SELECT u.id::text AS user_id, u.name, u.role AS user_role, NULL AS key_role, NULL AS key_id,
        '{}'::text[] AS scopes, NULL::int AS rate_per_minute, s.csrf_token, s.expires_at, s.method
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = %(hash)s AND s.ended_at IS NULL AND u.is_active AND u.erased_at IS NULL
"""
BY_KEY = """
    SELECT u.id::text AS user_id, u.name, u.role AS user_role, k.role AS key_role, k.id::text AS key_id,
        k.scopes, k.rate_per_minute, NULL AS csrf_token, k.expires_at, 'key' AS method
    FROM api_keys k JOIN users u ON u.id = k.user_id
    WHERE k.key_hash = %(hash)s AND k.revoked_at IS NULL AND u.is_active AND u.erased_at IS NULL
"""
ORDER = list(Role)


@dataclass(frozen=True, slots=True)
class Principal:
    """User of a request, identified by a session or a key."""

    user_id: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    method: str
    """password, link, oidc, or key."""
    key_id: str | None
    csrf_token: str | None
    expires_at: datetime | None
    rate_per_minute: int | None
    token_hash: str

    def may(self, permission: Permission) -> bool:
        """True if role and key both include the permission."""
        return permission is Permission.public or permission in self.permissions


def principal_of(row: Mapping[str, Any], token_hash: str) -> Principal:
    """The principal of a row of `BY_SESSION` or `BY_KEY`. A key's role counts up to its user's."""
    role = Role(row["user_role"])
    if row["key_role"] is not None:
        role = min(role, Role(row["key_role"]), key=ORDER.index)
    return Principal(
        user_id=row["user_id"],
        name=row["name"],
        role=role,
        permissions=permissions(role, tuple(row["scopes"])),
        method=row["method"],
        key_id=row["key_id"],
        csrf_token=row["csrf_token"],
        expires_at=row["expires_at"],
        rate_per_minute=row["rate_per_minute"],
        token_hash=token_hash,
    )
