"""Plots of a report, as inline SVG."""

from collections.abc import Sequence
from io import StringIO

LOW, HIGH, BINS = -100.0, 100.0, 40


def histogram(margins: Sequence[float], salt: str) -> str:
    """Margins in percent, those beyond -100 and 100 in the end bins; '' without data. Deterministic."""
    if not margins:
        return ""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": salt, "font.size": 8}):
        figure = Figure(figsize=(8, 2.6), layout="tight")
        axes = figure.subplots()
        clipped = [min(max(margin, LOW), HIGH) for margin in margins]
        axes.hist(clipped, bins=BINS, range=(LOW, HIGH), color="#4f7cac")
        axes.axvline(0, color="#c0392b", linewidth=1)
        axes.set(xlabel="margin, %", ylabel="products", yscale="log")
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    return svg[svg.index("<svg") :]
