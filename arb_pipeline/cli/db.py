"""`arb db`: the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import Json
from arb_pipeline.cli.terminal import echo, print_error

if TYPE_CHECKING:
    import polars as pl

KEEP_SECONDS = 2
app = typer.Typer(
    help="Database: start, stop, migrate, print its URL; months of the price history.",
    no_args_is_help=True,
)


@app.command()
def start() -> None:
    """Starts the embedded PostgreSQL of ARB_HOME (once) and prints its url without the password."""
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres.engine import connected

    with connected(settings()) as engine:
        echo(engine.url.render_as_string(hide_password=True))


@app.command()
def stop(
    delete: Annotated[bool, typer.Option("--delete", help="Also delete the embedded database.")] = False,
) -> None:
    """Stops the embedded PostgreSQL of ARB_HOME. A server of ARB_DATABASE_URL is not touched."""
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(settings().home)
    stopped = server.stop()
    echo("stopped" if stopped else "was not running")
    if delete and server.delete():
        echo("deleted the embedded database")


@app.command()
def keep() -> None:
    """Keeps the embedded PostgreSQL running until Ctrl-C (`arb up` runs this)."""
    import time

    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError

    server = EmbeddedPostgres(settings().home)
    while True:
        if server.url() is None:
            try:
                server.start()
                echo("started the embedded PostgreSQL")
            except EmbeddedPostgresError as error:
                print_error(error)
        time.sleep(KEEP_SECONDS)


@app.command("migrate")
def migrate_() -> None:
    """Migrates the tables to the version of this program."""
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres.engine import connected
    from arb_pipeline.storage.postgres.migrate import current, migrate

    with connected(settings()) as engine:
        applied = migrate(engine)
        echo(f"applied {', '.join(applied)}" if applied else f"up to date at {current(engine)}")


@app.command()
def url(
    password: Annotated[
        bool, typer.Option("--password", help="With the password, for psql and BI tools.")
    ] = False,
) -> None:
    """Prints the database's url for psql (starts the embedded server if need be)."""
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres.engine import connected

    with connected(settings()) as engine:
        echo(engine.url.set(drivername="postgresql").render_as_string(hide_password=not password))


@app.command()
def role(
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read its password from standard input, not ARB_BI_PASSWORD."),
    ] = False,
) -> None:
    """Creates the role bi_ro, which can only read the mart, or sets its password."""
    import sys

    from arb_pipeline.cli.database import reading
    from arb_pipeline.mart import publication
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres import roles

    given = settings()
    password = given.bi_password.get_secret_value() if given.bi_password else None
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else password
    if password == "":
        msg = "The password is empty."
        raise typer.BadParameter(msg, param_hint="--password-stdin")
    with reading() as connection, connection.begin():
        made = roles.ensure_bi_role(connection, password, statement_seconds=given.bi_timeout_seconds)
        publication.grant(connection)
        where = connection.engine.url.set(drivername="postgresql", username=made.name)._replace(password=None)
    login = "logs in with its password" if made.can_login else "cannot log in: set ARB_BI_PASSWORD"
    echo(f"{made.name} {login}; {where.render_as_string()}")


@app.command()
def partitions(
    ahead: Annotated[
        int | None,
        typer.Option(
            "--ahead",
            metavar="MONTHS",
            min=0,
            max=120,
            help="Create the partitions of this month and of this many months ahead.",
        ),
    ] = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Create partitions for prices that lie in none.")
    ] = False,
    json: Json = False,
) -> None:
    """Lists the months of the price history, in the table or in the lake. Exit code 1: prices are in none."""
    from datetime import UTC, datetime

    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.storage.postgres import partitions as months
    from arb_pipeline.storage.postgres.retention import overview

    with _printed_refusals(), reading() as connection, connection.begin():
        made = [] if ahead is None else months.ensure_ahead(connection, datetime.now(UTC).date(), ahead)
        made += months.ensure_months(connection, months.default_months(connection)) if adopt else []
        listed, homeless = overview(connection), months.default_rows(connection)
    for name in made:
        echo(f"made {name}", err=True)
    if json:
        echo(render.as_json(listed))
    else:
        _print(listed)
    if homeless:
        echo(f"arb: {homeless:,} prices are in no month: `arb db partitions --adopt` makes it.", err=True)
        raise typer.Exit(1)


@app.command()
def retire(
    before: Annotated[
        str, typer.Option("--before", metavar="YYYY-MM", help="Move months before this one to the lake.")
    ],
) -> None:
    """Moves old months of the price history to Parquet files in the lake; `arb db restore` brings them back.

    A file is loaded back and compared before its month is dropped. Loads refuse a month that is retired.
    """
    from datetime import UTC, datetime

    from arb_pipeline.cli.database import reading
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres import retention

    first = _month(before, "--before")
    if first > datetime.now(UTC).date():
        msg = f"{before} is to come: months before this one at the latest."
        raise typer.BadParameter(msg, param_hint="--before")
    with _printed_refusals(), reading() as connection:
        done = retention.retire(connection, settings().retired, first)
    for month in done:
        echo(f"{month.month:%Y-%m}: {month.rows:,} rows in {month.file}")
    if not done:
        echo(f"nothing to retire before {before}")


@app.command()
def restore(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="Retired month to restore.")],
) -> None:
    """Brings a retired month of the price history back from the lake."""
    from arb_pipeline.cli.database import reading
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres import retention

    first = _month(month, "YYYY-MM")
    with _printed_refusals(), reading() as connection:
        rows = retention.restore(connection, settings().retired, first)
    echo(f"{month}: {rows:,} rows are back")


def _print(months: "pl.DataFrame") -> None:
    from rich.table import Table

    from arb_pipeline.cli import render

    table = Table(header_style="bold")
    for name in ("Month", "Where", "Rows", "MB", "File"):
        table.add_column(name, justify="right" if name in ("Rows", "MB") else "left", no_wrap=True)
    for row in months.iter_rows(named=True):
        rows = "-" if row["rows"] is None else f"{row['rows']:,}"
        size = "-" if row["bytes"] is None else f"{row['bytes'] / 1e6:,.1f}"
        table.add_row(row["month"], row["where"], rows, size, row["file"] or "")
    render.console().print(table)


def _month(text: str, option: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        msg = f"{text!r} is not a month. Write it as 2025-10."
        raise typer.BadParameter(msg, param_hint=option) from None


@contextmanager
def _printed_refusals() -> Iterator[None]:
    """Prints retention errors as one line and exits with code 1."""
    from arb_pipeline.storage.postgres.partitions import RetiredMonthError
    from arb_pipeline.storage.postgres.retention import RetentionError

    try:
        yield
    except (RetentionError, RetiredMonthError) as error:
        print_error(error)
        raise typer.Exit(1) from None
