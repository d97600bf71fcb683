"""Expiry of opportunities that no analysis confirmed in time."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl
from pydantic import Field, field_validator

from arb_pipeline.defs.shared.preview import markdown
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.services import opportunities


class Cleanup(dg.Config):
    """Time and product of the expiry."""

    now: str = Field(default="", description="Time to use instead of the clock: 2025-10-12T06:00:00Z.")
    grace_hours: float = Field(
        default=6,
        ge=0,
        description="Tolerance after expires_at: a late analysis still confirms the opportunity.",
    )
    product_id: str = Field(default="", description="Only this sealed product's; empty: all.")

    @field_validator("now")
    @classmethod
    def _is_an_instant(cls, now: str) -> str:
        if now and datetime.fromisoformat(now).tzinfo is None:
            msg = f"{now} names no zone. Write it as 2025-10-12T06:00:00Z."
            raise ValueError(msg)
        return now


@dg.op(description="Expires active opportunities past their expires_at, each with an event that says why.")
def expire_unconfirmed(context: dg.OpExecutionContext, config: Cleanup, workspace: Workspace) -> None:
    """Expires overdue opportunities. Idempotent; serialised with a concurrent analysis."""
    at = datetime.fromisoformat(config.now) if config.now else datetime.now(UTC)
    now = at - timedelta(hours=config.grace_hours)
    with workspace.engine.begin() as connection:
        expired = opportunities.cleanup(connection, now=now, product_id=config.product_id or None)
    context.log.info(f"{len(expired)} opportunities ran out before {now:%Y-%m-%d %H:%M} UTC")
    shown = pl.DataFrame([{"name": view.name, "as_of": view.as_of} for view in expired])
    context.add_output_metadata({"expired": len(expired), "preview": dg.MetadataValue.md(markdown(shown))})


@dg.job(
    description=(
        "Expires opportunities that no analysis confirmed in time. Run it after the day's analysis is due:"
        " one that comes later opens a new opportunity instead of confirming the old."
    )
)
def cleanup_expired_opportunities() -> None:
    """Job of one step."""
    expire_unconfirmed()
