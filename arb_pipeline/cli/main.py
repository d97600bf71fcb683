"""`arb`: the commands, and the output of their errors."""

import gc
import os
import sys
from collections.abc import Callable
from errno import EDQUOT, EFBIG, ENOSPC
from typing import Annotated

import click
import typer

from arb_pipeline.cli import (
    alerts,
    backfill,
    backtest,
    backup,
    calibrate,
    contents,
    db,
    demo,
    doctor,
    explain,
    export,
    fetch,
    lists,
    live,
    mart,
    metrics,
    new_source,
    opportunity,
    params,
    portfolio,
    quarantine,
    report,
    serve,
    sources,
    supervisor,
    value,
)
from arb_pipeline.cli import run as running
from arb_pipeline.cli.terminal import clean, echo, lasting_output, print_error
from arb_pipeline.contracts.errors import ArbError

app = typer.Typer(
    name="arb",
    help="Finds sealed trading-card products that cost less than the net proceeds of their singles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(running.run)
app.command("fetch")(fetch.fetch)
app.command("backfill")(backfill.backfill)
app.command("sources")(sources.sources)
app.command("price")(live.price)
app.command("search")(live.search)
app.command("opportunities")(lists.opportunities)
app.command("valuations")(lists.valuations)
app.command("explain")(explain.explain)
app.command("value")(value.value)
app.command("export")(export.export)
app.command("report")(report.report)
app.command("backtest")(backtest.backtest)
app.command("calibrate")(calibrate.calibrate)
app.command("metrics")(metrics.metrics)
app.command("doctor")(doctor.doctor)
app.command("serve")(serve.serve)
app.command("up")(supervisor.up)
app.command("dev")(supervisor.dev)
app.command("down")(supervisor.down)
app.command("status")(supervisor.status)
app.command("new-source")(new_source.new_source)
app.add_typer(alerts.app, name="alerts")
app.add_typer(backup.app, name="backup")
app.add_typer(contents.app, name="contents")
app.add_typer(db.app, name="db")
app.add_typer(demo.app, name="demo")
app.add_typer(params.app, name="params")
app.add_typer(mart.app, name="mart")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(opportunity.app, name="opportunity")
app.add_typer(portfolio.app, name="portfolio")
app.add_typer(serve.user_app, name="user")
app.add_typer(serve.key_app, name="api-key")
app.add_typer(serve.redis_app, name="redis")

PRIVATE = 0o077
"""Bits that no file or folder of ours has: ARB_HOME holds a password and what its user buys."""
WRONG_USE = 2
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""
SURROGATES = frozenset(map(chr, range(0xD800, 0xE000)))
"""Surrogates: Python's form of the bytes of a command line that are no text."""
NO_ROOM = (ENOSPC, EDQUOT, EFBIG)
SHOWN = 255
"""Characters of a path in a message."""
COLLECTED_AT = (100_000, 20, 20)
"""Thresholds of the collector of cycles. By Python's (700, 10, 10) it walks what the imports of a command
make about 300 times, a fifth of the CPU of `arb opportunities`, and finds nothing."""


def _print_version(requested: bool) -> None:  # noqa: FBT001 - Typer's signature of a callback
    if requested:
        from importlib.metadata import version

        echo(f"arb {version('arb-pipeline')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    """Finds sealed trading-card products that cost less than the net proceeds of their singles."""


def run() -> None:
    """Entry point. Exit codes: 0 done, 1 refused or failed, 2 wrong use, 130 interrupted (docs/cli.md).

    Files are private to the user, whatever the umask. A closed pipe (`arb run | head`) ends the output, not
    the work.
    """
    gc.set_threshold(*COLLECTED_AT)
    umask = os.umask(0)
    os.umask(umask | PRIVATE)
    try:
        with lasting_output():
            _run()
    finally:
        os.umask(umask)


def _run() -> None:
    if fault := _fault_of_arguments():
        print_error(fault)
        sys.exit(WRONG_USE)
    command = typer.main.get_command(app)
    _refuse_empty_paths(command)
    try:
        sys.exit(command.main(standalone_mode=False))
    except click.ClickException as error:
        error.message = clean(error.message)  # it quotes what was typed
        from typer.rich_utils import rich_format_error  # half the time of a start

        rich_format_error(error)
        sys.exit(error.exit_code)
    except click.Abort:
        print_error("aborted: a question was not answered.")
        sys.exit(1)
    except ArbError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            print_error("interrupted. Completed steps are kept; run the same command again to continue.")
        raise
    except Exception as error:
        if (why := _refused_by_system(error) or _refused_by_database(error)) is None:
            raise
        print_error(why)
        sys.exit(1)


def _refuse_empty_paths(command: click.Command) -> None:
    """Makes an empty path wrong use: `Path("")` is the current folder, which nobody meant."""
    for member in getattr(command, "commands", {}).values():
        _refuse_empty_paths(member)
    for parameter in command.params:
        if isinstance(parameter.type, click.Path):
            parameter.type.convert = _named(parameter.type.convert)  # type: ignore[method-assign]


def _named(convert: Callable[..., object]) -> Callable[..., object]:
    def checked(value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        if value == "":
            msg = "the path is empty. Name one, or leave the option out."
            raise click.BadParameter(msg, ctx, param)
        return convert(value, param, ctx)

    return checked


def _fault_of_arguments() -> str | None:
    """Sentence on arguments with NUL, or with bytes that are no text; None for valid arguments."""
    if any("\0" in argument for argument in sys.argv):
        return "An argument holds a NUL character. Remove it."
    if any(letter in SURROGATES for letter in "".join(sys.argv)):
        return "An argument is not valid UTF-8. Check the terminal's encoding, or rename the file."
    return None


def _refused_by_system(error: Exception) -> str | None:
    """Sentence on an operating system error (path, full disk, address), with the next step."""
    if not isinstance(error, OSError):
        return None
    if error.strerror is None:  # Polars writes a whole sentence
        return f"the system refused: {error}. Check the path and its permissions."
    named = f"{str(error.filename)[:SHOWN]}: " if error.filename is not None else ""
    if error.errno in NO_ROOM:
        return f"{named}{error.strerror}. Make room there, or name another place; nothing half-written stays."
    if error.filename is None:
        return f"the system refused: {error.strerror}. Check the values given, and `arb doctor`."
    return f"{named}{error.strerror}. Check the path and its permissions."


def _refused_by_database(error: Exception) -> str | None:
    """Sentence on a PostgreSQL error (stopped, full, connection lost); None for other errors."""
    driver = sys.modules.get("psycopg")
    cause = getattr(error, "orig", error)
    if driver is None or not isinstance(cause, driver.OperationalError):
        return None
    if isinstance(cause, driver.errors.DiskFull):
        return "PostgreSQL's disk is full. Make room for ARB_HOME (or the server's data), then run it again."
    message = " ".join(str(cause).split())[:SHOWN]
    return f"PostgreSQL refused this: {message}. `arb doctor` shows whether it runs; then run it again."
