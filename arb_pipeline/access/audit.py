"""The audit log: one entry per write, in the transaction of the write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.storage.postgres.access_tables import audit_log

SECRET = frozenset({"password_hash", "key_hash", "token_hash", "csrf_token", "password", "key", "file"})
"""Fields that never enter the log."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Author and request of a write. The command line has neither."""

    user_id: str | None = None
    key_id: str | None = None
    request_id: str | None = None
    address: str | None = None


COMMAND_LINE = Actor()


def record(
    connection: sa.Connection,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Appends an entry. Of `before` and `after` it keeps the fields that differ, without secrets."""
    kept_before, kept_after = _differences(before, after)
    connection.execute(
        sa.insert(audit_log).values(
            user_id=UUID(actor.user_id) if actor.user_id else None,
            api_key_id=UUID(actor.key_id) if actor.key_id else None,
            action=action,
            object_type=object_type,
            object_id=object_id,
            before=kept_before,
            after=kept_after,
            request_id=actor.request_id,
            address=actor.address,
        )
    )


def _differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if before is None or after is None:
        return _clean(before), _clean(after)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    return (
        _clean({name: value for name, value in before.items() if name in changed}),
        _clean({name: value for name, value in after.items() if name in changed}),
    )


def _clean(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {name: _plain(value) for name, value in values.items() if name not in SECRET}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
