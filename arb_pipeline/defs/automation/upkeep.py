"""Upkeep of Dagster's own records: event logs grow with every run."""

from datetime import UTC, datetime, timedelta

import dagster as dg
from pydantic import Field

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


class Records(dg.Config):
    """Retention of run records."""

    keep_days: int = Field(default=90, ge=1, description="Days for which records of ended runs are kept.")


@dg.op(description="Deletes records of ended runs older than `keep_days`, but not an asset's newest.")
def purge_run_records(context: dg.OpExecutionContext, config: Records) -> None:
    """Deletes old run records, except runs with an asset's newest materialisation, which the UI shows."""
    instance = context.instance
    before = datetime.now(UTC) - timedelta(days=config.keep_days)
    keys = instance.all_asset_keys()
    newest = (instance.get_latest_materialization_event(key) for key in keys)
    in_use = {entry.run_id for entry in newest if entry}
    old = instance.get_run_ids(dg.RunsFilter(statuses=ENDED, updated_before=before))
    purged = [run_id for run_id in old if run_id not in in_use]
    for run_id in purged:
        instance.delete_run(run_id)
    context.log.info(f"purged the records of {len(purged):,} runs that ended before {before:%Y-%m-%d}")


@dg.job(description="Purges old run records. Run it daily.")
def run_records_upkeep() -> None:
    """Job of one step."""
    purge_run_records()
