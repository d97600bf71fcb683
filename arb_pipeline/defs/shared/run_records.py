"""Dagster's records of runs that have ended, as facts for alerts and metrics."""

from datetime import UTC, datetime

import dagster as dg

from arb_pipeline.core.alerting.incidents import RunFact

MOST = 2000
"""Runs that are looked at: some weeks of them."""
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
PARTITION = "dagster/partition"


def run_facts(instance: dg.DagsterInstance, limit: int = MOST) -> list[RunFact]:
    """The newest runs that succeeded or failed, in the order in which they ended; not those cancelled."""
    records = instance.get_run_records(dg.RunsFilter(statuses=ENDED), limit=limit)
    facts = [
        RunFact(
            run_id=record.dagster_run.run_id,
            job=record.dagster_run.job_name,
            day=record.dagster_run.tags.get(PARTITION, ""),
            has_failed=record.dagster_run.status == dg.DagsterRunStatus.FAILURE,
            started=_instant(record.start_time),
            ended=_instant(record.end_time) or record.update_timestamp.replace(tzinfo=UTC),
        )
        for record in records
    ]
    return sorted(facts, key=lambda fact: (fact.ended or datetime.min.replace(tzinfo=UTC), fact.run_id))


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
