"""`arb doctor`: configuration, connections, migrations and age of data."""

from datetime import UTC, datetime

import typer

from arb_pipeline.cli.options import Json
from arb_pipeline.cli.terminal import echo

COLOURS = {"ok": typer.colors.GREEN, "warn": typer.colors.YELLOW, "fail": typer.colors.RED}


def doctor(json: Json = False) -> None:
    """Checks settings, database, parameters and data. Exit code 1 if one that runs need fails."""
    from arb_pipeline.cli import render
    from arb_pipeline.services import health
    from arb_pipeline.settings import settings

    checks = health.checks(settings(), now=datetime.now(UTC))
    if json:
        echo(render.to_json(list(checks)))
    else:
        for check in checks:
            state = typer.style(f"{check.state:<5}", fg=COLOURS[check.state])
            echo(f"{state}{check.check:<14} {check.note}")
    if any(check.state is health.State.FAIL for check in checks):
        raise typer.Exit(1)
