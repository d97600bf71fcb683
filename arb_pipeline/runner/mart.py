"""Publishes the mart of what is in the tables now."""

from collections.abc import Mapping

import sqlalchemy as sa

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.errors import NotEnoughDataError
from arb_pipeline.runner.asset_graph import Runner
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres import queries


class MartView(View):
    """Result of a publication."""

    success: bool
    run_id: str
    seconds: float
    tables: Mapping[str, int]
    """Table of the mart -> its rows; empty where it was not published."""
    failures: tuple[str, ...]


def check_analysed(connection: sa.Connection) -> None:
    """Raises `NotEnoughDataError` before the first analysis."""
    if queries.latest_day(connection) is None:
        msg = "nothing is analysed yet, so there is no mart to publish."
        next_step = (
            "`arb run --fetch` or `arb run --data DIR` analyses a day, and publishes the mart at its end."
        )
        raise NotEnoughDataError(msg, next_step=next_step)


def publish(settings: Settings) -> MartView:
    """Builds the mart beside the one in use, checks it, and puts it in its place."""
    runner = Runner(settings, data=None, categories=tuple(CATEGORIES), listener=lambda _: None, force=True)
    run = runner.mart()
    tables = run.metadata("mart/published").get("tables")
    return MartView(
        success=run.success,
        run_id=run.run_id,
        seconds=round(run.seconds, 2),
        tables=tables if isinstance(tables, Mapping) else {},
        failures=tuple(run.failures),
    )
