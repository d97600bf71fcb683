"""`arb`: the commands and how their errors look."""

import sys

import typer

from arb_pipeline.cli import (
    alerts,
    backfill,
    backtest,
    backup,
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
    sources,
    supervisor,
    value,
)
from arb_pipeline.cli import run as running

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
app.command("metrics")(metrics.metrics)
app.command("doctor")(doctor.doctor)
app.command("up")(supervisor.up)
app.command("down")(supervisor.down)
app.command("status")(supervisor.status)
app.command("new-source")(new_source.new_source)
app.add_typer(alerts.app, name="alerts")
app.add_typer(backup.app, name="backup")
app.add_typer(db.app, name="db")
app.add_typer(demo.app, name="demo")
app.add_typer(params.app, name="params")
app.add_typer(mart.app, name="mart")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(opportunity.app, name="opportunity")

EXPECTED = (
    *("ParameterError", "DatabaseError", "EmbeddedPostgresError", "MigrationError", "NotLandedError"),
    *("NotConfiguredError", "SnapshotShrankError", "RetiredMonthError", "RetentionError", "LoadError"),
    "ServicesError",
    "ActRefusedError",
    "PriceListError",
    *("DbtError", "MartError", "RoleError"),
    *("AlertRuleError", "ReportError", "BacktestError"),
)
"""Errors of ours whose message already says what to do."""


def run() -> None:
    """Entry point. Exit codes: 0 done, 1 something asked for could not be done, 2 wrong usage."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        message = _message(error)
        if message is None:
            raise
        typer.echo(f"arb: {message}", err=True)
        sys.exit(1)


def _message(error: Exception) -> str | None:
    """What to tell of an error of ours, of a file's, or of a setting's; None for a fault of the program."""
    if type(error).__name__ in EXPECTED or isinstance(error, FileNotFoundError | PermissionError):
        return str(error)
    if type(error).__name__ == "ValidationError" and getattr(error, "title", "") == "Settings":
        told = [
            f"ARB_{str(fault['loc'][0]).upper()} is {fault['input']!r}: "
            f"{fault['msg'].removeprefix('Value error, ')}."
            for fault in error.errors()  # type: ignore[attr-defined]
        ]
        return " ".join([*told, "Mend it in the environment or in .env (.env.example lists all settings)."])
    return None
