"""`arb sources`: sources with configuration and age of data."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from arb_pipeline.cli.options import CategoryOption, Json
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from arb_pipeline.services.sources import SourceView

HOURS_SHOWN = 48
"""Longer ages are shown in days."""


def sources(category: CategoryOption = None, json: Json = False) -> None:
    """Lists the sources: kind of data, missing settings, age of the newest package."""
    from rich.table import Table

    from arb_pipeline.cli import render
    from arb_pipeline.services import sources as service
    from arb_pipeline.settings import settings

    views = service.listed(settings(), now=datetime.now(UTC), category=category)
    if json:
        echo(render.to_json(list(views)))
        return
    table = Table(header_style="bold", row_styles=["", "dim"])
    for name in ("Source", "What", "Games", "State", "Landed", "Age"):
        table.add_column(name)
    for view in views:
        state = f"needs {', '.join(view.needs)}" if view.needs else "on"
        age = f"[yellow]{_age(view)}[/]" if view.is_stale else _age(view)
        landed = view.landed or "never"
        table.add_row(view.source, view.title, " ".join(view.categories), state, landed, age)
    render.console().print(table)


def _age(view: "SourceView") -> str:
    if view.age_hours is None:
        return ""
    hours = view.age_hours
    return f"{hours:.0f} h" if hours < HOURS_SHOWN else f"{hours / 24:.0f} days"
