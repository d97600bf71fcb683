"""Retention of access records: addresses 90 days, sessions and links 30 days after their end."""

import sqlalchemy as sa

ADDRESSES = "90 days"
SESSIONS = "30 days"
ANSWERS = "24 hours"
CHANGES = "24 hours"
_STATEMENTS = (
    (
        (
            "UPDATE audit_log SET address = NULL"
            " WHERE address IS NOT NULL AND at < now() - cast(:age AS interval)"
        ),
        ADDRESSES,
    ),
    (
        (
            "DELETE FROM sessions WHERE least(coalesce(ended_at, expires_at), expires_at)"
            " < now() - cast(:age AS interval)"
        ),
        SESSIONS,
    ),
    (
        (
            "UPDATE sessions SET address = NULL, user_agent = NULL"
            " WHERE address IS NOT NULL AND created_at < now() - cast(:age AS interval)"
        ),
        ADDRESSES,
    ),
    ("DELETE FROM sign_in_links WHERE expires_at < now() - cast(:age AS interval)", SESSIONS),
    ("DELETE FROM idempotency_keys WHERE created_at < now() - cast(:age AS interval)", ANSWERS),
    (
        (  # the newest change of each kind stays: it is the version
            "DELETE FROM data_changes c WHERE changed_at < now() - cast(:age AS interval)"
            " AND id < (SELECT max(id) FROM data_changes m WHERE m.scope = c.scope)"
        ),
        CHANGES,
    ),
)


def prune(connection: sa.Connection) -> None:
    """Removes records past their retention. The caller commits."""
    for statement, age in _STATEMENTS:
        connection.execute(sa.text(statement), {"age": age})
