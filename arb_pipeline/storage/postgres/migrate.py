"""Migration of a database to the newest schema, with Alembic. The schema is in `tables` and `migrations/`.

No alembic.ini: use `migrate(engine)` instead of `python -m alembic`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from arb_pipeline.contracts.errors import ConflictError
from arb_pipeline.storage.postgres import (  # noqa: F401 - they declare their tables in `metadata`
    access_tables,
    alert_tables,
    buyer_tables,
)
from arb_pipeline.storage.postgres.copy_writer import driver_of
from arb_pipeline.storage.postgres.tables import metadata

FOLDER = Path(__file__).parent / "migrations"
FUNCTIONAL = ("products_search_idx",)
LOCK = 0x6172625F  # "arb_": one migration at a time per database
COMMENTS = """
    SELECT relname, '', coalesce(obj_description(oid, 'pg_class'), '')
    FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid)
    UNION ALL
    SELECT relname, attname, coalesce(col_description(attrelid, attnum), '')
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relkind IN ('r', 'p') AND pg_table_is_visible(attrelid) AND attnum > 0 AND NOT attisdropped
"""
"""Existing comments of all tables (column '') and columns."""


OLDEST_CODE = "oldest_code"
"""Attribute of a revision that takes away (docs/deployment.md): oldest revision whose code works on it."""
FIRST_REVISION = "0001"
VERSION_TABLE = "arb_schema_version"
SERVES = "oldest code: "
"""Comment of the version table: by it, code of an older revision learns whether it works on this schema."""


class MigrationError(ConflictError, RuntimeError):
    """The database's schema is unknown to this version of the code."""


def migrate(engine: sa.Engine) -> list[str]:
    """Apply missing revisions in one transaction; return those applied, oldest first.

    A schema of newer code is left as it is where it serves this code too (expand, then contract).
    """
    applied: list[str] = []
    config = _config()
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        present = MigrationContext.configure(connection, opts=options()).get_current_revision()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if present is not None and present not in known:
            if _serves_this_code(connection):
                return []
            newer = f"The database is at schema {present}; this version knows up to {head()}."
            raise MigrationError(f"{newer} Update arb-pipeline.")
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = _collector(applied)
        command.upgrade(config, "head")
        _write_comments(connection)
        _write_oldest_code(connection)
    return applied


def oldest_code() -> str:
    """Return the oldest revision whose code works on the newest schema."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return max(getattr(script.module, OLDEST_CODE, FIRST_REVISION) for script in scripts)


def _write_oldest_code(connection: sa.Connection) -> None:
    comment = f"{SERVES}{oldest_code()}"
    if _comment_of_version(connection) != comment:
        connection.exec_driver_sql(f"COMMENT ON TABLE {VERSION_TABLE} IS '{comment}'")


def _serves_this_code(connection: sa.Connection) -> bool:
    """True if a newer schema says that code of our revision works on it."""
    comment = _comment_of_version(connection)
    return comment.startswith(SERVES) and comment.removeprefix(SERVES) <= head()


def _comment_of_version(connection: sa.Connection) -> str:
    query = sa.text("SELECT coalesce(obj_description(to_regclass(:name), 'pg_class'), '')")
    return str(connection.scalar(query, {"name": VERSION_TABLE}))


def _write_comments(connection: sa.Connection) -> None:
    """Update the comments of tables and columns: a new description needs no migration."""
    comments = {(table, column): comment for table, column, comment in connection.execute(sa.text(COMMENTS))}
    for table in metadata.sorted_tables:
        if comments.get((table.name, ""), table.comment) != table.comment:
            connection.execute(sa.schema.SetTableComment(table))
        for column in table.columns:
            if comments.get((table.name, column.name), column.comment) != column.comment:
                connection.execute(sa.schema.SetColumnComment(column))


def current(engine: sa.Engine) -> str | None:
    """Return the revision of the database; None when it was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection, opts=options()).get_current_revision()


def serves(engine: sa.Engine) -> bool:
    """Return whether this code works on the database: at its own revision, or a newer one that only added."""
    revision = current(engine)
    if revision is None or revision <= head():
        return revision == head()
    with engine.connect() as connection:
        return _serves_this_code(connection)


def head() -> str:
    """Return the newest revision of this version of the code."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        message = (
            f"No migration found in {FOLDER}: the installation is incomplete, install arb-pipeline again."
        )
        raise MigrationError(message)
    return revision


def drift(engine: sa.Engine) -> list[Any]:
    """Return the differences between the declared tables and the database; empty when there is none."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options()), metadata))


def run_script(revision: str) -> None:
    """Run the SQL file beside a revision, of the same name. `revision`: its `__file__`."""
    script = Path(revision).with_suffix(".sql").read_text(encoding="utf-8")
    # By the driver: without parameters it takes a script of many statements, and `%` unchanged.
    driver_of(op.get_bind()).execute(script)


def options() -> dict[str, Any]:
    """Return Alembic's options: comparison and version table.

    The version table has a name of its own: Dagster has an `alembic_version` in a shared database.
    """
    return {
        "target_metadata": metadata,
        "version_table": VERSION_TABLE,
        "compare_type": True,
        "compare_server_default": True,
        "include_object": _ours,
    }


def _ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001
    """Leave out what Alembic cannot compare: partitions of price_history, and an index over a function."""
    is_partition = kind == "table" and name is not None and name.startswith("price_history_")
    return not is_partition and not (kind == "index" and name in FUNCTIONAL)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _collector(applied: list[str]) -> Callable[..., None]:
    """Return the hook that records each revision as Alembic applies it."""

    def note(*, step: Any, **_: object) -> None:
        applied.append(step.up_revision_id)

    return note
