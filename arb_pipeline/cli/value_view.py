"""What `arb value` shows in the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from arb_pipeline.cli.outcome import outcome_lines
from arb_pipeline.cli.render import RISK_STYLE, money, percent

if TYPE_CHECKING:
    from arb_pipeline.services.price_list import ListResult
    from arb_pipeline.services.what_if import Valued

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
}
SHOWN_REFUSED = 40


def print_one(console: Console, valued: "Valued", chance: float, channels: Sequence[str]) -> None:
    """One product: figures of one piece and of all, break-even prices, the outcome, what to know."""
    told = valued.as_dict()
    pieces, where = told["quantity"], f", sold at {', '.join(channels)}" if channels else ""
    count = f"{pieces:,} pieces" if pieces > 1 else "1 piece"
    cost = f"{count} for {money(told['all']['cost'])}"
    each = f" ({money(told['one']['cost'])} each)" if pieces > 1 else ""
    console.print(
        f"[bold]{escape(told['name'])}[/] ({escape(told['set_code'])}), prices of {told['as_of']}"
        f"{escape(where)}: {cost}{each}"
    )
    console.print(_figures(told, chance, count))
    console.print(
        f"  Net value per piece (mean break-even): {money(told['all']['net'] / pieces)}. "
        f"Market: cheapest offer {_offer(told)}, market price {money(told['market_price'])}",
        highlight=False,
    )
    figures = told["all"]
    drawn = {f"outcome_{name}": figures[name] for name in ("mean", "sd")}
    drawn |= {name: figures[name] for name in ("p5", "p50", "p95", "p_profit")}
    of = f"{pieces:,} opened, each by itself" if pieces > 1 else "one opened"
    for line in outcome_lines(drawn | {"sealed_price": figures["cost"]}, figures["outcome"], of):
        console.print(line, highlight=False)
    factors = ("price_stability", "volume_history", "margin_size")
    said = [f"{name} {told[name]:.2f}" for name in factors] + [
        f"seller_count {told['seller_count_factor']:.2f}"
    ]
    missing = f"; no data: {', '.join(told['missing_factors'])}" if told["missing_factors"] else ""
    console.print(
        f"Confidence {told['confidence_score']:.2f} ({', '.join(said)}{missing}), risk {told['risk_level']}, "
        f"competition {told['competition_level']}\n"
        f"Guards that fired: {', '.join(told['flags']) or 'none'}",
        highlight=False,
    )
    if told["is_suspect"]:
        console.print(
            f"[yellow]Look twice:[/] far under the market price of {money(told['market_price'])}: "
            "mispriced, opened, or another thing?"
        )
    verdict = "[green]worth buying[/]" if told["is_worth_buying"] else "[yellow]not worth buying[/]"
    console.print(f"By the thresholds of an opportunity {verdict}: {escape(told['why'])}", highlight=False)


def _offer(told: dict[str, Any]) -> str:
    source = f" at {told['cheapest_source']}" if told["cheapest_source"] else ""
    return f"{money(told['cheapest_offer'])}{source}"


def _figures(told: dict[str, Any], chance: float, count: str) -> Table:
    several = told["quantity"] > 1
    table = Table("", "One piece", *([count] if several else []), header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    columns = [told["one"], told["all"]] if several else [told["all"]]
    for label, name in FIGURES.items():
        table.add_row(label, *(_shown(name, figures[name]) for figures in columns))
    for at, each in enumerate(told["all"]["break_even"]):
        cells = [money(figures["break_even"][at]["cost"]) for figures in columns]
        if several:
            cells[1] += f" ({money(each['per_piece'])} each)"
        asked = " (--chance)" if each["chance"] == chance else ""
        table.add_row(f"Pay at most for P(profit) {each['chance']:.0%}{asked}", *cells)
    return table


def _shown(name: str, value: float) -> str:
    if name == "p_profit":
        return percent(value * 100, 1)
    return percent(value) if name == "margin_percentage" else money(value)


def print_list(
    console: Console, results: "Sequence[ListResult]", told: dict[str, Any], chance: float
) -> None:
    """A price list: what was valued, best first; what was not, with its reason; a summary."""
    table = Table(header_style="bold", row_styles=["", "dim"])
    right = ("Line", "Each", "Pieces", "Nets", "Profit", "Margin", "P(profit)", "Confidence")
    names = (*right[:1], "Product", *right[1:7], "50%", f"{chance:.0%}", "Confidence", "Risk", "Verdict")
    for name in names:
        table.add_column(
            name, justify="left" if name in ("Product", "Risk", "Verdict") else "right", overflow="fold"
        )
    for result in sorted((r for r in results if r.is_valued), key=lambda r: r.order):
        table.add_row(*_row(result, chance))
    if table.row_count:
        table.caption = (
            f"Nets, profit: all pieces. 50%, {chance:.0%}: the most to pay per piece for that P(profit)."
        )
        console.print(table)
    refused = [result for result in results if not result.is_valued]
    for result in refused[:SHOWN_REFUSED]:
        named = " ".join(result.row.given.values())
        console.print(
            f"  line {result.row.line}: {escape(named)}: {escape(result.reason)}",
            highlight=False,
            soft_wrap=True,
        )
    if len(refused) > SHOWN_REFUSED:
        console.print(f"  and {len(refused) - SHOWN_REFUSED:,} more; --output tells all")
    reasons = ", ".join(f"{count:,} {slug.replace('_', ' ')}" for slug, count in told["refused"].items())
    why = f": {reasons}" if reasons else ""
    console.print(
        f"{told['rows']:,} rows: {told['valued']:,} valued, {told['worth_buying']:,} worth buying "
        f"by the thresholds of an opportunity; {len(refused):,} not valued{why}",
        highlight=False,
        soft_wrap=True,
    )


def _row(result: "ListResult", chance: float) -> list[str]:
    valued = result.valued
    answer = valued.answer if valued else None
    if valued is None or answer is None or answer.all is None:
        return []
    figures, row = answer.all, answer.valuation
    even, chosen = figures.per_piece(0.5), figures.per_piece(chance)
    verdict = "worth buying" if answer.is_worth_buying else "look twice" if answer.is_suspect else "no"
    risk = row["risk_level"]
    return [
        str(result.row.line),
        escape(f"{valued.product['name']} ({valued.product['set_code']})"),
        money(valued.asked.piece_cents / 100),
        f"{figures.pieces:,}",
        money(figures.net_cents / 100),
        money(figures.profit_cents / 100),
        percent(figures.margin_bps / 100),
        percent(figures.p_profit * 100, 1),
        money(None if even is None else even / 100),
        money(None if chosen is None else chosen / 100),
        f"{row['confidence_score']:.2f}",
        f"[{RISK_STYLE[risk]}]{risk}[/]",
        verdict,
    ]
