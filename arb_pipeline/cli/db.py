"""`arb db`: the database."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import Json
from arb_pipeline.cli.terminal import echo, print_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arb_pipeline.services.database import MonthView

app = typer.Typer(
    help="Database: start, stop, migrate, print its URL; months of the price history.",
    no_args_is_help=True,
)


@app.command()
def start() -> None:
    """Starts the embedded PostgreSQL of ARB_HOME (once) and prints its url without the password."""
    from arb_pipeline.services import database
    from arb_pipeline.settings import settings

    echo(database.url(settings()))


@app.command()
def stop(
    delete: Annotated[bool, typer.Option("--delete", help="Also delete the embedded database.")] = False,
) -> None:
    """Stops the embedded PostgreSQL of ARB_HOME. A server of ARB_DATABASE_URL is not touched."""
    from arb_pipeline.services import database
    from arb_pipeline.settings import settings

    done = database.stop(settings(), delete=delete)
    echo("stopped" if done.was_running else "was not running")
    if done.is_deleted:
        echo("deleted the embedded database")


@app.command()
def keep() -> None:
    """Keeps the embedded PostgreSQL running until Ctrl-C (`arb up` runs this)."""
    from arb_pipeline.services import database
    from arb_pipeline.settings import settings

    database.keep(settings(), started=lambda: echo("started the embedded PostgreSQL"), failed=print_error)


@app.command("migrate")
def migrate_() -> None:
    """Migrates the tables to the version of this program."""
    from arb_pipeline.services import database
    from arb_pipeline.settings import settings

    done = database.migrate(settings())
    echo(f"applied {', '.join(done.applied)}" if done.applied else f"up to date at {done.version}")


@app.command()
def url(
    password: Annotated[
        bool, typer.Option("--password", help="With the password, for psql and BI tools.")
    ] = False,
) -> None:
    """Prints the database's url for psql (starts the embedded server if need be)."""
    from arb_pipeline.services import database
    from arb_pipeline.settings import settings

    echo(database.url(settings(), driver="postgresql", with_password=password))


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
    from arb_pipeline.services import database
    from arb_pipeline.settings import settings

    given = settings()
    password = given.bi_password.get_secret_value() if given.bi_password else None
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else password
    if password == "":
        msg = "The password is empty."
        raise typer.BadParameter(msg, param_hint="--password-stdin")
    with reading() as connection:
        made = database.ensure_bi_role(connection, given, password)
    login = "logs in with its password" if made.can_login else "cannot log in: set ARB_BI_PASSWORD"
    echo(f"{made.name} {login}; {made.url}")


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
    from arb_pipeline.services import database

    with reading() as connection:
        months = database.months(connection, today=datetime.now(UTC).date(), ahead=ahead, adopt=adopt)
    for name in months.made:
        echo(f"made {name}", err=True)
    if json:
        echo(render.to_json(list(months.months)))
    else:
        _print(months.months)
    if months.homeless:
        echo(
            f"arb: {months.homeless:,} prices are in no month: `arb db partitions --adopt` makes it.",
            err=True,
        )
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
    from arb_pipeline.services import database
    from arb_pipeline.settings import settings

    first = _month(before, "--before")
    if first > datetime.now(UTC).date():
        msg = f"{before} is to come: months before this one at the latest."
        raise typer.BadParameter(msg, param_hint="--before")
    with reading() as connection:
        done = database.retire(connection, settings(), first)
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
    from arb_pipeline.services import database
    from arb_pipeline.settings import settings

    first = _month(month, "YYYY-MM")
    with reading() as connection:
        rows = database.restore(connection, settings(), first)
    echo(f"{month}: {rows:,} rows are back")


def _print(months: "Sequence[MonthView]") -> None:
    from rich.table import Table

    from arb_pipeline.cli import render

    table = Table(header_style="bold")
    for name in ("Month", "Where", "Rows", "MB", "File"):
        table.add_column(name, justify="right" if name in ("Rows", "MB") else "left", no_wrap=True)
    for month in months:
        rows = "-" if month.rows is None else f"{month.rows:,}"
        size = "-" if month.bytes is None else f"{month.bytes / 1e6:,.1f}"
        table.add_row(month.month, month.where, rows, size, month.file or "")
    render.console().print(table)


def _month(text: str, option: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        msg = f"{text!r} is not a month. Write it as 2025-10."
        raise typer.BadParameter(msg, param_hint=option) from None
