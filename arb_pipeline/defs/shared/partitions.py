"""Days: one partition per day of prices."""

from datetime import date

import dagster as dg

DAYS = dg.DailyPartitionsDefinition(start_date="2024-02-08", timezone="UTC", end_offset=1)
"""From the first day that TCGCSV archived."""


def refusal_of(day: date) -> str:
    """Sentence on a day that can have no prices: before the first archive, or after today (UTC)."""
    first, last = DAYS.get_first_partition_key(), DAYS.get_last_partition_key()
    if last is None:
        return f"This machine's clock is before {DAYS.start:%Y-%m-%d}, the first day of prices. Set it."
    return f"{day} is no day of ours: they go from {first} to {last}, today in UTC."


def day_of(context: dg.AssetExecutionContext) -> date:
    """The day that a run is for."""
    return date.fromisoformat(context.partition_key)
