"""One round of alerts: write the new ones, then send those that are due. For jobs, sensors and `arb`."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from arb_pipeline.core.alerting.incidents import Condition, RunFact, of_loads, of_runs, of_sources
from arb_pipeline.core.alerting.rules import Rule, RuleFile
from arb_pipeline.notifications.alert_rules import AlertRuleError, read_rules
from arb_pipeline.notifications.apprise_sender import AppriseSender
from arb_pipeline.notifications.outbox_delivery import Delivered, Message, Send, deliver, preview
from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres.alert_queries import newest_loads
from arb_pipeline.storage.postgres.buyer_tables import alert_rules
from arb_pipeline.storage.postgres.outbox import Decided, decide, decide_operations
from arb_pipeline.storage.postgres.queries import find_sealed
from arb_pipeline.storage.postgres.tables import arbitrage_opportunities
from arb_pipeline.storage.source_ages import source_ages

RECENT = timedelta(days=7)
"""Older failures without a later run trigger no alert."""


@dataclass(frozen=True, slots=True)
class Round:
    """Result of one round, or of a dry run."""

    decided: tuple[Decided, ...]
    delivered: Delivered
    would_send: tuple[Message, ...] = ()
    """Messages that a dry run would send."""

    @property
    def summary(self) -> str:
        """One line for a log."""
        done = self.delivered
        added = sum(decision.added for decision in self.decided)
        dropped = sum(decision.dropped for decision in self.decided) + done.dropped
        line = f"{added} alerts decided, {dropped} dropped; {done.alerts} sent in {done.messages} messages"
        return f"{line}; failed: {'; '.join(done.failures)}" if done.failures else line


def rules_of(settings: Settings, file: str | Path = "") -> RuleFile | None:
    """The rules of a file, else of ARB_ALERTS; None where neither is named. Raises `AlertRuleError`."""
    path = Path(file).expanduser() if file else settings.alerts
    return read_rules(path) if path else None


def now() -> datetime:
    """Current time, UTC."""
    return datetime.now(UTC)


def with_entered_rules(connection: sa.Connection, file: RuleFile) -> RuleFile:
    """The file with the active rules of the database. A rule of the file of the same name wins.

    A rule whose targets the file no longer has triggers no alert.
    """
    table = alert_rules.c
    rows = connection.execute(sa.select(table.name, table.rule).where(table.is_active).order_by(table.name))
    named = {rule.name for rule in file.rules}
    entered = [Rule.model_validate({**rule, "name": name}) for name, rule in rows if name not in named]
    usable = [rule for rule in entered if set(rule.targets) <= file.targets.keys()]
    return file.model_copy(update={"rules": (*file.rules, *usable)})


def run_round(
    engine: sa.Engine,
    file: RuleFile,
    *,
    conditions: Sequence[Condition] | None = None,
    is_about_opportunities: bool = True,
    only: Collection[str] | None = None,
    dry_run: bool = False,
    clock: Callable[[], datetime] = now,
    send: Send | None = None,
    stale_days: int | None = None,
) -> Round:
    """Writes the due alerts and sends them; a dry run changes nothing.

    `conditions`: incidents of the pipeline itself; None: not evaluated. `stale_days`: opportunities whose
    prices are older than so many days trigger no alert; None: no limit.
    """
    with engine.connect() as connection:
        file = with_entered_rules(connection, file)

    def decided(connection: sa.Connection) -> tuple[Decided, ...]:
        done = []
        if is_about_opportunities:
            done.append(decide(connection, file, clock(), only=only, stale_days=stale_days))
        if conditions is not None:
            done.append(decide_operations(connection, file, conditions, clock()))
        return tuple(done)

    if dry_run:
        with engine.connect() as connection, connection.begin() as transaction:
            would = decided(connection)
            messages = preview(connection, file, clock())
            transaction.rollback()
        return Round(would, Delivered(), tuple(messages))
    with engine.begin() as connection:
        done = decided(connection)
    return Round(done, deliver(engine, file, send or AppriseSender(file), clock))


def conditions_of(
    engine: sa.Engine, settings: Settings, file: RuleFile, runs: Sequence[RunFact], at: datetime
) -> list[Condition]:
    """State of runs, sources and loads, as far as the rule file needs it."""
    operations = file.operations
    if operations is None:
        return []
    recent = [run for run in runs if run.ended and run.ended > at - RECENT]
    conditions = of_runs(recent) if operations.failed_runs else []
    conditions += of_sources(source_ages(settings, at), operations)
    with engine.connect() as connection:
        conditions += of_loads(newest_loads(connection), operations)
    return conditions


def opportunities_named(connection: sa.Connection, opportunity: str, product: str) -> set[str] | None:
    """Ids of opportunities, by their id or by a product's id, TCGplayer id or name; None: all.

    Raises `AlertRuleError` where none matches.
    """
    if not opportunity and not product:
        return None
    table = arbitrage_opportunities.c
    query = sa.select(table.id.cast(sa.Text))
    if opportunity:
        query = query.where(table.id.cast(sa.Text) == opportunity.lower())
    if product:
        ids = find_sealed(connection, product)["product_id"].to_list()
        query = query.where(table.sealed_product_id.cast(sa.Text).in_(ids))
    known_ids = set(connection.scalars(query))
    if not known_ids:
        msg = f"No opportunity is, or is of, {opportunity or product!r}. `arb opportunities` lists them."
        raise AlertRuleError(msg)
    return known_ids
