"""`arb contents`: unknown contents of sealed products."""

from typing import Annotated

import typer

from arb_pipeline.cli.options import MOST_ROWS, CategoryOption, DateOption, Json, to_day
from arb_pipeline.cli.terminal import echo

app = typer.Typer(help="Contents of sealed products: unknown parts.", no_args_is_help=True)


@app.command()
def unknown(
    category: CategoryOption = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="How many rows.")] = 20,
    date: DateOption = None,
    json: Json = False,
) -> None:
    """Lists missing parts of contents by the expected profit of the products they would complete."""
    from rich.table import Table

    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services.unknown_contents import unknown_contents

    with reading() as connection:
        rows = unknown_contents(connection, day=to_day(date, "--date"), category=category, limit=limit)
    if json:
        echo(rows.model_dump_json(indent=1))
        return
    title = f"Unknown contents on {rows.day}: {rows.unknown:,} of {rows.known + rows.unknown:,} products"
    table = Table(title=title, title_justify="left", header_style="bold", row_styles=["", "dim"])
    for name in ("Game", "Set", "Missing", "Example"):
        table.add_column(name, overflow="fold")
    for name in ("Products", "Completes", "Their price", "Expected profit"):
        table.add_column(name, justify="right")
    for part in rows.parts:
        words = (part.category, part.set_code, part.part, part.example)
        sums = (render.money(part.market_price), render.money(part.expected_profit))
        table.add_row(*map(render.safe, words), str(part.products), str(part.completes), *sums)
    render.console().print(table)
