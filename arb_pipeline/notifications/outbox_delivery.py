"""Sends due rows of the outbox, at least once; only a crash between delivery and commit repeats one.

A message is composed and given its id in a transaction of its own. It is sent inside a second one that
locks its rows and marks them sent. If process or database fails between the target's answer and that
commit, the rows stay pending, and the next attempt has the same message id.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.contracts.errors import UnavailableError
from arb_pipeline.core.alerting.rules import RuleFile
from arb_pipeline.core.alerting.templates import Item, message
from arb_pipeline.core.alerting.timing import quiet_until, retry_after
from arb_pipeline.core.identity import stable_id
from arb_pipeline.storage.postgres.alert_tables import alert_outbox
from arb_pipeline.storage.postgres.outbox import drop_obsolete

TABLE = alert_outbox
PROFIT = TABLE.c.figures["profit_cents"].astext.cast(sa.BigInteger)
"""Best opportunity first; alerts of the pipeline itself have no rank."""


class DeliveryError(UnavailableError, RuntimeError):
    """A target did not accept a message; the text states the reason, without secrets."""


@dataclass(frozen=True, slots=True)
class Message:
    """Content of one delivery to one target."""

    message_id: str
    rule: str
    target: str
    title: str
    body: str
    events: tuple[str, ...]


Send = Callable[[Message], None]
"""Sends a message to its target. Raises `DeliveryError`."""


@dataclass(slots=True)
class Delivered:
    """Result of one round of sending."""

    messages: int = 0
    alerts: int = 0
    dropped: int = 0
    failures: list[str] = field(default_factory=list)


def deliver(engine: sa.Engine, file: RuleFile, send: Send, clock: Callable[[], datetime]) -> Delivered:
    """Sends due messages. A target that fails is skipped for the rest of the round; its messages stay."""
    done = Delivered()
    with engine.begin() as connection:
        done.dropped = drop_obsolete(connection, clock())
    with engine.begin() as connection:
        messages = _put_together(connection, file, clock())
    failing: set[str] = set()
    for message_id, target in messages:
        if target in failing:
            continue
        with engine.begin() as connection:
            rows = _claimed(connection, message_id)
            if not rows:
                continue
            try:
                send(_message(message_id, rows))
            except DeliveryError as error:
                failing.add(target)
                done.failures.append(f"{target}: {error}")
                _failed(connection, rows, str(error), clock())
            else:
                _sent(connection, rows, clock())
                done.messages += 1
                done.alerts += len(rows)
    return done


def preview(connection: sa.Connection, file: RuleFile, now: datetime) -> list[Message]:
    """Messages that would be sent now; for a transaction that is rolled back."""
    drop_obsolete(connection, now)
    messages = _put_together(connection, file, now)
    return [_message(message_id, _claimed(connection, message_id)) for message_id, _ in messages]


def _put_together(connection: sa.Connection, file: RuleFile, now: datetime) -> list[tuple[UUID, str]]:
    """Gives due rows their message, up to a rule's limit each; returns the due messages, the oldest first."""
    table = TABLE.c
    is_due = (table.status == "pending") & (table.due_at <= now)
    order = (table.created_at, PROFIT.desc().nulls_last())
    query = (
        sa.select(table.id, table.rule, table.target)
        .where(is_due, table.message_id.is_(None))
        .order_by(table.rule, table.target, *order, table.id)
        .with_for_update(skip_locked=True)
    )
    groups: dict[tuple[str, str], list[UUID]] = {}
    for row in connection.execute(query):
        groups.setdefault((row.rule, row.target), []).append(row.id)
    heard = {
        name: delivery
        for name, delivery in file.deliveries.items()
        if quiet_until(delivery.quiet_hours, file.timezone, now) is None
    }
    for (rule, target), ids in groups.items():
        if rule not in heard:
            continue
        size = heard[rule].max_per_message
        for part in (ids[n : n + size] for n in range(0, len(ids), size)):
            message_id = UUID(stable_id("message", rule, target, now.isoformat(), *map(str, part)))
            connection.execute(sa.update(TABLE).where(table.id.in_(part)).values(message_id=message_id))
    # A message to be retried is sent before a newer one of its subject: failed before recovered.
    later = TABLE.alias()
    same = (
        getattr(later.c, name) == getattr(table, name) for name in ("rule", "target", "subject", "status")
    )
    is_overtaken = (table.attempts > 0) & sa.exists().where(*same, later.c.due_at <= now)
    waiting = (
        sa.select(table.message_id, table.target, table.rule)
        .where(table.status == "pending", table.message_id.is_not(None), is_due | is_overtaken)
        .group_by(table.message_id, table.target, table.rule)
        .order_by(sa.func.min(table.created_at), sa.func.max(PROFIT).desc().nulls_last(), table.message_id)
    )
    rows = connection.execute(waiting).all()
    return [(row.message_id, row.target) for row in rows if row.rule in heard and row.target in file.targets]


def _claimed(connection: sa.Connection, message_id: UUID) -> list[Any]:
    """Locked rows of a message; none while another process holds any of them."""
    table = TABLE.c
    of_message = (table.message_id == message_id) & (table.status == "pending")
    query = (
        sa.select(TABLE)
        .where(of_message)
        .order_by(table.created_at, PROFIT.desc().nulls_last(), table.id)
        .with_for_update(skip_locked=True)
    )
    rows = list(connection.execute(query))
    there = connection.scalar(sa.select(sa.func.count()).where(of_message))
    return rows if len(rows) == there else []


def _message(message_id: UUID, rows: list[Any]) -> Message:
    items = [Item(row.event, row.title, row.body) for row in rows]
    rule, target = rows[0].rule, rows[0].target
    title, body = message(rule, items, str(message_id))
    return Message(str(message_id), rule, target, title, body, tuple(i.event for i in items))


def _sent(connection: sa.Connection, rows: list[Any], now: datetime) -> None:
    values = {"status": "sent", "sent_at": now, "attempts": TABLE.c.attempts + 1, "last_error": None}
    connection.execute(sa.update(TABLE).where(TABLE.c.id.in_([r.id for r in rows])).values(values))


def _failed(connection: sa.Connection, rows: list[Any], error: str, now: datetime) -> None:
    attempts = max(row.attempts for row in rows) + 1
    pause = retry_after(attempts, random.random())  # noqa: S311 - jitter, no secret
    values = {"attempts": attempts, "last_error": error, "due_at": now + pause}
    connection.execute(sa.update(TABLE).where(TABLE.c.id.in_([r.id for r in rows])).values(values))
