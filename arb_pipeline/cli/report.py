"""`arb report`: the HTML report of an analysis."""

from enum import StrEnum
from typing import Annotated

import typer

from arb_pipeline.cli.options import DateOption, to_day
from arb_pipeline.cli.terminal import echo


class Choice(StrEnum):
    """Open it?"""

    YES = "yes"
    NO = "no"


def report(
    date: DateOption = None,
    new: Annotated[
        bool, typer.Option("--new", help="Write the report again, from the current tables.")
    ] = False,
    open_: Annotated[Choice, typer.Option("--open", help="Open it in the browser.")] = Choice.NO,
) -> None:
    """Prints the path of a day's report, the newest there is; writes one where there is none."""
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services.reports import report_of
    from arb_pipeline.settings import settings

    day = to_day(date, "--date")
    with reading() as connection:
        path = report_of(settings(), connection, day=day, is_new=new)
    echo(path)
    if open_ is Choice.YES:
        typer.launch(path.as_uri())
