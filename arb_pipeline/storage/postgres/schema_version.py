"""Revision of a database and of this code, without Alembic: its import takes longer than most commands."""

import re
from pathlib import Path

import sqlalchemy as sa

from arb_pipeline.contracts.errors import ConflictError

VERSION_TABLE = "arb_schema_version"
VERSIONS = Path(__file__).parent / "migrations/versions"
REVISION = re.compile(r"""^(revision|down_revision)\b[^=]*= *["']([^"']+)["']""", re.MULTILINE)


class NoMigrationsError(ConflictError, RuntimeError):
    """The installation lacks its migrations."""


def current(engine: sa.Engine) -> str | None:
    """Revision of the database; None when it was never migrated."""
    with engine.connect() as connection:
        if connection.scalar(sa.text(f"SELECT to_regclass('{VERSION_TABLE}')")) is None:
            return None
        revision: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - ours
        return revision


def head() -> str:
    """Newest revision of this version of the code: the one that no other comes after."""
    revisions: list[dict[str, str]] = [
        dict(REVISION.findall(path.read_text("utf-8"))) for path in sorted(VERSIONS.glob("[0-9]*.py"))
    ]
    heads = {revision["revision"] for revision in revisions} - {
        revision.get("down_revision") for revision in revisions
    }
    if len(heads) != 1:
        message = (
            f"{len(heads)} newest migrations in {VERSIONS}: the installation is incomplete, install"
            " arb-pipeline again."
        )
        raise NoMigrationsError(message)
    return heads.pop()
