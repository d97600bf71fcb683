"""Tables for people: money as $, shares as %, in the terminal."""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text

from arb_pipeline.cli.terminal import clean
from arb_pipeline.core.chance import chance

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from rich.console import JustifyMethod, RenderResult

    from arb_pipeline.services.opportunity_list import OpportunityRow
    from arb_pipeline.services.valuations import ValuationView

TABLE: dict[str, "JustifyMethod"] = {
    "#": "right",
    "Product": "left",
    "Published": "left",
    "Buy at": "right",
    "Where": "left",
    "Nets": "right",
    "At once": "right",
    "Profit": "right",
    "Margin": "right",
    "P(profit)": "right",
    "p5 to p95": "right",
    "Confidence": "right",
    "Risk": "left",
    "Why": "left",
}
DROPPED_FIRST = ("Confidence", "Risk", "At once", "p5 to p95", "Where", "Nets", "P(profit)", "#", "Why")
"""Columns that a narrow terminal goes without, the least important first; then rows are stacked."""
NARROWEST = 14
"""Characters that a text column may be folded to."""
RISK_STYLE = {"low": "green", "medium": "yellow", "high": "red"}


def money(value: Decimal | float | None) -> str:
    """$1,234.56, or a dash for not known."""
    if value is None:
        return "-"
    return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"


def percent(value: Decimal | float | None, digits: int = 2) -> str:
    """12.3 %, or a dash."""
    return "-" if value is None else f"{value:.{digits}f}%"


def safe(value: object) -> str:
    """Text from outside for rich: sanitised, and without markup, which may not even parse."""
    return escape(clean(value))


class SafeConsole(Console):
    """A console that sanitises every text it renders, whatever table or sentence it is in."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments; what rich itself adds (colours, cursor moves) stays. Tables fit the width."""
        if isinstance(renderable, Table):
            renderable = _fitted(renderable, self, options or self.options)
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(clean(segment.text), segment.style)


class _Stacked:
    """A table whose rows are blocks of lines, a column each: for a terminal too narrow for its columns."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> "RenderResult":
        """The title, and the blocks with an empty line between."""
        if self._table.title:
            yield self._table.title
        for cells in zip(*(list(column.cells) for column in self._table.columns), strict=True):
            yield ""
            for column, cell in zip(self._table.columns, cells, strict=True):
                if str(cell) in ("", "-"):
                    continue
                # Only what a table writes is markup: a Text is from outside, whatever is in it.
                shown = console.render_str(cell, highlight=False) if isinstance(cell, str) else cell
                yield Text.assemble(f"{column.header}: ", shown) if column.header else shown


def _fitted(table: Table, console: Console, options: ConsoleOptions) -> RenderableType:
    """The table without its least important columns if they do not fit; stacked if that is not enough."""
    widths = [(column.header, _narrowest(column, console, options)) for column in table.columns]
    dropped: list[str] = []
    candidates = iter([name for name in DROPPED_FIRST if any(name == header for header, _ in widths)])
    while sum(width for header, width in widths if header not in dropped) + 1 > options.max_width:
        if (name := next(candidates, None)) is None:
            return _Stacked(table)
        dropped.append(name)
    return _without(table, dropped) if dropped else table


def _narrowest(column: Column, console: Console, options: ConsoleOptions) -> int:
    """Least width of a column, with its edge, in which no cell is cut: one that wraps may fold its words."""
    whole = max(Measurement.get(console, options, cell).maximum for cell in (column.header, *column.cells))
    return 3 + (whole if column.no_wrap else min(whole, NARROWEST))


def _without(table: Table, names: "Sequence[str]") -> Table:
    """The table without some columns, which its caption names."""
    less = copy(table)
    kept = [column for column in table.columns if column.header not in names]
    less.columns = [replace(column, _index=place) for place, column in enumerate(kept)]
    less.caption, less.caption_justify = f"Not shown in this width: {', '.join(names)}.", "left"
    return less


def console() -> Console:
    """The terminal; in a pipe wide enough that no column is cut."""
    terminal = SafeConsole()
    return terminal if terminal.is_terminal else SafeConsole(width=220)


def progress_console(*, quiet: bool = False) -> Console:
    """Console of progress: standard error, so that results can be piped."""
    return SafeConsole(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)


def opportunity_table(
    rows: "Sequence[OpportunityRow | ValuationView]", title: str, *, published: "Sequence[bool] | None" = None
) -> Table:
    """Table of opportunities: price, net value, profit, confidence and reasons.

    `published`: whether each row is, for a list that has both kinds; it is then a column.
    """
    table = Table(title=title, title_justify="left", header_style="bold", row_styles=["", "dim"])
    for name, justify in TABLE.items():
        if name != "Published" or published is not None:
            table.add_column(name, justify=justify, no_wrap=name not in ("Product", "Why"), overflow="fold")
    for number, row in enumerate(rows, 1):
        risk = row.risk_level
        table.add_row(
            str(number),
            safe(f"{row.name} ({row.set_code})"),
            *([] if published is None else ["yes" if published[number - 1] else "no"]),
            money(row.sealed_price),
            safe(row.sealed_source or "-"),
            money(row.singles_value),
            money(row.quick_sale_value),
            money(row.profit),
            percent(row.margin_percentage),
            chance(row.p_profit),
            "-" if row.p5 is None else f"{money(row.p5)} to {money(row.p95)}",
            "-" if row.confidence_score is None else f"{row.confidence_score:.2f}",
            f"[{RISK_STYLE[risk]}]{risk}[/]" if risk else "-",
            safe(row.why or ""),
        )
    return table


def closed_table(rows: "Sequence[ValuationView]", title: str) -> Table:
    """Table of products to buy and resell unopened."""
    table = Table(title=title, title_justify="left", header_style="bold", row_styles=["", "dim"])
    for name in (
        "#",
        "Product",
        "Buy at",
        "Where",
        "Market price",
        "Nets closed",
        "At the sale, 9 of 10",
        "Profit",
        "Margin",
        "Opened",
    ):
        table.add_column(name, justify="left" if name in ("Product", "Where") else "right", overflow="fold")
    for number, row in enumerate(rows, 1):
        profit = row.resale_value - row.sealed_price
        table.add_row(
            str(number),
            safe(f"{row.name} ({row.set_code})"),
            money(row.sealed_price),
            safe(row.sealed_source or "-"),
            money(row.market_price),
            money(row.resale_value),
            "-" if row.resale_p5 is None else f"{money(row.resale_p5)} to {money(row.resale_p95)}",
            money(profit),
            percent(100 * profit / row.sealed_price),
            money(row.singles_value),
        )
    return table


def as_json(frame: "pl.DataFrame") -> str:
    """Records; NUMERIC as numbers, days as ISO text, not known as null."""
    return to_json(frame.to_dicts())


def to_json(value: object) -> str:
    """JSON of a view, or of views and plain values, for scripts (`services.view.json_text`)."""
    from arb_pipeline.services.view import json_text

    return json_text(value)
