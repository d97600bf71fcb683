"""Incidents of the pipeline: failed runs, stale sources, full quarantine. Alerts at start and end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from arb_pipeline.contracts.enums import IncidentEvent
from arb_pipeline.core.alerting.rules import OPERATIONS, Operations
from arb_pipeline.core.identity import stable_id

COUNTED = {
    "Run failed": ("failed run", "failed runs"),
    "Run succeeded again": ("run that succeeded again", "runs that succeeded again"),
    "Stale source": ("stale source", "stale sources"),
    "Source is fresh again": ("source that is fresh again", "sources that are fresh again"),
    "Quarantine above its limit": ("quarantine above its limit", "quarantines above their limit"),
    "Quarantine is back to normal": ("quarantine back to normal", "quarantines back to normal"),
}
"""Beginning of a title -> wording of a count: singular, plural."""


@dataclass(frozen=True, slots=True)
class Condition:
    """State of one monitored subject."""

    subject: str
    """run/<job>/<day>, stale/<source>, quarantine/<source>/<category>."""
    is_bad: bool
    since: str
    """Identity of an incident of a subject: a run id, a time, a day."""
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class RunFact:
    """One run of a job that has ended."""

    run_id: str
    job: str
    day: str
    """Its partition; '' for none."""
    has_failed: bool
    started: datetime | None
    ended: datetime | None

    @property
    def seconds(self) -> float | None:
        """Duration of the run."""
        return (self.ended - self.started).total_seconds() if self.started and self.ended else None


@dataclass(frozen=True, slots=True)
class LoadShare:
    """Accepted and rejected rows of the newest load of a source and game."""

    source: str
    category: str
    day: date
    raw: int
    quarantined: int

    @property
    def share(self) -> float:
        """Share of the records in quarantine, 0 to 1; 0 without records."""
        return self.quarantined / self.raw if self.raw else 0.0


@dataclass(frozen=True, slots=True)
class Incident:
    """One alert about the pipeline for one target."""

    id: str
    target: str
    event: IncidentEvent
    subject: str
    title: str
    body: str
    since: str


@dataclass(frozen=True, slots=True)
class Known:
    """Latest alert in the outbox about a subject, for one target."""

    event: str
    since: str


def of_runs(runs: Sequence[RunFact]) -> list[Condition]:
    """One condition per job and day: bad while its newest run failed; an incident is a streak of failures.

    `runs`: in the order in which they ended, the oldest first.
    """
    by_subject: dict[str, list[RunFact]] = {}
    for run in runs:
        by_subject.setdefault(f"run/{run.job}/{run.day}", []).append(run)
    conditions = []
    for subject, streak in by_subject.items():
        last = streak[-1]
        first = last
        for run in reversed(streak):
            if run.has_failed != last.has_failed:
                break
            first = run
        what = f"{last.job}{f' for {last.day}' if last.day else ''}"
        ended = f" at {last.ended:%Y-%m-%d %H:%M} UTC" if last.ended else ""
        title = f"Run failed: {what}" if last.has_failed else f"Run succeeded again: {what}"
        body = f"Run {last.run_id} of {what} {'failed' if last.has_failed else 'succeeded'}{ended}."
        conditions.append(Condition(subject, last.has_failed, first.run_id, title, body))
    return conditions


def of_sources(ages: Mapping[str, tuple[float, datetime]], operations: Operations) -> list[Condition]:
    """One condition per source that ever landed; `ages`: source -> (hours, the time they count from)."""
    conditions = []
    for source, (hours, since) in sorted(ages.items()):
        limit = operations.stale_after_hours(source)
        is_bad = hours > limit
        title = f"Stale source: {source}" if is_bad else f"Source is fresh again: {source}"
        body = (
            f"The newest of {source} is {hours:.0f} h old (limit {limit:g} h), of {since:%Y-%m-%d %H:%M} UTC."
        )
        conditions.append(Condition(f"stale/{source}", is_bad, since.isoformat(), title, body))
    return conditions


def of_loads(loads: Iterable[LoadShare], operations: Operations) -> list[Condition]:
    """One condition per source and game by its newest load; loads of under `min_rows` records are ignored."""
    conditions = []
    for load in loads:
        if load.raw < operations.min_rows:
            continue
        is_bad = 100 * load.share > operations.max_quarantined_percent
        what = f"{load.source} {load.category}"
        title = f"Quarantine above its limit: {what}" if is_bad else f"Quarantine is back to normal: {what}"
        body = (
            f"{load.quarantined:,} of {load.raw:,} records of {load.day} are in quarantine"
            f" ({100 * load.share:.1f} %, limit {operations.max_quarantined_percent:g} %)."
            f" `arb quarantine list --source {load.source}` tells why."
        )
        subject = f"quarantine/{load.source}/{load.category}"
        conditions.append(Condition(subject, is_bad, load.day.isoformat(), title, body))
    return conditions


def incidents(target: str, conditions: Iterable[Condition], known: Mapping[str, Known]) -> list[Incident]:
    """Alerts for one target: one when a condition turns bad, one when it turns good."""
    decided = []
    for condition in conditions:
        before = known.get(condition.subject)
        is_open = before is not None and before.event == IncidentEvent.FAILED
        if condition.is_bad == is_open:
            continue
        event = IncidentEvent.FAILED if condition.is_bad else IncidentEvent.RECOVERED
        since = condition.since if condition.is_bad or before is None else before.since
        after = before.since if before else ""
        id_ = stable_id("alert", OPERATIONS, target, condition.subject, event, since, after)
        decided.append(
            Incident(id_, target, event, condition.subject, condition.title, condition.body, since)
        )
    return decided
