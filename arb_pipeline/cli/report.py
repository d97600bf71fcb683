"""`arb report`: the HTML report of an analysis."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from arb_pipeline.cli.options import DateOption, to_day


class Choice(StrEnum):
    """Open it?"""

    YES = "yes"
    NO = "no"


def report(
    date: DateOption = None,
    new: Annotated[bool, typer.Option("--new", help="Write it again, on the tables as they are.")] = False,
    open_: Annotated[Choice, typer.Option("--open", help="Open it in the browser.")] = Choice.NO,
) -> None:
    """Prints the path of a day's report, the newest there is; writes one where there is none."""
    from arb_pipeline.cli.database import reading
    from arb_pipeline.reporting.analysis import newest_report, write_report
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres.queries import latest_day

    asked = to_day(date, "--date")
    with reading() as connection:
        day = asked or latest_day(connection)
        if day is None:
            typer.echo("arb: nothing is valued yet. Run `arb run` first.", err=True)
            raise typer.Exit(1)
        path = None if new else newest_report(settings(), day)
        run = f"cli-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        path = path or write_report(connection, settings(), day, run=run)
    typer.echo(path)
    if open_ is Choice.YES:
        typer.launch(path.as_uri())
