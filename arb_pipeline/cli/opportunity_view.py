"""Opportunities as text: a sheet of one, what was bought, and how it compares with the forecast."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

Row = Mapping[str, Any]
"""An opportunity as the store gives it: money in cents."""


IN_THE_MART = "The mart shows it once published anew: by itself where `arb up` runs, else `arb mart publish`."


def echo(text: str) -> None:
    """Prints, without what a terminal would obey: names come from outside."""
    typer.echo("".join(letter for letter in text if letter.isprintable() or letter == "\n"))


def tell(row: Row, said: str, *, json: bool) -> None:
    """The outcome of an act: as a sentence after the name, with how the mart gets it; or the row as JSON."""
    if json:
        print_json(in_dollars(row))
    else:
        echo(f"{named(row)}: {said}\n{IN_THE_MART}")


def print_json(value: Any) -> None:
    """For scripts."""
    from arb_pipeline.cli import render

    typer.echo(json.dumps(value, default=render.plain, ensure_ascii=False, indent=1))


def in_dollars(row: Row) -> dict[str, Any]:
    """Cents and basis points as the dollars and percent of the tables."""
    shown = {}
    for name, value in row.items():
        hundredths = name.endswith("_cents") or name == "margin_bps"
        key = name.removesuffix("_cents").replace("margin_bps", "margin_percentage")
        shown[key] = value / 100 if hundredths and value is not None else value
    return shown


def named(row: Row) -> str:
    """Name and set."""
    return f"{row['name']} ({row['set_code']})" if row["set_code"] else str(row["name"])


def sheet(row: Row, events: Sequence[Row]) -> str:
    """Everything about one opportunity."""
    from arb_pipeline.cli.render import percent

    piece = f"landed {_money(row, 'sealed_price')}, nets {_money(row, 'singles_value')}"
    lines = [
        f"{named(row)}: {row['status']}, opened {row['opened_on']}, last confirmed {row['as_of']}",
        f"  id        {row['opportunity_id']}",
        f"  a piece   {piece}, profit {_money(row, 'profit')}, margin {percent(row['margin_bps'] / 100)}",
    ]
    if row["p_profit"] is not None:
        lines.append(
            f"  opened    P(profit) {percent(row['p_profit'] * 100, 0)}, nets {_money(row, 'p5')} (p5), "
            f"{_money(row, 'p50')} (p50), {_money(row, 'p95')} (p95)"
        )
    if row["status"] == "executed":
        lines += [f"  bought    {bought(row)}", f"  result    {outcome(row)}"]
    lines += [f"  {e['as_of']} {e['event']:<9} {e['details'].get('why') or ''}" for e in events]
    return "\n".join(lines)


def bought(row: Row) -> str:
    """What was paid, and what the singles of all pieces were to bring."""
    paid = f"{row['execution_quantity']} bought at {_money(row, 'execution_price')} = {_money(row, 'spent')}"
    value, profit = _money(row, "forecast_value"), _money(row, "forecast_profit")
    return f"{paid}; forecast: they net {value}, profit {profit}{_range(row)}"


def outcome(row: Row) -> str:
    """What it came to."""
    if row["realised_value_cents"] is None:
        return "not recorded yet: `arb opportunity result`"
    side = {True: ", within p5 to p95", False: ", outside p5 to p95", None: ""}[row["within"]]
    return (
        f"netted {_money(row, 'realised_value')}, profit {_money(row, 'realised_profit')}: "
        f"{_money(row, 'error')} against the forecast{side}"
    )


def purchases_table(found: "pl.DataFrame") -> "Table":
    """A line per purchase."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Bought, all pieces together", title_justify="left", header_style="bold")
    for name in ("Product", "Bought", "Pieces", "Spent", "Forecast", "p5 to p95", "Realised", "Difference"):
        table.add_column(name, justify="left" if name in ("Product", "Bought") else "right")
    for row in found.iter_rows(named=True):
        table.add_row(
            Text(named(row)),
            "-" if row["executed_at"] is None else f"{row['executed_at']:%Y-%m-%d}",
            f"{row['execution_quantity']:,}",
            _money(row, "spent"),
            _money(row, "forecast_profit"),
            _range(row).strip(" ()") or "-",
            _money(row, "realised_profit"),
            _money(row, "error"),
        )
    return table


def _range(row: Row) -> str:
    if row["forecast_low_cents"] is None:
        return ""
    return f" ({_money(row, 'forecast_low')} to {_money(row, 'forecast_high')})"


def _money(row: Row, name: str) -> str:
    from arb_pipeline.cli.render import money

    cents = row[f"{name}_cents"]
    return money(None if cents is None else cents / 100)
