"""Charts as pictures inside Markdown metadata, which the Dagster UI shows as they are."""

import base64
from io import BytesIO

import dagster as dg
import polars as pl


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
    picture = BytesIO()
    figure.savefig(picture, format="png")
    encoded = base64.b64encode(picture.getvalue()).decode("ascii")
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{encoded})")
