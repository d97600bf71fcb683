"""Days: one partition per day of prices."""

from datetime import date

import dagster as dg

DAYS = dg.DailyPartitionsDefinition(start_date="2024-02-08", timezone="UTC", end_offset=1)
"""From the first day that TCGCSV archived."""


def day_of(context: dg.AssetExecutionContext) -> date:
    """The day that a run is for."""
    return date.fromisoformat(context.partition_key)
