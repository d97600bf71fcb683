"""A marketplace's order export: CSV -> items sold. Names, addresses and user names of buyers are never read.

`core.portfolio` assigns items to purchases.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from arb_pipeline.contracts.errors import InvalidFileError
from arb_pipeline.core.pricing.currency import DOLLAR
from arb_pipeline.sources.buyer_price_list import amount, folded, text_rows
from arb_pipeline.sources.parsing.values import text_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "order": ("order", "order number", "order id", "order no", "sales record number"),
    "title": ("item title", "product name", "name", "title", "article", "item", "card", "card name"),
    "set": ("set", "set name", "edition", "expansion"),
    "number": ("number", "card number", "collector number"),
    "condition": ("condition",),
    "quantity": ("quantity", "qty", "amount", "quantity sold", "order quantity"),
    "sold_on": ("sale date", "order date", "date", "sold on", "date of purchase", "paid on date"),
    "price": ("sold for", "price", "unit price", "item price", "article price"),
    "total": ("item subtotal", "product amt", "product amount", "subtotal", "merchandise value"),
    "fees": ("fees", "total fees", "commission", "final value fee", "marketplace fee", "fee amount"),
    "proceeds": ("proceeds", "net", "net amount", "order earnings", "payout", "net proceeds"),
}
"""Field -> headers that name it: lower case, separators and punctuation as one space."""
PERSONAL = re.compile(
    r"\b(buyer|customer|ship to|recipient|first name|last name|full name|user ?name|email|e mail|phone"
    r"|address|street|city|state|province|zip|postal|post code|country|tax id|vat)\b"
)
"""Headers of columns about a buyer: neither read nor shown."""
REQUIRED = ("title", "sold_on")
AMOUNTS = ("proceeds", "price", "total")
HEADER_WITHIN = 10
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%b-%d-%y", "%b-%d-%Y", "%d.%m.%Y", "%B %d, %Y", "%b %d, %Y")
"""Day first only with points: 03/04/2026 is a month first, as TCGplayer and eBay write it."""


class OrderExportError(InvalidFileError):
    """A file that is no order export, or lacks a column."""


@dataclass(frozen=True, slots=True)
class SoldItem:
    """A line of an order, without anything about its buyer."""

    line: int
    order: str
    title: str
    set_name: str
    number: str
    quantity: int
    sold_on: date
    gross: Decimal
    """Paid for the item, all pieces, before fees; 0 where only proceeds are given."""
    fees: Decimal | None
    """Costs of the item; None where the file has no such column."""
    proceeds: Decimal | None
    """After fees, as the file states it; None where it has no column for it."""


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that is no sale, with the reason."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class OrderExport:
    """Items of an export, rejected lines, and the reading of the columns."""

    items: list[SoldItem]
    rejected: list[RejectedLine]
    reading: tuple[str, ...]


def read_order_export(
    path: Path, columns: Mapping[str, str] | None = None, *, currency: str = DOLLAR
) -> OrderExport:
    """Reads an export of TCGplayer, eBay, Cardmarket or any CSV with these columns.

    `columns`: field of `COLUMNS` -> header. `currency`: of its amounts. Raises `OrderExportError`.
    """
    chosen = dict(columns or {})
    unknown = sorted(chosen.keys() - COLUMNS.keys())
    if unknown:
        raise OrderExportError("column field", value=unknown[0], allowed=", ".join(COLUMNS))
    rows = text_rows(path, lambda header: not _missing(_places(header, chosen)))
    header: list[str] = []
    places: dict[str, int] = {}
    for at, (_, cells) in enumerate(rows[:HEADER_WITHIN]):
        header = [text_of(cell) for cell in cells or []]
        places = _places(header, chosen)
        if not _missing(places):
            rows = rows[at + 1 :]
            break
    else:
        raise _no_export(path, [text_of(cell) for cell in (rows[0][1] or [])] if rows else [], chosen)
    items, rejected = [], []
    for line, cells in rows:
        texts = [text_of(cell) for cell in cells or []]
        filled = {field: texts[at] for field, at in places.items() if at < len(texts) and texts[at]}
        try:
            items.append(_item(line, filled, currency))
        except ValueError as error:
            if filled:
                rejected.append(RejectedLine(line, str(error)))
    reading = tuple(f"{field}: {header[at]!r}" for field, at in places.items())
    return OrderExport(items, rejected, reading)


def _places(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    names = [folded(name) for name in header]
    places: dict[str, int] = {}
    for field, spellings in COLUMNS.items():
        wanted = (folded(chosen[field]),) if field in chosen else spellings
        columns = [
            at
            for spelling in wanted
            for at, name in enumerate(names)
            if name == spelling and (field in chosen or not PERSONAL.search(name))
        ]
        if columns:
            places[field] = columns[0]
    return places


def _missing(places: Mapping[str, int]) -> list[str]:
    lacking = [field for field in REQUIRED if field not in places]
    return lacking if places.keys() & set(AMOUNTS) else [*lacking, "proceeds"]


def _no_export(path: Path, header: Sequence[str], chosen: Mapping[str, str]) -> OrderExportError:
    shown = [name for name in header if name and not PERSONAL.search(folded(name))]
    for name in chosen.values():
        if folded(name) not in map(folded, header):
            near = get_close_matches(name, shown, n=1, cutoff=0)
            return OrderExportError(
                f"{path}: no column is called {name!r}",
                allowed=", ".join(shown),
                next_step=f"Is {near[0]!r} meant?" if near else "",
            )
    lacking = ", ".join(_missing(_places(header, chosen)))
    return OrderExportError(
        f"{path}: its first line has {', '.join(map(repr, shown)) or 'nothing'}; it lacks {lacking}",
        allowed="columns for title, date and amount of each item",
        next_step='Name them, e.g. --columns title="Listing" --columns proceeds="You earned".',
    )


def _item(line: int, cells: Mapping[str, str], currency: str) -> SoldItem:
    for field in REQUIRED:
        if field not in cells:
            msg = f"it has no {field.replace('_', ' ')}"
            raise ValueError(msg)
    pieces = cells.get("quantity", "1")
    if not re.fullmatch(r"\d{1,6}([.,]0*)?", pieces) or not int(re.sub(r"[.,].*", "", pieces)):
        msg = f"quantity {pieces!r} is no whole number above 0"
        raise ValueError(msg)
    quantity = int(re.sub(r"[.,].*", "", pieces))
    money = {
        field: amount(_unsigned(cells[field]) if field == "fees" else cells[field], currency, zero=True)
        for field in ("price", "total", "fees", "proceeds")
        if field in cells
    }
    if not money.keys() & set(AMOUNTS):
        msg = "it has no amount"
        raise ValueError(msg)
    gross = money.get("total", money.get("price", Decimal(0)) * quantity)
    return SoldItem(
        line=line,
        order=cells.get("order", ""),
        title=cells["title"],
        set_name=cells.get("set", ""),
        number=cells.get("number", ""),
        quantity=quantity,
        sold_on=_day(cells["sold_on"]),
        gross=gross,
        fees=money.get("fees"),
        proceeds=money.get("proceeds"),
    )


def _unsigned(text: str) -> str:
    """Fees without the sign that some marketplaces write before them."""
    return text.lstrip("-").strip()


def _day(text: str) -> date:
    written = re.split(r"[T ]\d{1,2}:", text)[0].strip()
    for form in DATES:
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    msg = f"date {text!r} is none of 2026-03-04, 03/04/2026 (month first), 04.03.2026, Mar-04-26"
    raise ValueError(msg)
