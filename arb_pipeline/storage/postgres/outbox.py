"""Outbox of alerts: decisions become rows, in one transaction and never twice. `outbox_delivery` sends them.

A row's id is derived from its content and the last notified state, so that deciding again adds nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import JsonValue
from sqlalchemy.dialects.postgresql import distinct_on, insert

from arb_pipeline.contracts.enums import AlertEvent
from arb_pipeline.core.alerting.changes import Figures, LastNotified, Notice, notices
from arb_pipeline.core.alerting.incidents import Condition, Incident, Known, incidents
from arb_pipeline.core.alerting.rules import OPERATIONS, Delivery, RuleFile
from arb_pipeline.core.alerting.templates import item
from arb_pipeline.core.alerting.timing import due_at
from arb_pipeline.storage.postgres.alert_queries import opportunities
from arb_pipeline.storage.postgres.alert_tables import alert_outbox

TABLE = alert_outbox
OPPORTUNITY = "opportunity"
SUPERSEDED = "the opportunity changed before the alert was sent"
OBSOLETE = "the opportunity was no longer actionable before the alert was sent"


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of the outbox."""

    id: UUID
    kind: str
    rule: str
    target: str
    subject: str
    opportunity_id: UUID | None
    event: str
    as_of: date | None
    title: str
    body: str
    figures: Mapping[str, JsonValue]
    status: str
    reason: str | None
    due_at: datetime
    message_id: UUID | None
    attempts: int
    last_error: str | None
    sent_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """Number of rows that one decision changed."""

    added: int
    dropped: int
    titles: tuple[str, ...] = ()
    """Titles of the added rows."""


def decide(
    connection: sa.Connection,
    file: RuleFile,
    now: datetime,
    *,
    only: Collection[str] | None = None,
    stale_days: int | None = None,
) -> Decided:
    """Writes the alerts that the opportunities give rise to.

    `only`: of these opportunities (ids) alone. `stale_days`: age of prices beyond which no alert is written.
    Pending alerts are compared with the current state: obsolete ones are dropped, changed ones replaced. The
    caller's transaction makes it atomic.
    """
    _lock(connection)
    pending = _pending(
        connection
    )  # locked: a sender of one of them has committed before the last notified state is read
    last_notified = _last_notified(connection)
    listed = opportunities(connection, now, stale_days=stale_days)
    wanted: list[Notice] = []
    for rule in file.rules:
        for target in rule.targets:
            of_target = {
                subject: state
                for (name, to, subject), state in last_notified.items()
                if (name, to) == (rule.name, target)
            }
            wanted += notices(rule, target, listed, of_target, now)
    if only is not None:
        wanted = [notice for notice in wanted if notice.opportunity.id in only]
    ids = {notice.id for notice in wanted}
    ours = {(rule.name, target) for rule in file.rules for target in rule.targets}
    current = {candidate.id for candidate in listed if candidate.is_current(now)}
    void: dict[str, list[str]] = {SUPERSEDED: [], OBSOLETE: []}
    for row in pending:
        is_selected = (row.rule, row.target) in ours and (only is None or row.subject in only)
        if is_selected and str(row.id) not in ids:
            void[SUPERSEDED if row.subject in current else OBSOLETE].append(str(row.id))
    for reason, rows in void.items():
        _drop(connection, rows, reason)
    deliveries = file.deliveries
    rows_ = [_of_notice(notice, deliveries[notice.rule], file.timezone, now) for notice in wanted]
    added = _add(connection, rows_)
    return Decided(len(added), sum(map(len, void.values())), added)


def decide_operations(
    connection: sa.Connection, file: RuleFile, conditions: Sequence[Condition], now: datetime
) -> Decided:
    """Writes the alerts on the pipeline's own state. None of them is ever dropped."""
    operations = file.operations
    if operations is None:
        return Decided(0, 0)
    _lock(connection)
    known = _known(connection)
    rows = []
    for target in operations.targets:
        of_target = {subject: state for (to, subject), state in known.items() if to == target}
        decided = incidents(target, conditions, of_target)
        rows += [_of_incident(incident, operations, file.timezone, now) for incident in decided]
    added = _add(connection, rows)
    return Decided(len(added), 0, added)


def drop_obsolete(connection: sa.Connection, now: datetime) -> int:
    """Drops alerts that are no longer actionable; `gone` alerts stay pending."""
    _lock(connection)
    current = {candidate.id for candidate in opportunities(connection, now) if candidate.is_current(now)}
    late = [
        str(r.id) for r in _pending(connection) if r.subject not in current and r.event != AlertEvent.GONE
    ]
    _drop(connection, late, OBSOLETE)
    return len(late)


def listed(connection: sa.Connection, *, status: str | None = None, limit: int = 50) -> list[Alert]:
    """Rows of the outbox, the newest first."""
    query = sa.select(TABLE).order_by(TABLE.c.created_at.desc(), TABLE.c.id).limit(limit)
    query = query.where(TABLE.c.status == status) if status else query
    return [Alert(**row) for row in connection.execute(query).mappings()]


def _lock(connection: sa.Connection) -> None:
    """Serialises decisions."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("alert_outbox"))))


def _pending(connection: sa.Connection) -> Sequence[Any]:
    table = TABLE.c
    query = (
        sa.select(table.id, table.rule, table.target, table.subject, table.event)
        .where(table.kind == OPPORTUNITY, table.status == "pending")
        .order_by(table.id)
        .with_for_update()
    )
    return connection.execute(query).all()


def _last_notified(connection: sa.Connection) -> dict[tuple[str, str, str], LastNotified]:
    """(rule, target, opportunity) -> last notified state."""
    table = TABLE.c
    series = [table.rule, table.target, table.subject]
    query = (
        sa.select(*series, table.id, table.event, table.figures)
        .ext(distinct_on(*series))
        .where(table.kind == OPPORTUNITY, table.status.in_(["sent", "seen"]))
        .order_by(*series, table.sent_at.desc(), table.created_at.desc(), table.id)
    )
    return {
        (row.rule, row.target, row.subject): LastNotified(str(row.id), row.event, Figures(**row.figures))
        for row in connection.execute(query)
    }


def _known(connection: sa.Connection) -> dict[tuple[str, str], Known]:
    """(target, subject) -> last decided state."""
    table = TABLE.c
    query = (
        sa.select(table.target, table.subject, table.event, table.figures)
        .ext(distinct_on(table.target, table.subject))
        .where(table.kind == OPERATIONS)
        .order_by(table.target, table.subject, table.created_at.desc(), table.id)
    )
    return {
        (row.target, row.subject): Known(row.event, row.figures["since"]) for row in connection.execute(query)
    }


def _of_notice(notice: Notice, delivery: Delivery, zone: str, now: datetime) -> dict[str, Any]:
    text = item(notice)
    return {
        "id": UUID(notice.id),
        "kind": OPPORTUNITY,
        "rule": notice.rule,
        "target": notice.target,
        "subject": notice.opportunity.id,
        "opportunity_id": UUID(notice.opportunity.id),
        "event": notice.event,
        "as_of": notice.opportunity.as_of,
        "title": text.title,
        "body": text.body,
        "figures": asdict(notice.opportunity.figures),
        "status": "seen" if notice.is_silent else "pending",
        "due_at": due_at(delivery, zone, now),
        "sent_at": now if notice.is_silent else None,
        "created_at": now,
    }


def _of_incident(incident: Incident, delivery: Delivery, zone: str, now: datetime) -> dict[str, Any]:
    return {
        "id": UUID(incident.id),
        "kind": OPERATIONS,
        "rule": OPERATIONS,
        "target": incident.target,
        "subject": incident.subject,
        "opportunity_id": None,
        "event": incident.event,
        "as_of": None,
        "title": incident.title,
        "body": incident.body,
        "figures": {"since": incident.since},
        "status": "pending",
        "due_at": due_at(delivery, zone, now),
        "sent_at": None,
        "created_at": now,
    }


def _add(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Adds missing rows; a dropped one that holds again becomes pending again."""
    titles: list[str] = []
    for row in rows:
        add = insert(TABLE).values(row)
        again = {name: add.excluded[name] for name in ("status", "due_at", "sent_at", "created_at")}
        upsert = add.on_conflict_do_update(
            index_elements=[TABLE.c.id],
            set_=again | {"reason": None, "message_id": None, "attempts": 0, "last_error": None},
            where=TABLE.c.status == "dropped",
        ).returning(TABLE.c.title)
        titles += connection.scalars(upsert).all()
    return tuple(titles)


def _drop(connection: sa.Connection, ids: Sequence[str], reason: str) -> None:
    if ids:
        gone = sa.update(TABLE).where(TABLE.c.id.in_(map(UUID, ids)), TABLE.c.status == "pending")
        connection.execute(gone.values(status="dropped", reason=reason))
