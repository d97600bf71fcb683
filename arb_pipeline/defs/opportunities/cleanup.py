"""Opportunities that no analysis confirmed in time."""

from datetime import UTC, datetime, timedelta

import dagster as dg
from pydantic import Field, field_validator

from arb_pipeline.defs.shared.preview import markdown
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.storage.postgres.opportunities import expire_overdue


class Cleanup(dg.Config):
    """When, and of what."""

    now: str = Field(default="", description="Instead of the clock: 2025-10-12T06:00:00Z.")
    grace_hours: float = Field(
        default=6, ge=0, description="Beyond its time: an analysis that comes late still confirms it."
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
    """Run again, it finds nothing. An analysis at the same time comes before or after it."""
    at = datetime.fromisoformat(config.now) if config.now else datetime.now(UTC)
    now = at - timedelta(hours=config.grace_hours)
    with workspace.engine.begin() as connection:
        expired = expire_overdue(connection, now=now, product_id=config.product_id or None)
    context.log.info(f"{expired.height} opportunities ran out before {now:%Y-%m-%d %H:%M} UTC")
    context.add_output_metadata(
        {"expired": expired.height, "preview": dg.MetadataValue.md(markdown(expired.drop("opportunity_id")))}
    )


@dg.job(
    description=(
        "Expires opportunities that no analysis confirmed in time. Run it after the day's analysis is due:"
        " one that comes later opens a new opportunity instead of confirming the old."
    )
)
def cleanup_expired_opportunities() -> None:
    """One step."""
    expire_unconfirmed()
