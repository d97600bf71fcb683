"""`arb sources`: what each source is, whether it is configured, and how old what it gave is."""

import json as jsonlib
from datetime import UTC, datetime
from typing import Any

import typer

from arb_pipeline.cli.options import CategoryOption, Json
from arb_pipeline.contracts.sources import SOURCES, Source

STALE_HOURS = 48
"""A source that tells of a new day each day is stale after a day without one."""


def sources(category: CategoryOption = None, json: Json = False) -> None:
    """Lists the sources: what they hold, what they still need, and the age of what landed last."""
    from rich.table import Table

    from arb_pipeline.cli import render

    wanted = [s for s in SOURCES.values() if category is None or category.value in s.categories]
    rows = [_row(source) for source in wanted]
    if json:
        typer.echo(jsonlib.dumps(rows, indent=1))
        return
    table = Table(header_style="bold", row_styles=["", "dim"])
    for name in ("Source", "What", "Games", "State", "Landed", "Checked"):
        table.add_column(name)
    for row in rows:
        hours = row["age_hours"]
        unit = f"{hours or 0:.0f} h" if (hours or 0) < STALE_HOURS else f"{(hours or 0) / 24:.0f} days"
        age = "" if hours is None else f"{unit} ago"
        colour = "yellow" if hours is not None and hours >= STALE_HOURS else ""
        state = "on" if not row["needs"] else f"needs {', '.join(row['needs'])}"
        table.add_row(
            row["source"],
            row["title"],
            " ".join(row["categories"]),
            state,
            row["landed"] or "never",
            f"[{colour}]{age}[/]" if colour else age,
        )
    render.console().print(table)


def _row(source: Source) -> dict[str, Any]:
    from arb_pipeline.settings import settings, source_access
    from arb_pipeline.storage.landing import Landing, NotLandedError
    from arb_pipeline.storage.source_ages import checked_at

    access = source_access(source.name)
    checked = checked_at(settings(), source.name)
    try:
        package = Landing(settings().landing).latest(source.name)
        landed = package.part
        checked = checked or datetime.fromisoformat(str(package.manifest["landed_at"]))
    except NotLandedError:
        landed = None
    age = (datetime.now(UTC) - checked).total_seconds() / 3600 if checked and landed else None
    return {
        "source": source.name,
        "title": source.title,
        "holds": source.holds,
        "categories": list(source.categories),
        "url": access.url,
        "needs": list(access.missing),
        "landed": landed,
        "age_hours": None if age is None else round(age, 1),
    }
