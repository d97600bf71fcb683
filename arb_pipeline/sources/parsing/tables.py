"""CSV and XLSX tables: bytes -> rows of cells, each with its number in the file.

Blank rows are left out. A row whose end cannot be determined is `None`.
"""

import csv
import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

from arb_pipeline.sources.archives import check_zip
from arb_pipeline.sources.parsing import LayoutError

Cells = list[Any]
Row = tuple[int, Cells | None]
MAX_ROWS = 100_000
"""Non-empty rows. A sheet formatted to its end has a million empty ones."""
LAST_ROW = 1_048_576
MAX_COLUMNS = 256
MAX_UNPACKED = 256 * 1024 * 1024
MAX_MEMBERS = 1_000
MAX_LINES_OF_A_ROW = 20
UNCLOSED = "unexpected end of data"
"""csv's message for an open quote; other errors do not disappear with more lines."""


def csv_rows(body: bytes, *, source: str, delimiter: str, encoding: str) -> Iterator[Row]:
    """Rows of CSV, numbered by their first lines. Raises `LayoutError`."""
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        msg = f"{source} is no text in {encoding} ({error.reason} at byte {error.start:,}); set its encoding"
        raise LayoutError(msg) from error
    lines = StringIO(text, newline="").readlines() if "\x00" not in text else []
    if not lines:
        msg = f"{source} is {'empty' if not body else 'binary, no CSV'}; is its format another?"
        raise LayoutError(msg)
    at, width, filled = 0, 0, 0
    while at < len(lines):
        cells, used = _row_at(lines, at, delimiter, width)
        width = width or len(cells or [])
        is_last = at + used >= len(lines) and not lines[-1].endswith(("\n", "\r"))
        if at and is_last and lines[at].count(delimiter) < lines[0].count(delimiter):
            msg = f"{source} ends in the middle of line {at + 1:,}: it was cut short on its way"
            raise LayoutError(msg)
        if cells is None or any(cells):
            filled += 1
            if filled > MAX_ROWS + 1:  # and a header
                msg = f"{source} has more than {MAX_ROWS:,} rows"
                raise LayoutError(msg)
            yield at + 1, cells
        at += used


def _row_at(lines: list[str], at: int, delimiter: str, width: int) -> tuple[Cells | None, int]:
    """The row that begins at a line, and its number of lines. `width`: cells of the first row, 0 for it.

    csv joins the rows below an unclosed quote without an error. So a row of many lines counts only if none
    of its lines has the separators of a whole row; else its first line alone is invalid.
    """
    for used in range(1, MAX_LINES_OF_A_ROW + 1):
        try:
            cells = next(csv.reader(lines[at : at + used], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            if at + used < len(lines) and str(error) == UNCLOSED:
                continue
            break
        last = at + used - 1
        # The last line ends the quoted cell: with the header's width it may hold as many separators as a row.
        alone = [*lines[at:last], *([] if len(cells) == width else lines[last : last + 1])]
        is_swallowed = used > 1 and any(line.count(delimiter) >= len(cells) - 1 for line in alone)
        return (None, 1) if is_swallowed else (cells, used)
    return None, 1


def xlsx_rows(body: bytes, *, source: str, sheet: str | None) -> Iterator[Row]:
    """Rows of a sheet, the first one by default: values, not formulas. Raises `LayoutError`."""
    _check_zip(body, source)
    from openpyxl import load_workbook

    book = None
    try:
        book = load_workbook(BytesIO(body), read_only=True, data_only=True, keep_links=False)
        yield from _sheet_rows(book, source, sheet)
    except LayoutError:
        raise
    except (
        Exception
    ) as error:  # openpyxl passes on the errors of its libraries: KeyError, ParseError, BadZipFile ...
        msg = f"{source} does not read as XLSX: {type(error).__name__}: {error!s:.120}"
        raise LayoutError(msg) from error
    finally:
        if book is not None:
            book.close()


def _sheet_rows(book: Any, source: str, sheet: str | None) -> Iterator[Row]:
    names = [worksheet.title for worksheet in book.worksheets]
    if not names or (sheet is not None and sheet not in names):
        msg = f"{source} has no sheet {sheet!r}; it has {names}"
        raise LayoutError(msg)
    chosen = book[sheet or names[0]]
    chosen.reset_dimensions()  # the size that a file states is not reliable
    filled = 0
    for number, cells in enumerate(chosen.iter_rows(max_col=MAX_COLUMNS, values_only=True), 1):
        filled += any(cell is not None for cell in cells)
        if filled > MAX_ROWS + 1 or number > LAST_ROW:  # and a header
            msg = f"{source} has more than {MAX_ROWS:,} rows, or one below row {LAST_ROW:,}"
            raise LayoutError(msg)
        if any(cell is not None for cell in cells):
            yield number, list(cells)


def _check_zip(body: bytes, source: str) -> None:
    """Raises `LayoutError` for a file that is no zip, or would unpack without end. Reads its directory only.

    zipfile never unpacks more of a member than the directory states, so the directory is reliable.
    """
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            _check_members(archive.infolist())
            check_zip(archive)
    except LayoutError as error:
        msg = f"{source}: {error} it was not opened"
        raise LayoutError(msg) from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        msg = f"{source} is no XLSX ({error}); it begins with {body[:16]!r}"
        raise LayoutError(msg) from error


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or len(members) > MAX_MEMBERS:
        msg = (
            f"it would unpack to {unpacked:,} bytes in {len(members):,} files, more than "
            f"{MAX_UNPACKED:,} in {MAX_MEMBERS:,};"
        )
        raise LayoutError(msg)
