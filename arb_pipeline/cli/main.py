"""`arb`: the commands and how their errors look."""

import os
import sys
from errno import ENAMETOOLONG

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
    quarantine,
    report,
    serve,
    sources,
    supervisor,
    value,
)
from arb_pipeline.cli import run as running
from arb_pipeline.cli.terminal import clean, lasting_output, print_error
from arb_pipeline.contracts.errors import ArbError

app = typer.Typer(
    name="arb",
    help="Finds sealed trading-card products that cost less than the singles inside them net.",
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
app.add_typer(serve.user_app, name="user")
app.add_typer(serve.key_app, name="api-key")
app.add_typer(serve.redis_app, name="redis")

PRIVATE = 0o077
"""Bits that no file or folder of ours has: ARB_HOME holds a password and what its user buys."""
WRONG_USE = 2
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""
PATHS = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
"""Errors of the file system that a path of the user's causes, beside a name that is too long."""
SHOWN = 255
"""Characters of a path in a message."""


def run() -> None:
    """Entry point. Exit codes: 0 done, 1 refused or failed, 2 wrong use, 130 interrupted (docs/cli.md).

    What it writes is private to its user, whatever the umask. A reader that goes away (`arb run | head`) ends
    the output and not the work.
    """
    umask = os.umask(0)
    os.umask(umask | PRIVATE)
    try:
        with lasting_output():
            _run()
    finally:
        os.umask(umask)


def _run() -> None:
    if any("\0" in argument for argument in sys.argv):
        print_error("An argument holds a NUL character. Remove it.")
        sys.exit(WRONG_USE)
    try:
        sys.exit(app(standalone_mode=False))
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
    except OSError as error:
        if not (isinstance(error, PATHS) or error.errno == ENAMETOOLONG):
            raise
        print_error(f"{str(error.filename)[:SHOWN]}: {error.strerror}. Check the path and its permissions.")
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            print_error("interrupted. Completed steps are kept; run the same command again to continue.")
        raise
