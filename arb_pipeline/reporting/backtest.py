"""Report of a backtest: one self-contained HTML file."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from arb_pipeline.core.alerting.templates import money
from arb_pipeline.core.backtest.estimates import Estimate
from arb_pipeline.core.backtest.findings import Findings
from arb_pipeline.reporting import backtest_charts as charts
from arb_pipeline.settings import Settings
from arb_pipeline.storage.files import written_whole

WHOLE = ("fixed contents", "random contents")
"""Groups of coverage that are of all games and thirds."""


def backtest_path(settings: Settings, result: Findings) -> Path:
    """Default path of a backtest's report."""
    scope = result.scope
    return settings.reports / f"backtest-{scope.first}-{scope.last}-h{scope.horizon}.html"


def write_backtest(path: Path, result: Findings) -> Path:
    """Writes the page."""
    with written_whole(path) as aside:
        aside.write_text(render(result), "utf-8")
    return path


def render(result: Findings) -> str:
    """HTML of the page. All external text is escaped; the plots are matplotlib's SVG."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "bps": lambda value: _number(value, 1 / 100, "{:+.1f} %"),
        "share": lambda value: _number(value, 100, "{:.1f} %"),
        "score": lambda value: _number(value, 1, "{:.3f}"),
        "signed": lambda value: _number(value, 1, "{:+.3f}"),
        "between": _between,
        "dollars": money,
        "words": lambda text: str(text).replace("_", " "),
    }
    template = files("arb_pipeline.reporting").joinpath("backtest.html.j2").read_text("utf-8")
    confidence = {
        "the value stays close": result.confidence_held,
        "a forecast profit stays one": result.confidence_stayed,
    }
    plots = {
        "reliability": charts.reliability(
            result.reliability, forecast="P(profit) forecast", came="share that netted more", is_share=True
        ),
        "confidence": charts.reliability(
            confidence, forecast="confidence", came="share that came true", is_share=False
        ),
        "margins": charts.margins(result.published),
        "moves": charts.moves(result.moves),
        "pit": charts.pit({group.group: group.pit for group in result.coverage if group.group in WHOLE}),
    }
    return environment.from_string(template).render(findings=result, scope=result.scope, plots=plots)


def _number(value: float | None, factor: float, shape: str) -> str:
    return "-" if value is None else shape.format(value * factor)


def _between(estimate: Estimate, shape: str = "{:+.3f}", factor: float = 1.0) -> Any:
    """A figure with its interval."""
    text = _number(estimate.value, factor, shape)
    if estimate.low is None:
        return text
    return f"{text} ({_number(estimate.low, factor, shape)} to {_number(estimate.high, factor, shape)})"
