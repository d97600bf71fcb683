"""Charts as pictures inside Markdown metadata, which the Dagster UI shows as they are."""

import base64
from io import BytesIO
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from arb_pipeline.core.chance import chance
from arb_pipeline.core.outcome.distribution import Outcome
from arb_pipeline.core.outcome.predictive import Predictive

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BARS = 60


def histogram(
    values: pl.Series, *, title: str, label: str, low: float, high: float, mark: float
) -> dg.MarkdownMetadataValue:
    """A histogram of the values within [low, high]; what lies outside is counted in the end bins."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), dpi=80, layout="tight")
    axes = figure.subplots()
    axes.hist(values.drop_nulls().clip(low, high).to_numpy(), bins=60, range=(low, high), color="#4f7cac")
    axes.axvline(mark, color="#c0392b", linewidth=1)
    axes.set(title=title, xlabel=label, ylabel="products", yscale="log" if values.count() else "linear")
    return _picture(figure, title)


def outcome_chart(
    outcome: Outcome | Predictive, *, title: str, price: int | None
) -> dg.MarkdownMetadataValue:
    """Chart of an opened product's net value in dollars: chances, p5, p50, p95, and its price (cents)."""
    from matplotlib.figure import Figure

    bars = outcome.bars(BARS)
    figure = Figure(figsize=(7, 3), dpi=80, layout="tight")
    axes = figure.subplots()
    width = max((bars[0][1] - bars[0][0]) / 100, 0.01)
    axes.bar([low / 100 for low, _, _ in bars], [p for _, _, p in bars], width, align="edge", color="#4f7cac")
    for share in (0.05, 0.5, 0.95):
        axes.axvline(outcome.quantile(share) / 100, color="#7f8c8d", linewidth=1, linestyle=":")
    if price is not None:
        label = f"price, P(profit) {chance(outcome.p_above(price))}"
        axes.axvline(price / 100, color="#c0392b", linewidth=1, label=label)
        axes.legend()
    axes.set(
        title=title, xlabel="net value at the sale of one opened, $ (dotted: p5, p50, p95)", ylabel="chance"
    )
    return _picture(figure, f"Outcome of {title}")


def _picture(figure: "Figure", title: str) -> dg.MarkdownMetadataValue:
    picture = BytesIO()
    figure.savefig(picture, format="png")
    encoded = base64.b64encode(picture.getvalue()).decode("ascii")
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{encoded})")
