"""The HTML report of an analysed day."""

from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa

from arb_pipeline.contracts.errors import NotEnoughDataError
from arb_pipeline.reporting.analysis import newest_report, write_report
from arb_pipeline.services.valuations import analysed_day
from arb_pipeline.settings import Settings


def report_of(
    settings: Settings,
    connection: sa.Connection,
    *,
    day: date | None = None,
    is_new: bool = False,
    run: str | None = None,
) -> Path:
    """File of a day's newest report, by default of the newest analysed day; written where there is none.

    `is_new`: written again, on the tables as they are. `run`: the run that it is of. Raises
    `NotEnoughDataError` before any analysis, and for a day without one.
    """
    of_day = analysed_day(connection, day)
    if of_day is None:
        raise NotEnoughDataError("nothing is valued yet.", next_step="Run `arb run` first.")
    path = None if is_new else newest_report(settings, of_day)
    run = run or f"cli-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    return path or write_report(connection, settings, of_day, run=run)
