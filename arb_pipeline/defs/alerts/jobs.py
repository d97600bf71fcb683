"""Alert jobs for opportunities and for the pipeline itself. Both decide, then send due messages."""

from pathlib import Path

import dagster as dg
from pydantic import Field

from arb_pipeline.core.alerting.rules import RuleFile
from arb_pipeline.defs.shared.run_records import run_facts
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.notifications.alert_rules import AlertRuleError
from arb_pipeline.services import alerts
from arb_pipeline.settings import settings

NO_RULES = "No rules: set ARB_ALERTS to a rule file (docs/alerts.md)."


class Alerts(dg.Config):
    """Configuration shared by the alert jobs."""

    rules: str = Field(default="", description="Rule file in place of ARB_ALERTS.")
    dry_run: bool = Field(default=False, description="Log what would be sent; change and send nothing.")


class OpportunityAlerts(Alerts):
    """Configuration of opportunity alerts."""

    opportunity: str = Field(default="", description="Only this opportunity, by its id.")
    product: str = Field(
        default="", description="Only of this product: product id, TCGplayer id, or part of its name."
    )


@dg.op(
    description="Decides on new, better, worse and gone opportunities per target, then sends due messages."
)
def tell_opportunities(
    context: dg.OpExecutionContext, config: OpportunityAlerts, workspace: Workspace
) -> None:
    """Sends opportunity alerts. Messages to a failing endpoint wait; an invalid rule file fails the run."""
    file = _rules(context, config)
    if file is None:
        return
    try:
        done = alerts.send(
            settings(),
            workspace.engine,
            file,
            runs=None,
            opportunity=config.opportunity,
            product=config.product,
            dry_run=config.dry_run,
        )
    except AlertRuleError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
    _report(context, done)


@dg.op(description="Checks runs, sources and quarantine, records changes of state, and sends due messages.")
def tell_operations(context: dg.OpExecutionContext, config: Alerts, workspace: Workspace) -> None:
    """Sends alerts about the pipeline itself, with the same handling of failures."""
    file = _rules(context, config)
    if file is None:
        return
    done = alerts.send(
        settings(),
        workspace.engine,
        file,
        runs=lambda: run_facts(context.instance),
        is_about_opportunities=False,
        dry_run=config.dry_run,
    )
    _report(context, done)


@dg.job(description="Sends alerts of new, changed and closed opportunities, once each. Run it often.")
def send_opportunity_alert() -> None:
    """Job of one step."""
    tell_opportunities()


@dg.job(description="Sends alerts of failed runs, stale sources and a full quarantine, and of their end.")
def send_operations_alert() -> None:
    """Job of one step."""
    tell_operations()


def _rules(context: dg.OpExecutionContext, config: Alerts) -> RuleFile | None:
    if not (config.rules or settings().alerts):
        context.log.info(NO_RULES)
        return None
    try:
        return alerts.rules_of(settings(), Path(config.rules) if config.rules else None)
    except AlertRuleError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None


def _report(context: dg.OpExecutionContext, done: alerts.DispatchView) -> None:
    if done.failures:
        context.log.warning(f"{done.summary}. They stay in the outbox and are tried again.")
    else:
        context.log.info(done.summary)
    for message in done.would_send:
        context.log.info(f"would send to {message.target}: {message.title}")
    context.add_output_metadata(
        {
            "decided": done.decided,
            "messages": done.messages,
            "alerts": done.alerts,
            "failed": len(done.failures),
        }
    )
