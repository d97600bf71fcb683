"""`arb quarantine`: rejected records with reason and raw record, and their replay after a fix."""

from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import MOST_ROWS, Json, games, to_day
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from arb_pipeline.services.quarantine import QuarantineView

app = typer.Typer(
    help="Rejected records: list them, explain one, replay them after a fix.", no_args_is_help=True
)

SourceOption = Annotated[str | None, typer.Option("--source", help="Only of this source, e.g. tcgplayer.")]
DayOption = Annotated[str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="Only of this day.")]
COLUMNS = ("day", "source", "file", "record", "value", "reason")


@app.command("list")
def listed(
    source: SourceOption = None,
    day: DayOption = None,
    reason: Annotated[str | None, typer.Option(help="Only reasons that contain this.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="Rows to show.")] = 50,
    json: Json = False,
) -> None:
    """Lists rejected records and files: counts by reason, and the newest records."""
    from arb_pipeline.cli import render
    from arb_pipeline.services import quarantine as service
    from arb_pipeline.settings import settings

    of_day = to_day(day, "--day")
    view = service.listed(settings(), source=source, day=of_day, reason=reason, limit=limit)
    if json:
        echo(render.to_json(list(view.records)))
    elif not view.total:
        render.console().print("Nothing is in quarantine.")
    else:
        _print(view)


@app.command("outliers")
def outliers(json: Json = False) -> None:
    """Lists outliers: prices far from their history, excluded until two further days confirm them."""
    from rich.table import Table

    from arb_pipeline.cli import render
    from arb_pipeline.services import quarantine as service
    from arb_pipeline.settings import settings

    prices = service.outliers(settings())
    if json:
        echo(render.to_json(list(prices)))
        return
    table = Table(title=f"{len(prices):,} outliers excluded", title_justify="left", header_style="bold")
    for name in ("Game", "Source", "Product", "Printing", "Excluded", "In use"):
        table.add_column(name)
    for price in prices:
        in_use = "-" if price.reference_cents is None else render.money(price.reference_cents / 100)
        names = map(render.safe, (price.category, price.source, price.source_product_id, price.printing))
        table.add_row(*names, render.money(price.refused_cents / 100), in_use)
    render.console().print(table)


@app.command("held", hidden=True)
def held(json: Json = False) -> None:
    """Old name of `arb quarantine outliers`."""
    echo("arb: `arb quarantine held` is now `arb quarantine outliers`.", err=True)
    outliers(json=json)


@app.command()
def explain(
    source: Annotated[str, typer.Argument(help="Source, as `arb quarantine list` names it.")],
    day: Annotated[str, typer.Argument(metavar="YYYY-MM-DD")],
    file: Annotated[str, typer.Argument(help="File in the landing package.")],
    record: Annotated[str, typer.Argument(help="Record in the file; by default the whole file.")] = "",
) -> None:
    """Shows one rejected record: reason, advice, the parser's version, and the raw record."""
    from arb_pipeline.cli import render
    from arb_pipeline.services import quarantine as service
    from arb_pipeline.settings import settings

    of_day = to_day(day, "DAY")
    if of_day is None:
        return
    view = service.explain(settings(), source, of_day, file, record)
    console, rejected = render.console(), view.record
    for name in ("reason", "value", "advice", "parser_version"):
        text = render.safe(getattr(rejected, name))
        console.print(f"[bold]{name.replace('_', ' '):<16}[/]{text}", highlight=False)
    if not view.raw:
        console.print("[yellow]The landing package that held it is gone.[/]")
    for raw in view.raw:
        console.print(f"[bold]{'raw':<16}[/]package {raw.package_id[:12]}, {render.safe(file)}")
        console.print(render.safe(raw.text), highlight=False)


@app.command()
def replay(source: SourceOption = None, day: DayOption = None) -> None:
    """Cleans and loads the days that have something in quarantine again, with the code of today."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.run_progress import ConsoleReport
    from arb_pipeline.runner.days import reload_days
    from arb_pipeline.services import quarantine as service
    from arb_pipeline.settings import settings

    of_day = to_day(day, "--day")
    console = render.progress_console()
    before = service.listed(settings(), source=source, day=of_day, limit=0).total
    days = service.days_to_replay(settings(), source=source, day=of_day)
    if not days:
        console.print("Nothing is in quarantine.")
        return
    is_whole = reload_days(settings(), days, games(None), ConsoleReport(console, shows_steps=False))
    after = service.listed(settings(), source=source, day=of_day, limit=0).total
    console.print(f"{before:,} were in quarantine, {after:,} are.")
    if not is_whole:
        raise typer.Exit(1)


def _print(view: "QuarantineView") -> None:
    from rich.table import Table

    from arb_pipeline.cli import render

    console = render.console()
    counts = Table(title=f"{view.total:,} in quarantine", title_justify="left", header_style="bold")
    for name in ("Source", "Reason", "Rows"):
        counts.add_column(name, justify="right" if name == "Rows" else "left")
    for count in view.reasons:
        counts.add_row(render.safe(count.source), render.safe(count.reason), f"{count.rows:,}")
    console.print(counts)
    rows = Table(header_style="bold", row_styles=["", "dim"])
    for name in COLUMNS:
        rows.add_column(name.capitalize(), overflow="fold")
    for record in view.records:
        rows.add_row(*(render.safe(getattr(record, name) or "") for name in COLUMNS))
    console.print(rows)
