"""The list of opportunities, and the warning above results of old prices."""

from datetime import date, datetime

import sqlalchemy as sa

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.columns import exported
from arb_pipeline.contracts.enums import OpportunityStatus
from arb_pipeline.core.opportunities.freshness import staleness
from arb_pipeline.services.view import View, row_view
from arb_pipeline.settings import Settings
from arb_pipeline.storage.params import own_files, parameters
from arb_pipeline.storage.postgres import queries


class OpportunityRow(row_view(exported("opportunities"))):  # type: ignore[misc]
    """An opportunity as a list shows it: the columns of `arbitrage_opportunities`, and its product's."""


class OpportunityList(View):
    """Opportunities of one status, best first."""

    status: OpportunityStatus
    as_of: date | None
    """The newest analysed day; None: no day is analysed."""
    opportunities: tuple[OpportunityRow, ...]


def listed(
    connection: sa.Connection,
    *,
    status: OpportunityStatus = OpportunityStatus.ACTIVE,
    category: Category | None = None,
) -> OpportunityList:
    """Opportunities of a status, best first, and the newest analysed day."""
    query = queries.opportunities(category=category, status=status)
    rows = tuple(OpportunityRow.model_validate(row) for row in queries.rows_of(connection, query))
    return OpportunityList(status=status, as_of=queries.latest_day(connection), opportunities=rows)


def age_warning(settings: Settings, as_of: date | None, *, now: datetime) -> str:
    """The warning before results whose prices are older than `prices.stale_days`; '' for fresh ones."""
    return staleness(as_of, now, parameters(now.date(), own_files(settings)).prices.stale_days)
