"""Back up a home into one archive, and restore it into an empty one: database, landing packages, lake.

An archive is an uncompressed tar: `manifest.json`, `database.dump` (by pg_dump), `landing/`, `lake/`, and in
`reports/` the newest backtest, which takes long to compute again; other reports are drawn from the data.
The database is dumped first, from one snapshot. Landing packages are immutable and lake frames are replaced
whole, so files read later only hold more than the database knows. Dagster's run records, secrets and settings
are not part of it.
"""

import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from arb_pipeline.contracts.errors import ConflictError, FailedError, InvalidFileError, InvalidInputError
from arb_pipeline.settings import Settings
from arb_pipeline.storage.files import check_output, written_whole
from arb_pipeline.storage.postgres.embedded_programs import client_program
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import current, head

FORMAT = 2
READABLE = (1, 2)
"""Formats that can be restored; 1 has no `reports/`."""
MANIFEST = "manifest.json"
DUMP = "database.dump"
KNOWS_TRANSACTION_TIMEOUT = 170_000
"""First PostgreSQL with the setting that pg_restore 18 makes on any server."""
UNKNOWN_TIMEOUT = 'unrecognized configuration parameter "transaction_timeout"'
Progress = Callable[[str, int, int], None]
"""Called with the part's name, files done and files in all."""


class Manifest(BaseModel):
    """Manifest of an archive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = Field(description="Version of the archive's layout.")
    created_at: AwareDatetime
    schema_revision: str = Field(description="Alembic revision of the dumped database.")
    rows: dict[str, int] = Field(description="Rows per table (schema.table) at the time of the dump.")
    files: dict[str, int] = Field(description="Files per folder.")


class BackupView(BaseModel):
    """Result of a backup or of a restore."""

    model_config = ConfigDict(frozen=True)

    archive: Path
    bytes: int
    manifest: Manifest


def create_backup(settings: Settings, archive: Path, *, progress: Progress | None = None) -> BackupView:
    """Writes the archive; an archive of that name is replaced only once the new one is whole.

    Raises `ArbError` where the lake is not a local folder, or pg_dump fails.
    """
    lake = _local_lake(settings)
    archive.parent.mkdir(parents=True, exist_ok=True)
    check_output(archive)
    folders = _folders(settings, lake)
    files = _kept(settings, folders)
    with written_whole(archive) as draft, tarfile.open(draft, "w") as tar:
        with connected(settings) as engine, tempfile.TemporaryDirectory(dir=archive.parent) as work:
            dump = Path(work) / DUMP
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                snapshot = str(connection.scalar(sa.text("SELECT pg_export_snapshot()")))
                rows = row_counts(connection)
                _run(engine.url, "pg_dump", f"--snapshot={snapshot}", "--format=custom", f"--file={dump}")
            manifest = Manifest(
                format=FORMAT,
                created_at=datetime.now(UTC),
                schema_revision=str(current(engine)),
                rows=rows,
                files={name: len(paths) for name, paths in files.items()},
            )
            described = Path(work) / MANIFEST
            described.write_text(manifest.model_dump_json(indent=1), "utf-8")
            tar.add(described, MANIFEST)
            tar.add(dump, DUMP)
        for name, paths in files.items():
            for done, path in enumerate(paths, 1):
                tar.add(path, f"{name}/{path.relative_to(folders[name])}", recursive=False)
                if progress:
                    progress(name, done, len(paths))
    if archive.is_file():
        archive.chmod(0o600)
    return BackupView(archive=archive, bytes=archive.stat().st_size, manifest=manifest)


def restore_backup(settings: Settings, archive: Path, *, progress: Progress | None = None) -> BackupView:
    """Restores an archive into an empty home and an empty database; compares every table's row count.

    Raises `ArbError` where the archive is not one of ours, is damaged or newer than this version, or where
    the home or the database already holds something.
    """
    lake = _local_lake(settings)
    folders = _folders(settings, lake)
    for name, files in _kept(settings, folders).items():
        if files:
            raise ConflictError(
                f"Folder {str(folders[name])!r} holds files; a backup is restored into an empty home",
                next_step="Set ARB_HOME to a new folder.",
            )
    try:
        with tarfile.open(archive) as tar, connected(settings) as engine:
            manifest = _manifest(tar, archive)
            _require_empty(engine)
            with tempfile.TemporaryDirectory() as work:
                tar.extract(DUMP, work, filter="data")
                _restore(engine, Path(work) / DUMP)
            done = dict.fromkeys(manifest.files, 0)
            for member in tar:
                name, _, rest = member.name.partition("/")
                if name in folders and name in done and rest:
                    member.name = rest
                    tar.extract(member, folders[name], filter="data")
                    done[name] += 1
                    if progress:
                        progress(name, done[name], manifest.files[name])
            with engine.connect() as connection:
                restored = row_counts(connection)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _unreadable(archive, str(error)) from error
    if restored != manifest.rows or done != manifest.files:
        different = sorted(t for t in {*restored, *manifest.rows} if restored.get(t) != manifest.rows.get(t))
        raise _unreadable(archive, f"the restored home differs in {', '.join(different) or 'its files'}")
    return BackupView(archive=archive, bytes=archive.stat().st_size, manifest=manifest)


def row_counts(connection: sa.Connection) -> dict[str, int]:
    """Rows per table of the database, by `schema.table`; a partitioned table counts its partitions' rows."""
    tables = connection.execute(
        sa.text(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_%' "
            "ORDER BY 1, 2"
        )
    ).all()
    counted = {}
    for schema, table in tables:
        rows = sa.select(sa.func.count()).select_from(sa.table(str(table), schema=str(schema)))
        counted[f"{schema}.{table}"] = connection.scalar(rows) or 0
    return counted


def _folders(settings: Settings, lake: Path) -> dict[str, Path]:
    """Folder of the archive -> that of the home."""
    return {"landing": settings.landing, "lake": lake, "reports": settings.reports}


def _kept(settings: Settings, folders: dict[str, Path]) -> dict[str, list[Path]]:
    """Files that an archive holds, by folder: of the reports, the newest backtest."""
    return {
        name: [path for path in _files(folder) if name != "reports" or path == settings.newest_backtest]
        for name, folder in folders.items()
    }


def _local_lake(settings: Settings) -> Path:
    if not isinstance(settings.lake, Path):
        raise InvalidInputError(
            "ARB_LAKE",
            value=str(settings.lake),
            allowed="a local folder",
            next_step="Back up an object store with its own versioning or replication (docs/runbook.md).",
        )
    return settings.lake


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _manifest(tar: tarfile.TarFile, archive: Path) -> Manifest:
    try:
        member: IO[bytes] | None = tar.extractfile(MANIFEST)
        manifest = Manifest.model_validate_json(member.read() if member else b"")
    except (KeyError, ValidationError, json.JSONDecodeError) as error:
        raise _unreadable(archive, f"it has no readable {MANIFEST}") from error
    if manifest.format not in READABLE or manifest.schema_revision > head():
        raise InvalidFileError(
            f"Archive {str(archive)!r} has format {manifest.format} and schema {manifest.schema_revision}",
            allowed=f"formats up to {FORMAT} and schemas up to {head()}",
            next_step="Restore it with the version that wrote it, then update.",
        )
    return manifest


def _require_empty(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        rows = row_counts(connection)
    if rows:
        where = engine.url.render_as_string(hide_password=True)
        raise ConflictError(
            f"Database {where} has {len(rows)} tables; a backup is restored into an empty database",
            next_step="Create a new database, or use a new ARB_HOME.",
        )


def _unreadable(archive: Path, problem: str) -> InvalidFileError:
    return InvalidFileError(
        f"Archive {str(archive)!r} cannot be restored: {problem}",
        allowed="a whole archive of `arb backup create`",
        next_step="Use another archive, and delete the half-restored home and database first.",
    )


def _restore(engine: sa.Engine, dump: Path) -> None:
    """Fills an empty database; any error ends it, except a setting that older servers do not have."""
    with engine.connect() as connection:
        number = int(str(connection.scalar(sa.text("SHOW server_version_num"))))
    is_old = number < KNOWS_TRANSACTION_TIMEOUT
    arguments = ["--no-owner", "--no-acl", f"--dbname={engine.url.database}", str(dump)]
    if not is_old:
        arguments.insert(0, "--exit-on-error")
    _run(engine.url, "pg_restore", *arguments, accepts=_is_unknown_timeout if is_old else None)


def _is_unknown_timeout(errors: str) -> bool:
    """True if the only error of pg_restore is its setting `transaction_timeout`, of PostgreSQL 17."""
    return (
        errors.count("error: ") == 1
        and UNKNOWN_TIMEOUT in errors
        and "errors ignored on restore: 1" in errors
    )


def _run(url: sa.URL, program: str, *arguments: str, accepts: Callable[[str], bool] | None = None) -> None:
    """Runs a client program of PostgreSQL; the password is in its environment, not on its command line.

    `accepts`: whether a failure with this error text is none.
    """
    variables = {
        "PGHOST": url.host,
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username,
        "PGPASSWORD": str(url.password) if url.password else None,
        "PGDATABASE": url.database,
        "PATH": os.defpath,
        "LC_ALL": "C",
    } | {f"PG{name.upper()}": str(value) for name, value in url.query.items() if name.startswith("ssl")}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, no shell
        [str(client_program(program)), "--no-password", *arguments],
        env={name: value for name, value in variables.items() if value},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode and not (accepts and accepts(done.stderr)):
        reason = " ".join((done.stderr or done.stdout).split())[-500:]
        raise FailedError(
            f"{program} failed with exit code {done.returncode}: {reason}",
            next_step="Check ARB_DATABASE_URL and the free disk space.",
        )
