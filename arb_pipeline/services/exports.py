"""Exports: results in files."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.choices import ExportFormat, ExportKind
from arb_pipeline.contracts.errors import InvalidInputError
from arb_pipeline.core.export import for_csv
from arb_pipeline.services.valuations import analysed_day
from arb_pipeline.services.view import View, json_text
from arb_pipeline.storage.files import check_output, written_whole
from arb_pipeline.storage.postgres import queries


class ExportView(View):
    """An export that was written."""

    kind: ExportKind
    format: ExportFormat
    path: Path
    rows: int


def export(
    connection: sa.Connection,
    kind: ExportKind,
    path: Path,
    *,
    file_format: ExportFormat | None = None,
    category: Category | None = None,
    day: date | None = None,
) -> ExportView:
    """Writes active opportunities, or a day's valuations, to a file, atomically.

    `file_format`: by default that of the file's ending. Money in dollars; in CSV lists are joined by `;`.
    Raises `InvalidInputError`.
    """
    chosen = check(kind, path, file_format=file_format, day=day)
    frame = with_age(rows(connection, kind, category=category, day=day), datetime.now(UTC))
    with written_whole(path) as aside:
        write_frame(frame, aside, chosen)
    return ExportView(kind=kind, format=chosen, path=path, rows=frame.height)


def check(
    kind: ExportKind, path: Path, *, file_format: ExportFormat | None = None, day: date | None = None
) -> ExportFormat:
    """The format of an export that can be written. Raises `InvalidInputError`."""
    chosen = file_format or format_of(path)
    check_output(path)
    if day and kind is ExportKind.OPPORTUNITIES:
        msg = "opportunities are those of today."
        next_step = "A day's results are `arb export valuations --date DAY`."
        raise InvalidInputError(msg, next_step=next_step)
    return chosen


def rows(
    connection: sa.Connection, kind: ExportKind, *, category: Category | None = None, day: date | None = None
) -> pl.DataFrame:
    """The rows of an export, as the tables have them. Raises `NotEnoughDataError`."""
    if kind is ExportKind.VALUATIONS:
        of_day = analysed_day(connection, day, category)
        query = queries.valuations(connection, day=of_day, category=category)
    else:
        query = queries.opportunities(category=category)
    return queries.frame_of(connection, query)


def with_age(frame: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Adds `age_days`, the days from the prices of a row to the time of export."""
    age = (pl.lit(now.date()) - pl.col("as_of")).dt.total_days().clip(0).cast(pl.Int32)
    return frame.with_columns(age_days=age)


def write_frame(frame: pl.DataFrame, path: Path, file_format: ExportFormat) -> None:
    """Writes rows to a file."""
    match file_format:
        case ExportFormat.CSV:
            for_csv(frame).write_csv(path)
        case ExportFormat.JSON:
            path.write_text(json_text(frame.to_dicts()), "utf-8")
        case ExportFormat.PARQUET:
            frame.write_parquet(path)


def format_of(path: Path) -> ExportFormat:
    """The format of a file's ending."""
    try:
        return ExportFormat(path.suffix.removeprefix("."))
    except ValueError:
        known = ", ".join(ExportFormat)
        msg = f"{path.name!r} does not end in a known format ({known})."
        raise InvalidInputError(msg, next_step="Name one with --format.") from None
