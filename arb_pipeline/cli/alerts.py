"""`arb alerts`: the rule file, a test message, sending, and what is in the outbox."""

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import Json

if TYPE_CHECKING:
    from arb_pipeline.core.alerting.rules import RuleFile

app = typer.Typer(
    help="Who is told of what: check the rules, try a target, send, look at the outbox.",
    no_args_is_help=True,
)
RuleFileArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="Rule file; that of ARB_ALERTS by default.")
]
RulesOption = Annotated[Path | None, typer.Option("--rules", help="Rule file in place of ARB_ALERTS.")]


@app.command()
def check(file: RuleFileArgument = None) -> None:
    """Reads the rules, and builds every target without sending. Exit code 1 says what is wrong, and where."""
    from arb_pipeline.notifications.apprise_sender import AppriseSender

    rules = _rules(file)
    sender = AppriseSender(rules)
    for name in rules.targets:
        typer.echo(f"target {name}: {sender.check(name)}")
    for name, delivery in rules.deliveries.items():
        digest = delivery.digest
        when = f"daily at {digest.at:%H:%M}" if digest.every == "daily" else digest.every
        quiet = delivery.quiet_hours
        silence = f", quiet {quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else ""
        typer.echo(f"{name}: to {', '.join(delivery.targets)}, {when}{silence} ({rules.timezone})")


@app.command("test")
def try_target(
    target: Annotated[str, typer.Argument(help="Name of a target of the rule file.")],
    rules: RulesOption = None,
) -> None:
    """Sends one test message to a target, past the outbox. Exit code 1 when it was not taken."""
    from uuid import uuid4

    from arb_pipeline.notifications.apprise_sender import AppriseSender
    from arb_pipeline.notifications.outbox_delivery import DeliveryError, Message

    sender = AppriseSender(_rules(rules))
    sender.check(target)
    body = "This is a test of arb's alerts. Nothing has to be bought."
    try:
        sender(Message(str(uuid4()), "test", target, "arb: test", body, ()))
    except DeliveryError as error:
        typer.echo(f"arb: {target} did not take it: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{target} took it")


@app.command()
def send(
    rules: RulesOption = None,
    opportunity: Annotated[str, typer.Option(help="Only this opportunity, by its id.")] = "",
    product: Annotated[str, typer.Option(help="Only of this product: id, TCGplayer id or name.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; change nothing.")
    ] = False,
    at: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM-DDTHH:MM", help="With --dry-run: decide as of this time (UTC)."),
    ] = None,
) -> None:
    """Decides what is worth telling, then sends what is due. Exit code 1 when a target did not take it.

    What a target does not take stays in the outbox and is tried again by the next call, after a pause.
    """
    from datetime import UTC, datetime

    from arb_pipeline.cli.database import migrated
    from arb_pipeline.notifications import alert_dispatch
    from arb_pipeline.runner import recent_runs
    from arb_pipeline.settings import settings

    file = _rules(rules)
    if at and not dry_run:
        msg = "Messages leave at their own time: --at is for --dry-run."
        raise typer.BadParameter(msg, param_hint="--at")
    try:
        then = datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None
    except ValueError:
        msg = f"{at!r} is no time. Write it as 2025-10-10T20:30."
        raise typer.BadParameter(msg, param_hint="--at") from None
    clock = (lambda: then) if then else alert_dispatch.now
    with migrated() as engine:
        with engine.connect() as connection:
            only = alert_dispatch.opportunities_named(connection, opportunity, product)
        conditions = None
        if file.operations and only is None:
            runs = recent_runs(settings())
            conditions = alert_dispatch.conditions_of(engine, settings(), file, runs, clock())
        done = alert_dispatch.run_round(
            engine, file, conditions=conditions, only=only, dry_run=dry_run, clock=clock
        )
    for message in done.would_send:
        typer.echo(f"to {message.target}: {message.title}\n{message.body}\n")
    typer.echo(done.said if not dry_run else f"{len(done.would_send)} messages would be sent now")
    if done.delivered.failures:
        raise typer.Exit(1)


@app.command("list")
def list_(
    status: Annotated[
        str | None, typer.Option(help="Only pending, sent, dropped or seen (noted, not told).")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 50,
    json: Json = False,
) -> None:
    """Lists the outbox, the newest first: what was decided, for whom, and whether it has left."""
    from rich.table import Table

    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.storage.postgres.outbox import listed

    if status and status not in ("pending", "sent", "dropped", "seen"):
        msg = f"{status!r} is no status. Allowed: pending, sent, dropped, seen."
        raise typer.BadParameter(msg, param_hint="--status")
    with reading() as connection:
        rows = listed(connection, status=status, limit=limit)
    if json:
        typer.echo(jsonlib.dumps(rows, indent=1, default=render.plain))
        return
    table = Table(header_style="bold", row_styles=["", "dim"])
    for name in ("Decided (UTC)", "Rule", "Target", "Alert", "Status", "Due, sent or why not"):
        table.add_column(name, overflow="fold")
    for row in rows:
        moment = row["sent_at"] if row["status"] == "sent" else row["due_at"]
        note = row["reason"] or row["last_error"]
        told = f"{moment:%Y-%m-%d %H:%M}{f' {note}' if note else ''}"
        decided = f"{row['created_at']:%Y-%m-%d %H:%M}"
        said = (decided, row["rule"], row["target"], row["title"], row["status"], told)
        table.add_row(*map(render.safe, said))
    render.console().print(table)


def _rules(file: Path | None) -> "RuleFile":
    from arb_pipeline.notifications.alert_dispatch import rules_of
    from arb_pipeline.settings import settings

    rules = rules_of(settings(), file or "")
    if rules is None:
        typer.echo("arb: no rules. Set ARB_ALERTS, or name a file (docs/alerts.md has an example).", err=True)
        raise typer.Exit(1)
    return rules
