"""Role of BI tools, which reads the mart only.

Its limits are enforced by privileges alone. Its timeouts and read-only transactions are defaults that a
session can change: they prevent mistakes, not misuse.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from arb_pipeline.contracts.errors import FailedError
from arb_pipeline.storage.postgres.copy_writer import driver_of

ROLE = "bi_ro"
CONNECTIONS = 20
IDLE_SECONDS = 300
LOCK = "bi_role"
NO_PRIVILEGE = "42501"


class RoleError(FailedError, RuntimeError):
    """The role cannot be created or changed; the message states what is missing."""


@dataclass(frozen=True, slots=True)
class Role:
    """Result of a change to the role."""

    name: str
    can_login: bool


def ensure_bi_role(connection: sa.Connection, password: str | None, *, statement_seconds: int) -> Role:
    """Creates or updates the role; with a password it can log in.

    Without one a new role cannot, and an existing one keeps its own. The caller commits. Raises `RoleError`
    where the connection's user may not create roles, or not revoke PUBLIC's privileges on the database.
    """
    settings = {
        "statement_timeout": f"{statement_seconds}s",
        "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
        "default_transaction_read_only": "on",
        "search_path": "mart",
    }
    plain = f"NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT {CONNECTIONS}"
    try:
        # Roles belong to the whole server: one change at a time, over all of its databases.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": LOCK})
        if not is_known(connection):
            connection.exec_driver_sql(f"CREATE ROLE {ROLE} NOLOGIN {plain}")
        if password is not None:
            connection.exec_driver_sql(
                f"ALTER ROLE {ROLE} LOGIN PASSWORD '{_verifier(connection, password)}'"
            )
        for name, value in settings.items():
            connection.exec_driver_sql(f"ALTER ROLE {ROLE} SET {name} = '{value}'")
        _close(connection)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != NO_PRIVILEGE:
            raise
        raise _refused(" ".join(str(error.orig).split())) from None
    login = sa.text("SELECT rolcanlogin FROM pg_roles WHERE rolname = :name")
    return Role(ROLE, can_login=bool(connection.scalar(login, {"name": ROLE})))


def is_known(connection: sa.Connection) -> bool:
    """True if the role exists on the server."""
    return bool(connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": ROLE}))


def _verifier(connection: sa.Connection, password: str) -> str:
    """SCRAM verifier, computed here: the password is in no statement and in no log of the server."""
    made: bytes = driver_of(connection).pgconn.encrypt_password(
        password.encode(), ROLE.encode(), b"scram-sha-256"
    )
    return made.decode().replace("'", "''")


def _close(connection: sa.Connection) -> None:
    """Revokes PUBLIC's default privileges in a database; owners keep theirs."""
    name = str(connection.scalar(sa.text("SELECT current_database()")))
    database = connection.dialect.identifier_preparer.quote_identifier(name)
    connection.exec_driver_sql("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {database} TO {ROLE}")
    still_open = sa.text(
        "SELECT has_schema_privilege(:role, 'public', 'USAGE, CREATE')"
        " OR has_database_privilege(:role, current_database(), 'TEMPORARY, CREATE')"
    )
    if connection.scalar(still_open, {"role": ROLE}):
        raise _refused("everybody may still use schema public, or make temporary tables")


def _refused(why: str) -> RoleError:
    message = (
        f"The role {ROLE} cannot be made: {why}. Let the owner of the database, with CREATEROLE, "
        "run `arb db role` once."
    )
    return RoleError(message)
