"""Opportunities in the terminal: a sheet of one, purchases, and their results against the forecast."""

from typing import TYPE_CHECKING

from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from arb_pipeline.services.opportunities import OpportunityDetail, OpportunityView

IN_THE_MART = (
    "The mart shows it after its next publication: automatic where `arb up` runs, else `arb mart publish`."
)


def print_act(view: "OpportunityView", result: str, *, json: bool) -> None:
    """The result of a transition as a sentence, and how the mart gets it; or the view as JSON."""
    from arb_pipeline.cli import render

    if json:
        echo(render.to_json(view))
    else:
        echo(f"{view.label}: {result}\n{IN_THE_MART}")


def sheet(view: "OpportunityDetail") -> str:
    """Everything about one opportunity."""
    from arb_pipeline.cli.render import money, percent
    from arb_pipeline.core.chance import chance

    piece = f"landed {money(view.sealed_price)}, nets {money(view.singles_value)}"
    lines = [
        f"{view.label}: {view.status}, opened {view.opened_on}, last confirmed {view.as_of}",
        f"  id        {view.opportunity_id}",
        f"  a piece   {piece}, profit {money(view.profit)}, margin {percent(view.margin_percentage)}",
    ]
    if view.p_profit is not None:
        lines.append(
            f"  at sale   P(profit) {chance(view.p_profit)}, nets {money(view.p5)} (p5), "
            f"{money(view.p50)} (p50), {money(view.p95)} (p95)"
        )
    exits = (
        f"patient {money(view.singles_value)}, at once {money(view.quick_sale_value)}, "
        f"cash today {money(view.cash_value)}, resold unopened {money(view.resale_value)}"
    )
    lines.append(f"  exits     {exits}{', which nets most' if view.exit == 'resale' else ''}")
    if view.execution_quantity:
        lines += [f"  bought    {bought(view)}", f"  result    {outcome(view)}"]
    lines += [f"  {event.as_of} {event.event:<9} {event.why}" for event in view.events]
    return "\n".join(lines)


def bought(view: "OpportunityView") -> str:
    """The price paid, and the forecast of all pieces."""
    from arb_pipeline.cli.render import money

    spent = f"{money(view.execution_price)} = {money(view.spent)}"
    forecast = f"they net {money(view.forecast_value)}, profit {money(view.forecast_profit)}"
    low_to_high = _range(view)
    return (
        f"{view.execution_quantity} bought at {spent}; forecast: {forecast}"
        f"{f' ({low_to_high})' if low_to_high else ''}"
    )


def outcome(view: "OpportunityView") -> str:
    """The result, against the forecast."""
    from arb_pipeline.cli.render import money

    if view.realised_value is None:
        return "not recorded yet: `arb opportunity result`"
    side = {True: ", within p5 to p95", False: ", outside p5 to p95", None: ""}[view.within]
    return (
        f"netted {money(view.realised_value)}, profit {money(view.realised_profit)}: "
        f"{money(view.error)} against the forecast{side}"
    )


def purchases_table(rows: "Sequence[OpportunityView]") -> "Table":
    """A line per purchase."""
    from rich.table import Table
    from rich.text import Text

    from arb_pipeline.cli.render import money

    table = Table(title="Bought, all pieces together", title_justify="left", header_style="bold")
    for name in ("Product", "Bought", "Pieces", "Spent", "Forecast", "p5 to p95", "Realised", "Difference"):
        table.add_column(name, justify="left" if name in ("Product", "Bought") else "right")
    for row in rows:
        table.add_row(
            Text(row.label),
            "-" if row.executed_at is None else f"{row.executed_at:%Y-%m-%d}",
            f"{row.execution_quantity:,}",
            money(row.spent),
            money(row.forecast_profit),
            _range(row) or "-",
            money(row.realised_profit),
            money(row.error),
        )
    return table


def _range(view: "OpportunityView") -> str:
    """`low to high` of the forecast profit; '' where it is not known."""
    from arb_pipeline.cli.render import money

    if view.forecast_low is None:
        return ""
    return f"{money(view.forecast_low)} to {money(view.forecast_high)}"
