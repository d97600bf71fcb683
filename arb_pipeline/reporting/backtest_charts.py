"""Plots of a backtest, as inline SVG."""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from arb_pipeline.core.backtest.calibration import Bin
from arb_pipeline.core.backtest.findings import Published

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#4f7cac", "#c0392b")
SMALL = (3.9, 3.2)
"""Inches; three plots per row."""
WIDEST, LOWEST = 200.0, -100.0
"""Limits of the scatter plot in percent of margin; values beyond are drawn at the edge."""


def reliability(
    bins_by_group: Mapping[str, Sequence[Bin]], *, forecast: str, came: str, is_share: bool
) -> str:
    """Realised share per bin with its interval; '' without data. `is_share`: draws the diagonal."""
    shown = {name: bins for name, bins in bins_by_group.items() if bins}
    if not shown:
        return ""

    def draw(axes: "Axes") -> None:
        if is_share:
            axes.plot([0, 1], [0, 1], color="#999", linewidth=1, linestyle=":")
        for (name, bins), colour in zip(shown.items(), COLOURS, strict=False):
            low = [bin_.share - bin_.share_low for bin_ in bins]
            high = [bin_.share_high - bin_.share for bin_ in bins]
            x, y = [bin_.forecast for bin_ in bins], [bin_.share for bin_ in bins]
            # An interval starts at or above 0; float sums may be below it in the last digit.
            bars = [[max(v, 0.0) for v in side] for side in (low, high)]
            axes.errorbar(x, y, yerr=bars, fmt="o-", markersize=4, capsize=3, color=colour, label=name)
        axes.set(xlabel=forecast, ylabel=came, xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
        axes.legend(frameon=False)

    return _svg(draw, SMALL)


def margins(published: Sequence[Published]) -> str:
    """Forecast against realised margin of published products; '' without data."""
    if not published:
        return ""

    def draw(axes: "Axes") -> None:
        x = [_inside(point.margin) for point in published]
        y = [_inside(point.realised) for point in published]
        axes.plot([0, max(x)], [0, max(x)], color="#999", linewidth=1, linestyle=":")
        axes.axhline(0, color=COLOURS[1], linewidth=1)
        axes.scatter(x, y, s=16, color=COLOURS[0])
        axes.set(xlabel="forecast margin of published products, %", ylabel="realised margin, %")

    return _svg(draw, SMALL)


def pit(places_by_group: Mapping[str, Sequence[float]]) -> str:
    """Shares of forecasts per tenth of the forecast distribution, each 0.1 where right; '' of none."""
    if not places_by_group:
        return ""

    def draw(axes: "Axes") -> None:
        axes.axhline(0.1, color="#999", linewidth=1, linestyle=":")
        for (name, shares), colour in zip(places_by_group.items(), COLOURS, strict=False):
            axes.stairs(shares, [n / len(shares) for n in range(len(shares) + 1)], color=colour, label=name)
        axes.set(xlabel="forecast chance of at most what came", ylabel="share of forecasts", ylim=(0, None))
        axes.legend(frameon=False)

    return _svg(draw, (8, 2.4))


def moves(histograms: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Overlaid histograms of price moves; '' without data."""
    shown = {name: bars for name, bars in histograms.items() if bars}
    if not shown:
        return ""

    def draw(axes: "Axes") -> None:
        for (name, bars), colour in zip(shown.items(), COLOURS, strict=False):
            edges = [low for low, _ in bars]
            edges.append(2 * edges[-1] - edges[-2])
            axes.stairs([share for _, share in bars], edges, color=colour, label=name)
        axes.set(xlabel="ln(price later / price then)", ylabel="share of prices", yscale="log")
        axes.legend(frameon=False)

    return _svg(draw, (8, 2.8))


def _inside(margin_bps: float) -> float:
    return min(max(margin_bps / 100, LOWEST), WIDEST)


def _svg(draw: Callable[["Axes"], None], size: tuple[float, float]) -> str:
    """Deterministic SVG of a figure."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "backtest", "font.size": 8}):
        figure = Figure(figsize=size, layout="tight")
        draw(figure.subplots())
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    svg = out.getvalue()
    return svg[svg.index("<svg") :]
