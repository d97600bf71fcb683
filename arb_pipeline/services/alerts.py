"""Alerts: check rules, test a target, decide and send due messages, list the outbox."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from arb_pipeline.contracts.enums import AlertStatus
from arb_pipeline.contracts.errors import ConfigurationError, UnavailableError
from arb_pipeline.core.alerting.incidents import RunFact
from arb_pipeline.core.alerting.rules import RuleFile
from arb_pipeline.notifications import alert_dispatch
from arb_pipeline.notifications.apprise_sender import AppriseSender
from arb_pipeline.notifications.outbox_delivery import DeliveryError, Message
from arb_pipeline.services.view import View, view_of
from arb_pipeline.settings import Settings
from arb_pipeline.storage.params import own_files, parameters
from arb_pipeline.storage.postgres import outbox

TEST_BODY = "This is a test of arb's alerts. Nothing has to be bought."


class TargetView(View):
    """A target of a rule file, and the service of its URL."""

    target: str
    service: str


class RuleView(View):
    """Recipients and timing of a rule."""

    rule: str
    targets: tuple[str, ...]
    digest: str
    """`daily at 08:00`, or how often."""
    quiet_hours: str | None
    timezone: str


class RulesView(View):
    """A rule file, each of whose targets can be built."""

    targets: tuple[TargetView, ...]
    rules: tuple[RuleView, ...]


class MessageView(View):
    """A message to one target."""

    target: str
    title: str
    body: str


class DispatchView(View):
    """Result of one round: decided and sent messages, or those of a dry run."""

    summary: str
    decided: int
    """Alerts that were added to the outbox."""
    messages: int
    """Messages that left, with `alerts` in them."""
    alerts: int
    would_send: tuple[MessageView, ...]
    """Messages of a dry run."""
    failures: tuple[str, ...]
    """Targets that did not accept a message; their alerts stay in the outbox."""


class AlertView(view_of(outbox.Alert)):  # type: ignore[misc]
    """An alert in the outbox, as `outbox.Alert` declares it."""

    status: AlertStatus


class TargetFailedError(UnavailableError):
    """A target that did not accept a message."""


def rules_of(settings: Settings, file: Path | None = None) -> RuleFile:
    """The rules of a file, by default of ARB_ALERTS. Raises `ConfigurationError` and `AlertRuleError`."""
    rules = alert_dispatch.rules_of(settings, file or "")
    if rules is None:
        next_step = "Set ARB_ALERTS, or name a file (docs/alerts.md has an example)."
        raise ConfigurationError("There are no alert rules.", next_step=next_step)
    return rules


def check(settings: Settings, file: Path | None = None) -> RulesView:
    """Reads the rules and builds every target without sending. Raises `AlertRuleError`."""
    rules = rules_of(settings, file)
    sender = AppriseSender(rules)
    targets = tuple(TargetView(target=name, service=sender.check(name)) for name in rules.targets)
    deliveries = []
    for name, delivery in rules.deliveries.items():
        digest, quiet = delivery.digest, delivery.quiet_hours
        deliveries.append(
            RuleView(
                rule=name,
                targets=tuple(delivery.targets),
                digest=f"daily at {digest.at:%H:%M}" if digest.every == "daily" else digest.every,
                quiet_hours=f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else None,
                timezone=rules.timezone,
            )
        )
    return RulesView(targets=targets, rules=tuple(deliveries))


def try_target(settings: Settings, target: str, file: Path | None = None) -> None:
    """Sends one test message to a target, past the outbox. Raises `TargetFailedError`."""
    sender = AppriseSender(rules_of(settings, file))
    sender.check(target)
    try:
        sender(Message(str(uuid4()), "test", target, "arb: test", TEST_BODY, ()))
    except DeliveryError as error:
        msg = f"{target} did not take it: {error}"
        raise TargetFailedError(msg) from None


def send(
    settings: Settings,
    engine: sa.Engine,
    rules: RuleFile,
    *,
    runs: Callable[[], Sequence[RunFact]] | None,
    is_about_opportunities: bool = True,
    opportunity: str = "",
    product: str = "",
    dry_run: bool = False,
    at: datetime | None = None,
) -> DispatchView:
    """Decides which alerts are due, then sends them; a dry run changes nothing.

    `runs`: ended runs, oldest first; None: nothing is decided about the pipeline itself. `opportunity`,
    `product`: only of these, and nothing about the pipeline. `at`: time of a dry run.
    """

    def clock() -> datetime:
        return at or datetime.now(UTC)

    with engine.connect() as connection:
        only = alert_dispatch.opportunities_named(connection, opportunity, product)
    conditions = None
    if runs is not None and rules.operations and only is None:
        conditions = alert_dispatch.conditions_of(engine, settings, rules, runs(), clock())
    done = alert_dispatch.run_round(
        engine,
        rules,
        conditions=conditions,
        is_about_opportunities=is_about_opportunities,
        only=only,
        dry_run=dry_run,
        clock=clock,
        stale_days=parameters(clock().date(), own_files(settings)).prices.stale_days,
    )
    return DispatchView(
        summary=done.summary,
        decided=sum(decision.added for decision in done.decided),
        messages=done.delivered.messages,
        alerts=done.delivered.alerts,
        would_send=tuple(
            MessageView(target=message.target, title=message.title, body=message.body)
            for message in done.would_send
        ),
        failures=tuple(done.delivered.failures),
    )


def listed(
    connection: sa.Connection, *, status: AlertStatus | None = None, limit: int = 50
) -> tuple[AlertView, ...]:
    """Alerts of the outbox, the newest first."""
    return tuple(
        AlertView.model_validate(row, from_attributes=True)
        for row in outbox.listed(connection, status=status, limit=limit)
    )
