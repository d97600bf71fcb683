"""Connecting to the database: the server that ARB_DATABASE_URL names, else the embedded one.

Queries do not belong here.
"""

import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from psycopg import Connection
from sqlalchemy.exc import ArgumentError, DBAPIError

from arb_pipeline.contracts.errors import UnavailableError
from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres

DRIVER = "postgresql+psycopg"
SCHEMES = ("postgres", "postgresql", DRIVER)
APPLICATION = "arb_pipeline"
CONNECT_SECONDS = 10
VERIFIED = "verify-full"
AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
"""Files of trusted certificates, by system; libpq in a wheel knows only the place it was built for."""


class DatabaseError(UnavailableError, RuntimeError):
    """The database is not usable; the message names host, port and the next step, never the password."""


def connect(settings: Settings) -> sa.Engine:
    """Return an engine after a successful connection, starting the embedded server when no url is set."""
    if settings.database_url is None:
        return _engine(sa.make_url(EmbeddedPostgres(settings.home).start()))
    return _engine(with_tls(normalise(settings.database_url.get_secret_value()), settings.database_tls))


@contextmanager
def connected(settings: Settings) -> Iterator[sa.Engine]:
    """Context with the engine of `connect`; its connections are closed at the end."""
    engine = connect(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def ensure_database(engine: sa.Engine, name: str, *, waits_for_disk: bool = True) -> sa.URL:
    """The url of another database of the server, made if it is not there. Raises `DatabaseError`.

    `waits_for_disk`: False makes one whose commits do not wait for the disk. They take a fifth of the time; a
    crash of the server loses those of the last half second, and nothing else.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        there = connection.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        if not there:
            quoted = connection.dialect.identifier_preparer.quote(name)
            try:
                connection.exec_driver_sql(f"CREATE DATABASE {quoted}")
            except DBAPIError as error:
                message = (
                    f"There is no database {name!r} on the server, and the role may not create one "
                    f"({' '.join(str(error.orig).split())}). Have it created, or set ARB_DAGSTER_URL."
                )
                raise DatabaseError(message) from None
            if not waits_for_disk:
                connection.exec_driver_sql(f"ALTER DATABASE {quoted} SET synchronous_commit TO off")
    return engine.url.set(database=name)


def normalise(url: str) -> sa.URL:
    """Return the url for psycopg 3, for any of the usual schemes."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        message = "ARB_DATABASE_URL is not a url. Write postgresql://user:password@host:5432/database."
        raise DatabaseError(message) from None  # its text may hold the password
    if parsed.drivername not in SCHEMES:
        message = f"ARB_DATABASE_URL has the scheme {parsed.drivername!r}. Known: {', '.join(SCHEMES)}."
        raise DatabaseError(message)
    return parsed.set(drivername=DRIVER)


def with_tls(url: sa.URL, mode: str = "") -> sa.URL:
    """The url with its sslmode: `mode`, else its own, else verify-full for a server of another machine.

    verify-full without an sslrootcert trusts the authorities that this machine trusts.
    """
    own = url.query.get("sslmode")
    mode = mode or (own if isinstance(own, str) else "") or ("" if _is_here(url) else VERIFIED)
    if not mode:
        return url
    url = url.update_query_dict({"sslmode": mode})
    if mode == VERIFIED and "sslrootcert" not in url.query:
        url = url.update_query_dict({"sslrootcert": _authorities()})
    return url


def _authorities() -> str:
    """File of the certificates that this machine trusts; `system` lets libpq look for it."""
    named = ssl.get_default_verify_paths().cafile  # SSL_CERT_FILE, where it is set
    return next((path for path in (named, *AUTHORITIES) if path and Path(path).is_file()), "system")


def _is_here(url: sa.URL) -> bool:
    """Is the server reached by a socket or a loopback address?"""
    given = url.query.get("host", ())
    hosts = [url.host or "", *(given.split(",") if isinstance(given, str) else given)]
    return all(_is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    if host in {"", "localhost"} or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _engine(url: sa.URL) -> sa.Engine:
    """Create the engine and connect once."""
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        connect_args={"application_name": APPLICATION, "connect_timeout": CONNECT_SECONDS},
    )
    sa.event.listen(engine, "connect", _in_utc)
    try:
        engine.connect().close()
    except DBAPIError as error:
        engine.dispose()
        where = f"{url.host or 'the local socket'}:{url.port or 5432}, database {url.database!r}"
        cause = " ".join(str(error.orig).split()).rstrip(".?")
        if url.password:
            cause = cause.replace(str(url.password), "***")
        step = "Check ARB_DATABASE_URL and that the server runs."
        if "SSL" in cause or "certificate" in cause:
            step = (
                "Add sslrootcert=FILE of the authority that signs the server's certificate to "
                "ARB_DATABASE_URL; ARB_DATABASE_TLS=disable does without TLS on a network of your own."
            )
        message = f"No connection to PostgreSQL at {where}: {cause}. {step}"
        raise DatabaseError(message) from None
    return engine


def _in_utc(connection: Connection, _record: object) -> None:
    """Set the time zone of a new connection: a naive timestamp then means UTC."""
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()
