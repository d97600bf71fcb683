"""`arb alerts`: the rule file, a test message, sending, and the outbox."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from arb_pipeline.cli.options import MOST_ROWS, Json
from arb_pipeline.cli.terminal import echo
from arb_pipeline.contracts.enums import AlertStatus

app = typer.Typer(
    help="Alerts: check rules, test a target, send, list the outbox.",
    no_args_is_help=True,
)
RuleFileArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="Rule file; that of ARB_ALERTS by default.")
]
RulesOption = Annotated[Path | None, typer.Option("--rules", help="Rule file in place of ARB_ALERTS.")]
OpportunityOption = Annotated[str, typer.Option(help="Only this opportunity, by its id.")]
ProductOption = Annotated[str, typer.Option(help="Only of this product: id, TCGplayer id or name.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent; change nothing.")]
At = Annotated[
    str | None,
    typer.Option(metavar="YYYY-MM-DDTHH:MM", help="With --dry-run: decide as of this time (UTC)."),
]
Status = Annotated[
    AlertStatus | None, typer.Option(help="Only pending, sent, dropped or seen (recorded, not sent).")
]


@app.command()
def check(file: RuleFileArgument = None) -> None:
    """Reads the rules, and builds every target without sending. Exit code 1: a rule or target is invalid."""
    from arb_pipeline.services import alerts
    from arb_pipeline.settings import settings

    rules = alerts.check(settings(), file)
    for target in rules.targets:
        echo(f"target {target.target}: {target.service}")
    for rule in rules.rules:
        silence = f", quiet {rule.quiet_hours}" if rule.quiet_hours else ""
        recipients = ", ".join(rule.targets)
        echo(f"{rule.rule}: to {recipients}, {rule.digest}{silence} ({rule.timezone})")


@app.command("test")
def try_target(
    target: Annotated[str, typer.Argument(help="Name of a target of the rule file.")],
    rules: RulesOption = None,
) -> None:
    """Sends one test message to a target, past the outbox. Exit code 1 when it was not taken."""
    from arb_pipeline.services import alerts
    from arb_pipeline.settings import settings

    alerts.try_target(settings(), target, rules)
    echo(f"{target} took it")


@app.command()
def send(
    rules: RulesOption = None,
    opportunity: OpportunityOption = "",
    product: ProductOption = "",
    dry_run: DryRun = False,
    at: At = None,
) -> None:
    """Decides which alerts are due, then sends them. Exit code 1 when a target did not take one.

    What a target does not take stays in the outbox and is tried again by the next call, after a pause.
    """
    from arb_pipeline.cli.database import migrated
    from arb_pipeline.runner import recent_runs
    from arb_pipeline.services import alerts
    from arb_pipeline.settings import settings

    instant = _instant(at, dry_run=dry_run)
    file = alerts.rules_of(settings(), rules)
    with migrated() as engine:
        done = alerts.send(
            settings(),
            engine,
            file,
            runs=lambda: recent_runs(settings()),
            opportunity=opportunity,
            product=product,
            dry_run=dry_run,
            at=instant,
        )
    for message in done.would_send:
        echo(f"to {message.target}: {message.title}\n{message.body}\n")
    echo(f"{len(done.would_send)} messages would be sent now" if dry_run else done.summary)
    if done.failures:
        raise typer.Exit(1)


@app.command("list")
def list_(
    status: Status = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="How many rows.")] = 50,
    json: Json = False,
) -> None:
    """Lists the outbox, newest first: alert, target and delivery state."""
    from rich.table import Table

    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import alerts

    with reading() as connection:
        rows = alerts.listed(connection, status=status, limit=limit)
    if json:
        echo(render.to_json(list(rows)))
        return
    table = Table(header_style="bold", row_styles=["", "dim"])
    for name in ("Decided (UTC)", "Rule", "Target", "Alert", "Status", "Due, sent or why not"):
        table.add_column(name, overflow="fold")
    for row in rows:
        moment = row.sent_at if row.sent_at and row.status is AlertStatus.SENT else row.due_at
        note = row.reason or row.last_error
        last = f"{moment:%Y-%m-%d %H:%M}{f' {note}' if note else ''}"
        cells = (f"{row.created_at:%Y-%m-%d %H:%M}", row.rule, row.target, row.title, row.status, last)
        table.add_row(*map(render.safe, cells))
    render.console().print(table)


def _instant(text: str | None, *, dry_run: bool) -> datetime | None:
    if text and not dry_run:
        msg = "Messages leave at their own time: --at is for --dry-run."
        raise typer.BadParameter(msg, param_hint="--at")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        msg = f"{text!r} is no time. Write it as 2025-10-10T20:30."
        raise typer.BadParameter(msg, param_hint="--at") from None
