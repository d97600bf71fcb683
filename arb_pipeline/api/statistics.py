"""Statistics over all opportunities, in one query."""

from arb_pipeline.api.context import Context
from arb_pipeline.api.database import fetch_one
from arb_pipeline.storage.postgres.statistics_query import SUMMARY


async def summary(context: Context) -> bytes:
    """The model `OpportunityStats` as JSON."""
    row = await fetch_one(context, SUMMARY)
    if row is None:  # one row always
        raise AssertionError
    text: str = row[0]
    return text.encode()
