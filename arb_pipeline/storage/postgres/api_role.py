"""Read-only role of the API."""

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

ROLE = "arb_api_ro"
LOCK = "arb_api_role"


def ensure_api_role(connection: sa.Connection) -> bool:
    """Creates the role and grants it to the current one; False if not permitted. The caller commits.

    Without the role, reads still run in read-only transactions.
    """
    try:
        with connection.begin_nested():
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": LOCK})
            known = connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": ROLE})
            if not known:
                connection.exec_driver_sql(
                    f"CREATE ROLE {ROLE} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
                )
            connection.exec_driver_sql(f"GRANT {ROLE} TO CURRENT_USER")
            connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
            connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}")
            connection.exec_driver_sql(
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {ROLE}"
            )
    except DBAPIError:
        return False
    return True
