"""Report of an analysis: one self-contained HTML file per day and run."""

from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import sqlalchemy as sa

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.core.alerting.templates import money
from arb_pipeline.core.chance import chance
from arb_pipeline.core.valuation.confidence import MEANS as CONFIDENCE_MEANS
from arb_pipeline.reporting.charts import histogram
from arb_pipeline.reporting.reading import Findings, findings
from arb_pipeline.settings import Settings
from arb_pipeline.storage.files import written_whole


class ReportError(NotFoundError, LookupError):
    """There is no analysis to report on; the message states the next step."""


def report_path(settings: Settings, day: date, run: str) -> Path:
    """Path of the report of a day and run."""
    return settings.reports / day.isoformat() / f"{run}.html"


def newest_report(settings: Settings, day: date) -> Path | None:
    """Newest report of a day; None where there is none."""
    reports = (settings.reports / day.isoformat()).glob("*.html")
    return max(reports, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def write_report(
    connection: sa.Connection, settings: Settings, day: date, *, run: str, now: datetime | None = None
) -> Path:
    """Writes the report of a day's analysis. Raises `ReportError` for a day without one."""
    figures = findings(connection, settings, day, now or datetime.now(UTC))
    if not figures.valued:
        msg = f"Nothing is valued for {day}. `arb doctor` tells which days there are."
        raise ReportError(msg)
    path = report_path(settings, day, run)
    with written_whole(path) as aside:
        aside.write_text(render(figures, run), "utf-8")
    return path


def render(figures: Findings, run: str) -> str:
    """HTML of the page. All external text is escaped."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "dollars": lambda value: money(None if value is None else round(value * 100)),
        "cents": money,
        "percent": _percent,
        "chance": lambda p: chance(None if p is None else float(p)),
        "score": lambda value: "-" if value is None else f"{value:.2f}",
        "words": lambda flag: str(flag).replace("_", " "),
    }
    template = files("arb_pipeline.reporting").joinpath("page.html.j2").read_text("utf-8")
    chart = histogram(figures.margins, figures.day.isoformat())
    return environment.from_string(template).render(
        analysis=figures, run=run, chart=chart, confidence_means=CONFIDENCE_MEANS
    )


def _percent(value: Any, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f} %"
