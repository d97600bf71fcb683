"""`arb value` in the terminal."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from arb_pipeline.cli.outcome import Outcome, outcome_lines
from arb_pipeline.cli.render import RISK_STYLE, money, percent, safe
from arb_pipeline.core.chance import chance as probability
from arb_pipeline.core.valuation.confidence import MEANS as CONFIDENCE_MEANS

if TYPE_CHECKING:
    from arb_pipeline.services.price_list import PriceListRow, PriceListView
    from arb_pipeline.services.what_if import FiguresView, WhatIfView

FIGURES = {
    "Cost, landed": "cost",
    "Singles, gross": "gross",
    "Singles, net": "net",
    "Profit": "profit",
    "Margin": "margin_percentage",
    "Outcome, mean": "mean",
    "Outcome, sd": "sd",
    "p5": "p5",
    "p50": "p50",
    "p95": "p95",
    "P(profit)": "p_profit",
    "Sold at once, net": "quick_sale",
    "Cash today, net": "cash",
    "Resold unopened, net": "resale",
}
SHOWN_VALUED, SHOWN_REFUSED = 50, 40
"""Rows that the terminal lists; --output has all."""


def print_one(console: Console, valued: "WhatIfView", chance: float, channels: Sequence[str]) -> None:
    """One product: figures of one piece and of all, break-even prices, outcome, confidence, verdict."""
    figures = valued.all
    if figures is None:
        return
    pieces, where = valued.quantity, f", sold at {', '.join(channels)}" if channels else ""
    count = f"{pieces:,} pieces" if pieces > 1 else "1 piece"
    per_piece = f" ({money(valued.cost_per_piece)} each)" if pieces > 1 else ""
    console.print(
        f"[bold]{safe(valued.name)}[/] ({safe(valued.set_code)}), prices of {valued.as_of}"
        f"{safe(where)}: {count} for {money(figures.cost)}{per_piece}"
    )
    console.print(_figures(valued, figures, chance, count))
    source = f" at {valued.cheapest_source}" if valued.cheapest_source else ""
    console.print(
        f"  Net value per piece (mean break-even): {money(figures.net / pieces)}. "
        f"Market: cheapest offer {money(valued.cheapest_offer)}{source}, "
        f"market price {money(valued.market_price)}",
        highlight=False,
    )
    of = f"{pieces:,} opened, each by itself" if pieces > 1 else "one opened"
    for line in outcome_lines(Outcome.of_figures(figures), figures.outcome, of):
        console.print(line, highlight=False)
    console.print(_confidence(valued), highlight=False)
    if valued.is_suspect:
        console.print(
            f"[yellow]Check the offer:[/] far under the market price of {money(valued.market_price)}: "
            "mispriced, opened, or another thing?"
        )
    verdict = "[green]worth buying[/]" if valued.is_worth_buying else "[yellow]not worth buying[/]"
    console.print(f"By the thresholds of an opportunity {verdict}: {safe(valued.why)}", highlight=False)
    if valued.is_worth_closed:
        console.print("[green]Worth buying to resell unopened[/], by the same limits of profit and margin.")


def _confidence(valued: "WhatIfView") -> str:
    factors = {
        "price_stability": valued.price_stability,
        "volume_history": valued.volume_history,
        "margin_size": valued.margin_size,
        "seller_count": valued.seller_count_factor,
    }
    listed = ", ".join(f"{name} {factor:.2f}" for name, factor in factors.items())
    missing = f"; no data: {', '.join(valued.missing_factors)}" if valued.missing_factors else ""
    return (
        f"Confidence {valued.confidence_score:.2f} ({listed}{missing}), risk {valued.risk_level}, "
        f"competition {valued.competition_level}\n"
        f"  (confidence is {CONFIDENCE_MEANS})\n"
        f"Guards that fired: {', '.join(valued.flags) or 'none'}"
    )


def _figures(valued: "WhatIfView", figures: "FiguresView", chance: float, count: str) -> Table:
    one = valued.one if valued.quantity > 1 else None
    table = Table("", "One piece", *([count] if one else []), header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    columns = [one, figures] if one else [figures]
    for label, name in FIGURES.items():
        table.add_row(label, *(_figure(name, getattr(column, name)) for column in columns))
    for at, even in enumerate(figures.break_even):
        cells = [money(column.break_even[at].cost) for column in columns]
        if one:
            cells[1] += f" ({money(even.per_piece)} each)"
        chosen = " (--chance)" if even.chance == chance else ""
        table.add_row(f"Pay at most for P(profit) {even.chance:.0%}{chosen}", *cells)
    return table


def _figure(name: str, figure: Decimal | float | None) -> str:
    if figure is None:
        return "-"
    if name == "p_profit":
        return probability(float(figure), 1)
    return percent(figure) if name == "margin_percentage" else money(figure)


def print_list(console: Console, valued: "PriceListView") -> None:
    """A price list: valued rows, best first; the others with their reasons; a summary."""
    chance, summary = valued.chance, valued.summary
    table = Table(header_style="bold", row_styles=["", "dim"])
    right = ("Line", "Each", "Pieces", "Nets", "Profit", "Margin", "P(profit)", "Confidence")
    names = (*right[:1], "Product", *right[1:7], "50%", f"{chance:.0%}", "Confidence", "Risk", "Verdict")
    for name in names:
        table.add_column(
            name, justify="left" if name in ("Product", "Risk", "Verdict") else "right", overflow="fold"
        )
    best = sorted((row for row in valued.rows if row.is_valued), key=lambda row: row.order)
    for row in best[:SHOWN_VALUED]:
        table.add_row(*_row(row, chance))
    for sentence in valued.reading:
        console.print(f"  read as {safe(sentence)}", highlight=False, soft_wrap=True)
    if table.row_count:
        table.caption = (
            f"Nets, profit: all pieces. 50%, {chance:.0%}: the most to pay per piece for that P(profit)."
        )
        console.print(table)
    if len(best) > SHOWN_VALUED:
        console.print(f"  the best {SHOWN_VALUED} of {len(best):,} valued rows; --output lists all")
    refused = [row for row in valued.rows if not row.is_valued]
    for row in refused[:SHOWN_REFUSED]:
        named = " ".join(row.given.values())
        console.print(
            f"  line {row.line}: {safe(named)}: {safe(row.reason or '')}", highlight=False, soft_wrap=True
        )
    if len(refused) > SHOWN_REFUSED:
        console.print(f"  and {len(refused) - SHOWN_REFUSED:,} more; --output lists all")
    reasons = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in summary.refused.items())
    why = f": {reasons}" if reasons else ""
    console.print(
        f"{summary.rows:,} rows: {summary.valued:,} valued, {summary.worth_buying:,} worth buying "
        f"by the thresholds of an opportunity; {len(refused):,} not valued{why}",
        highlight=False,
        soft_wrap=True,
    )


def _row(row: "PriceListRow", chance: float) -> list[str]:
    valued = row.valuation.view() if row.valuation else None
    if valued is None or valued.all is None or valued.risk_level is None:
        return []
    figures, risk = valued.all, valued.risk_level
    verdict = "worth buying" if valued.is_worth_buying else "look twice" if valued.is_suspect else "no"
    return [
        str(row.line),
        safe(f"{valued.name} ({valued.set_code})"),
        money(valued.cost_per_piece),
        f"{figures.pieces:,}",
        money(figures.net),
        money(figures.profit),
        percent(figures.margin_percentage),
        probability(figures.p_profit, 1),
        money(figures.per_piece(0.5)),
        money(figures.per_piece(chance)),
        f"{valued.confidence_score:.2f}",
        f"[{RISK_STYLE[risk]}]{risk}[/]",
        verdict,
    ]
