"""`arb export`: results in a file."""

from pathlib import Path
from typing import Annotated

import typer

from arb_pipeline.cli.options import CategoryOption, DateOption, to_day
from arb_pipeline.cli.terminal import echo
from arb_pipeline.contracts.choices import ExportFormat, ExportKind


def export(
    what: Annotated[
        ExportKind, typer.Argument(help="Results: active opportunities, or all valued products of a day.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; - is standard output.")],
    format: Annotated[  # noqa: A002
        ExportFormat | None,
        typer.Option(
            "--format", help="File format; default: that of the file's ending, CSV for standard output."
        ),
    ] = None,
    category: CategoryOption = None,
    date: DateOption = None,
) -> None:
    """Writes results to a file, whole or not at all. Money in dollars, lists joined by `;` in CSV."""
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import exports

    day = to_day(date, "--date")
    is_piped = str(output) in ("-", "/dev/stdout")
    if is_piped:
        output, format = Path("/dev/stdout"), format or ExportFormat.CSV  # noqa: A001
    exports.check(what, output, file_format=format, day=day)
    with reading() as connection:
        done = exports.export(connection, what, output, file_format=format, category=category, day=day)
    echo(f"{done.rows:,} {what} in {output}", err=is_piped)
