"""`arb export`: results as a file for other programs."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import CategoryOption, DateOption, to_day

if TYPE_CHECKING:
    import polars as pl


class What(StrEnum):
    """What to export."""

    OPPORTUNITIES = "opportunities"
    VALUATIONS = "valuations"


class Format(StrEnum):
    """File formats."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def export(
    what: Annotated[What, typer.Argument(help="Active opportunities, or all valued products of a day.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    format: Annotated[Format | None, typer.Option("--format", help="By default the file's ending.")] = None,  # noqa: A002
    category: CategoryOption = None,
    date: DateOption = None,
) -> None:
    """Writes results to a file, whole or not at all. Money in dollars, lists joined by `;` in CSV."""
    from arb_pipeline.cli.database import reading
    from arb_pipeline.storage.files import written_whole
    from arb_pipeline.storage.postgres import queries

    chosen = format or _by_ending(output)
    if not output.parent.is_dir():
        msg = f"there is no folder {output.parent}"
        raise typer.BadParameter(msg, param_hint="--output")
    day = to_day(date, "--date")
    if day and what is What.OPPORTUNITIES:
        msg = "opportunities are those of today; a day's results are `arb export valuations --date`."
        raise typer.BadParameter(msg, param_hint="--date")
    with reading() as connection:
        if what is What.OPPORTUNITIES:
            frame = queries.opportunities(connection, category=category)
        else:
            frame = queries.valuations(connection, day=day, category=category)
    with written_whole(output) as aside:
        _write(frame, aside, chosen)
    typer.echo(f"{frame.height:,} {what} in {output}")


def _by_ending(output: Path) -> Format:
    try:
        return Format(output.suffix.removeprefix("."))
    except ValueError:
        known = ", ".join(Format)
        msg = f"{output.name!r} does not end in a known format ({known})."
        raise typer.BadParameter(msg, param_hint="--format") from None


def _write(frame: "pl.DataFrame", path: Path, format_: Format) -> None:
    from arb_pipeline.cli import render
    from arb_pipeline.core.export import for_csv

    match format_:
        case Format.CSV:
            for_csv(frame).write_csv(path)
        case Format.JSON:
            path.write_text(render.as_json(frame), "utf-8")
        case Format.PARQUET:
            frame.write_parquet(path)
