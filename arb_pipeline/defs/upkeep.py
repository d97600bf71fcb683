"""Upkeep of the price history: partitions created ahead, old months moved to the lake."""

from datetime import UTC, date, datetime

import dagster as dg
from pydantic import Field

from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.services import database
from arb_pipeline.settings import settings
from arb_pipeline.storage.postgres.partitions import AHEAD

MONTHS = 12


class Upkeep(dg.Config):
    """Retention of prices in the database."""

    keep_months: int = Field(
        default=24, ge=3, description="Months of prices to keep; older ones move to the lake."
    )


@dg.op(description="Makes the next months' partitions, moves months older than `keep_months` into the lake.")
def keep_price_history(context: dg.OpExecutionContext, config: Upkeep, workspace: Workspace) -> None:
    """Creates and retires partitions. Fails when prices lie in no month's partition."""
    today = datetime.now(UTC).date()
    with workspace.engine.connect() as connection:
        made = database.months(connection, today=today, ahead=AHEAD).made
        retired = database.retire(connection, settings(), _months_before(today, config.keep_months))
        months = database.months(connection, today=today)
    moved = ", ".join(f"{month.month:%Y-%m}" for month in retired) or "none"
    context.log.info(
        f"{len(made)} months made ahead: {', '.join(made) or 'none'}; moved to the lake: {moved}"
    )
    if months.homeless:
        msg = (
            f"{months.homeless:,} prices lie in no month's partition: `arb db partitions --adopt` moves them."
        )
        raise dg.Failure(description=msg, allow_retries=False)


@dg.job(description="Partitions ahead and retention of the price history. Run it daily.")
def price_history_upkeep() -> None:
    """Job of one step."""
    keep_price_history()


def _months_before(today: date, months: int) -> date:
    """The first day of the month so many months ago."""
    year, month = divmod(today.year * MONTHS + today.month - 1 - months, MONTHS)
    return date(year, month + 1, 1)
