"""A backtest in the terminal."""

from typing import TYPE_CHECKING

from rich.table import Table

from arb_pipeline.cli.render import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from arb_pipeline.core.backtest.calibration import Brier
    from arb_pipeline.core.backtest.coverage import Coverage
    from arb_pipeline.core.backtest.estimates import Estimate
    from arb_pipeline.services.backtest import BacktestView


def summarise(view: "BacktestView", console: "Console") -> None:
    """The main figures; the report has all of them."""
    scope = view.scope
    console.print(
        f"{view.rows:,} forecasts of {view.products:,} products, {scope.first} to {scope.last}, held "
        f"against the prices {scope.horizon} days later. Forecasts of one product are nearly one observation."
    )
    table = Table("Forecasts", header_style="bold")
    for column in ("Rows", "Products", "Margin, median", "Realised, median", "In profit later"):
        table.add_column(column, justify="right")
    for g in view.groups:
        margins = (percent(g.forecast_median / 100, 1), percent(g.realised_median / 100, 1))
        table.add_row(g.name, f"{g.rows:,}", f"{g.products:,}", *margins, percent(g.in_profit * 100, 1))
    console.print(table)
    console.print(_law(view))
    console.print(_coverage("p5 to p95, by what moves a value", view.coverage))
    console.print(_coverage("p5 to p95 of fixed contents, by day of forecast", view.coverage_by_day))
    for game, held in view.opened_held.items():
        console.print(f"Openings of random contents within p5 to p95, {game}: {percent(held * 100, 1)}")
    console.print(_chances("P(profit)", view.brier))
    console.print(_chances("P(profit) of fixed contents within 10 points of break-even", view.near))
    console.print(_choices(view))
    for text, rises in (("hold", view.held_rises), ("stay in profit", view.stayed_rises)):
        answer = {True: "yes", False: "no", None: "too few products to tell"}[rises]
        console.print(f"Does a higher confidence {text} more often? {answer}")


def _law(view: "BacktestView") -> str:
    """Law of movement behind the bands and chances."""
    scope = view.scope
    if not scope.walk_forward:
        return "Law of movement: the one in force, which may have seen these days."
    text = (
        f"Law of movement: estimated anew for each of {len(scope.walk_forward)} days, on what was known then."
    )
    if scope.in_force:
        text += (
            f" Bands and P(profit) leave out {len(scope.in_force)} days before which too little was known."
        )
    return text


def _coverage(title: str, rows: "Sequence[Coverage]") -> "Table":
    table = Table("Forecasts", title=title, title_justify="left", header_style="bold")
    for column in (
        "Rows",
        "Products",
        "Held",
        "Below",
        "Above",
        "Width",
        "Constant band",
        "its width",
        "Bias",
    ):
        table.add_column(column, justify="right")
    for row in rows:
        shares = (row.held, row.below, row.above, row.width, row.constant_held, row.constant_width)
        figures = [f"{100 * share:.1f}%" for share in shares]
        table.add_row(row.group, f"{row.rows:,}", f"{row.products:,}", *figures, f"{100 * row.bias:+.1f}%")
    return table


def _chances(title: str, scored: "Mapping[str, Brier]") -> "Table":
    table = Table("Forecasts", title=title, title_justify="left", header_style="bold")
    names = ("Rows", "Products", "Forecast", "Came true", "Brier", "Base rate", "0 or 1")
    for column in (*names, "Reliability", "Resolution", "Luck", "Skill"):
        table.add_column(column, justify="right")
    for name, b in scored.items():
        scores = (
            b.score.value,
            b.uncertainty,
            b.zero_or_one,
            b.reliability,
            b.resolution,
            b.luck,
        )
        shown = ["-" if score is None else f"{score:.3f}" for score in (*scores, b.skill.value)]
        shares = (f"{100 * b.forecast:.1f}%", f"{100 * b.base_rate:.1f}%")
        table.add_row(name, f"{b.rows:,}", f"{b.products:,}", *shares, *shown)
    return table


def _choices(view: "BacktestView") -> "Table":
    table = Table(
        "Rank", title="The ten best of a day, at later prices", title_justify="left", header_style="bold"
    )
    for column in ("Of", "Days", "Products", "Mean return", "In profit", "Worst day", "Beyond the new rank"):
        table.add_column(column, justify="right")
    for row in view.choices:
        shares = (f"{100 * row.in_profit:.0f}%", f"{100 * row.worst_day:+.1f}%")
        counts = (row.universe, str(row.days), f"{row.products:,}")
        returns = (_between(row.mean_return), *shares, _between(row.beyond_new))
        table.add_row(row.rule, *counts, *returns)
    return table


def _between(estimate: "Estimate") -> str:
    """Percent with its 95 % interval."""
    if estimate.value is None:
        return "-"
    text = f"{100 * estimate.value:+.1f}%"
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} ({100 * estimate.low:+.1f} to {100 * estimate.high:+.1f})"
