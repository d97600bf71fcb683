"""Distributors' price lists, read by mapping. An invalid row is rejected alone, an invalid file whole.

A row that names no product and no price (a heading, a note, a sum) is no offer and gives no record.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from arb_pipeline.sources.mappings import PriceListMapping
from arb_pipeline.sources.parsing import LayoutError, Record
from arb_pipeline.sources.parsing.tables import Cells, Row, csv_rows, xlsx_rows
from arb_pipeline.sources.parsing.values import code, count, day, price, text_of

CODES = ("sku", "upc")
COUNTS = ("moq", "case_size", "quantity")
MAX_BAD = 0.5
"""Share of invalid rows above which the list is refused: its mapping does not fit."""
FIELDS = (*CODES, "name", "price", *COUNTS, "available_on")


def offers(body: bytes, mapping: PriceListMapping) -> list[Record]:
    """The offers of a list; `problem` is '' for a good one. Raises `LayoutError`."""
    rows = _rows(body, mapping)
    places = _places(rows, mapping)
    records = [record for record in (_offer(row, places, mapping) for row in rows) if record]
    bad = [record for record in records if record["problem"]]
    if len(bad) > MAX_BAD * len(records) or not records:
        why = f", such as row {bad[0]['row']}: {bad[0]['problem']}" if bad else ""
        msg = (
            f"{mapping.name}'s list has {len(records):,} offers, and {len(bad):,} of them cannot be read{why}"
        )
        raise LayoutError(msg)
    return records


def _rows(body: bytes, mapping: PriceListMapping) -> Iterator[Row]:
    name = f"{mapping.name}'s list"
    if mapping.format == "xlsx":
        return xlsx_rows(body, source=name, sheet=mapping.sheet)
    return csv_rows(body, source=name, delimiter=mapping.delimiter, encoding=mapping.encoding)


def _places(rows: Iterator[Row], mapping: PriceListMapping) -> dict[str, int]:
    """Field -> place of its column. Reads up to the header row."""
    header: Cells = []
    for number, cells in rows:
        if number >= mapping.header_row:
            header = cells or []
            break
    names = [text_of(cell) for cell in header]
    folded = [name.casefold() for name in names]
    places = {}
    for field, column in mapping.columns.mapped().items():
        wanted = text_of(column).casefold()
        if folded.count(wanted) != 1:
            fault = "no column" if wanted not in folded else f"{folded.count(wanted)} columns"
            there = ", ".join(repr(name) for name in names if name)[:400] or "nothing"
            row = f"row {mapping.header_row} has {there}"
            msg = f"{mapping.name}'s list has {fault} {column!r} for {field}; {row}"
            raise LayoutError(msg)
        places[field] = folded.index(wanted)
    return places


def _offer(row: Row, places: dict[str, int], mapping: PriceListMapping) -> Record | None:
    number, cells = row
    record: Record = dict.fromkeys(FIELDS) | {"distributor": mapping.name, "category": mapping.category}
    record |= {"currency": mapping.currency, "row": number, "problem": ""}
    if cells is None:
        return record | {"problem": "its quotes do not match"}
    given = {field: cells[place] if place < len(cells) else None for field, place in places.items()}
    if not any(text_of(given.get(field)) for field in (*CODES, "price")):
        return None
    problems = []
    for field, cell in given.items():
        try:
            record[field] = _value(field, cell, mapping) if text_of(cell) else None
        except ValueError as error:
            problems.append(f"{field}: {error}")
    if not text_of(given["price"]):
        problems.append("price: it has none")
    if not any(text_of(given.get(field)) for field in CODES):
        problems.append("it has neither sku nor upc")
    return record | {"problem": "; ".join(problems)}


def _value(field: str, cell: Any, mapping: PriceListMapping) -> Any:
    readers = {
        "name": text_of,
        "price": partial(price, decimal=mapping.decimal, currency=mapping.currency),
        "available_on": partial(day, date_format=mapping.date_format),
        **dict.fromkeys(CODES, code),
        **dict.fromkeys(COUNTS, partial(count, decimal=mapping.decimal)),
    }
    return readers[field](cell)
