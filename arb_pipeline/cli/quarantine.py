"""`arb quarantine`: what cleaning refused, why, the raw record, and another try after a fix."""

import json as jsonlib
from datetime import date
from typing import Annotated

import typer

from arb_pipeline.cli.options import Category, Json, to_day

app = typer.Typer(help="What was refused: list it, explain it, replay it after a fix.", no_args_is_help=True)

SourceOption = Annotated[str | None, typer.Option("--source", help="Only of this source, e.g. tcgplayer.")]
DayOption = Annotated[str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="Only of this day.")]
EXAMPLES = 5


@app.command("list")
def listed(
    source: SourceOption = None,
    day: DayOption = None,
    reason: Annotated[str | None, typer.Option(help="Only reasons that contain this.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 50,
    json: Json = False,
) -> None:
    """Lists refused records and files: how many by reason, and the newest of them."""
    import polars as pl
    from rich.table import Table

    from arb_pipeline.cli import render

    frame = _refused(source, to_day(day, "--day"))
    if reason:
        frame = frame.filter(pl.col("reason").str.contains(reason, literal=True))
    if json:
        typer.echo(jsonlib.dumps(frame.head(limit).to_dicts(), indent=1, default=str))
        return
    console = render.console()
    if frame.is_empty():
        console.print("Nothing is in quarantine.")
        return
    counts = (
        frame.group_by("source", "reason")
        .len()
        .sort("len", "source", "reason", descending=[True, False, False])
    )
    table = Table(title=f"{frame.height:,} in quarantine", title_justify="left", header_style="bold")
    for name in ("Source", "Reason", "Rows"):
        table.add_column(name, justify="right" if name == "Rows" else "left")
    for name, why, rows in counts.iter_rows():
        table.add_row(render.safe(name), render.safe(why), f"{rows:,}")
    console.print(table)
    rows = Table(header_style="bold", row_styles=["", "dim"])
    for name in ("Day", "Source", "File", "Record", "Value", "Reason"):
        rows.add_column(name, overflow="fold")
    for row in frame.head(limit).iter_rows(named=True):
        rows.add_row(
            *(render.safe(row[k] or "") for k in ("day", "source", "file", "record", "value", "reason"))
        )
    console.print(rows)


@app.command()
def held(json: Json = False) -> None:
    """Lists prices far from their own history: not used until two further days confirm them."""
    from rich.table import Table

    from arb_pipeline.cli import render
    from arb_pipeline.services.quarantine import held_back
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.lake import Lake

    frame = held_back(Lake(settings().lake))
    if json:
        typer.echo(jsonlib.dumps(frame.to_dicts(), indent=1))
        return
    table = Table(title=f"{frame.height:,} prices held back", title_justify="left", header_style="bold")
    for name in ("Game", "Source", "Product", "Printing", "Held back", "In use"):
        table.add_column(name)
    for category, source, product, printing, refused, used in frame.iter_rows():
        in_use = render.money(used / 100) if used is not None else "-"
        table.add_row(
            category, source, render.safe(product), render.safe(printing), render.money(refused / 100), in_use
        )
    render.console().print(table)


@app.command()
def explain(
    source: Annotated[str, typer.Argument(help="As `arb quarantine list` names it.")],
    day: Annotated[str, typer.Argument(metavar="YYYY-MM-DD")],
    file: Annotated[str, typer.Argument(help="The file in the landing package.")],
    record: Annotated[str, typer.Argument(help="The record in it; without one, the file.")] = "",
) -> None:
    """Shows one refused record: why, what to do, what refused it, and the record as the source sent it."""
    from arb_pipeline.cli import render
    from arb_pipeline.services.quarantine import raw_records
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.landing import Landing

    of_day = to_day(day, "DAY")
    found = _refused(source, of_day, "SOURCE").filter(file=file)
    found = found.filter(record=record) if record else found.head(1)
    if found.is_empty() or of_day is None:
        typer.echo(f"arb: nothing of {source}, {day}, {file} {record} is in quarantine.", err=True)
        raise typer.Exit(1)
    console = render.console()
    row = found.row(0, named=True)
    for name in ("reason", "value", "advice", "parser_version"):
        console.print(f"[bold]{name.replace('_', ' '):<16}[/]{render.safe(row[name])}", highlight=False)
    raw = list(raw_records(Landing(settings().landing), source, of_day, file, row["record"]))
    if not raw:
        console.print("[yellow]The landing package that held it is gone.[/]")
    for package_id, text in raw:
        console.print(f"[bold]{'raw':<16}[/]package {package_id[:12]}, {render.safe(file)}")
        console.print(render.safe(text), highlight=False)


@app.command()
def replay(source: SourceOption = None, day: DayOption = None) -> None:
    """Cleans and loads the days that have something in quarantine again, with the code of today."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.loading import reload_days

    before = _refused(source, to_day(day, "--day"))
    console = render.progress_console()
    days: list[date] = sorted(before["day"].drop_nulls().unique().to_list())
    if not days:
        console.print("Nothing is in quarantine.")
        return
    is_whole = reload_days(days, [c.value for c in Category], console)
    after = _refused(source, to_day(day, "--day"))
    console.print(f"{before.height:,} were in quarantine, {after.height:,} are.")
    if not is_whole:
        raise typer.Exit(1)


def _refused(source: str | None, day: date | None, option: str = "--source"):  # noqa: ANN202 - a frame; Polars is imported on use
    from arb_pipeline.services.quarantine import KNOWN, refused
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.lake import Lake

    if source is not None and source not in KNOWN:
        msg = f"{source!r}: no such source of prices. There are: {', '.join(KNOWN)}."
        raise typer.BadParameter(msg, param_hint=option)
    return refused(Lake(settings().lake), source=source, day=day)
