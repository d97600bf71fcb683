"""A buyer's price list: CSV -> rows, each sound or with its problem. Whose product it is, is told elsewhere.

Only a file that is no such list fails; a bad row costs that row.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from arb_pipeline.core.matching.product_finder import ID_FIELDS
from arb_pipeline.core.pricing.channel_params import DOLLAR
from arb_pipeline.core.valuation.what_if import MOST_PIECES
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.tables import Cells, csv_rows
from arb_pipeline.sources.parsing.values import code, count, price, text_of

COLUMNS = {
    "product": ("product",),
    "name": ("name", "title", "product name"),
    "id": ("id", "product_id"),
    "tcg_product_id": ("tcg_product_id", "tcgplayer_id", "tcgplayer"),
    "upc": ("upc", "ean", "gtin", "barcode"),
    "price": ("price", "buy_at", "unit price"),
    "quantity": ("quantity", "qty", "pieces"),
    "shipping": ("shipping",),
    "currency": ("currency",),
}
"""Field -> headers that name it, in any case."""
NAMING = ("product", "name", *ID_FIELDS)
DELIMITERS = (",", ";", "\t")


class PriceListError(ValueError):
    """A file that is no price list; the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of a price list."""

    line: int
    cells: dict[str, str]
    """Header -> cell, as written."""
    given: dict[str, str]
    """What names the product: of `NAMING` those that are not empty."""
    price: Decimal = Decimal(0)
    quantity: int = 1
    shipping: Decimal = Decimal(0)
    currency: str = DOLLAR
    slug: str = ""
    """The kind of problem, '' for a sound row."""
    problem: str = ""


def read(path: Path) -> list[ListRow]:
    """The rows of a list in UTF-8, separated by comma, semicolon or tab. Raises `PriceListError`."""
    # With a last line break: a list typed by hand may end without one, and is not cut short for that.
    body = path.read_bytes().rstrip() + b"\n"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        why = f"{error.reason} at byte {error.start:,}"
        msg = f"{path} is no text in utf-8 ({why}). Save it as CSV in UTF-8."
        raise PriceListError(msg) from error
    tried = []
    for delimiter in DELIMITERS:
        try:
            first, *rest = list(
                csv_rows(body, source=str(path), delimiter=delimiter, encoding="utf-8-sig")
            ) or [(1, [])]
        except LayoutError as error:
            raise PriceListError(str(error)) from error
        header = [text_of(cell) for cell in first[1] or []]
        tried.append(header)
        if places := _places(header, path):
            return [_row(line, cells, header, places) for line, cells in rest]
    there = ", ".join(repr(name) for name in max(tried, key=len) if name)[:400] or "nothing"
    msg = (
        f"{path}: its first line has {there}. A price list has a column `price`, and one of "
        f"{', '.join(f'`{field}`' for field in NAMING)}; `quantity`, `shipping` and `currency` if you like."
    )
    raise PriceListError(msg)


def _places(header: list[str], path: Path) -> dict[str, int]:
    """Field -> place of its column; nothing where the header is none of a price list."""
    folded = [name.casefold() for name in header]
    places: dict[str, int] = {}
    for field, names in COLUMNS.items():
        found = [at for at, name in enumerate(folded) if name in names]
        if len(found) > 1:
            there = ", ".join(repr(header[at]) for at in found)
            msg = f"{path}: {len(found)} columns tell the {field}: {there}. Keep one."
            raise PriceListError(msg)
        places |= dict.fromkeys([field], found[0]) if found else {}
    return places if "price" in places and places.keys() & set(NAMING) else {}


def _row(line: int, cells: Cells | None, header: list[str], places: dict[str, int]) -> ListRow:
    if cells is None:
        return ListRow(line, {}, {}, slug="bad_row", problem="its quotes do not match")
    texts = [text_of(cell) for cell in cells]
    named = {
        name or f"column {at + 1}": text for at, (name, text) in enumerate(zip(header, texts, strict=False))
    }
    told = {field: texts[at] for field, at in places.items() if at < len(texts) and texts[at]}
    given = {field: text for field, text in told.items() if field in NAMING}
    if any(texts[len(header) :]):
        problem = (
            f"it has {len(texts)} cells, the header {len(header)}: put cells that hold a separator in quotes"
        )
        return ListRow(line, named, given, slug="bad_row", problem=problem)
    currency = told.get("currency", DOLLAR).upper()
    if not re.fullmatch("[A-Z]{3}", currency):
        problem = f"currency {currency!r} is no code such as USD or EUR"
        return ListRow(line, named, given, slug="bad_currency", problem=problem)
    if "price" not in told:
        return ListRow(line, named, given, slug="no_price", problem="the row has no price")
    field = "price"
    try:
        asked = amount(told["price"], currency)
        field = "shipping"
        shipping = amount(told.get("shipping", "0"), currency, zero=True)
        field = "quantity"
        pieces = _pieces(told.get("quantity", "1"))
        for field in ("upc", "tcg_product_id"):
            code(told.get(field))
    except ValueError as error:
        return ListRow(line, named, given, slug=f"bad_{field}", problem=f"{field}: {error}")
    return ListRow(line, named, given, asked, pieces, shipping, currency)


def amount(text: str, currency: str = DOLLAR, *, zero: bool = False) -> Decimal:
    """`180`, `$180.50`, `1.180,50`. Raises `ValueError` for what can mean two amounts, as `1,180` can."""
    if zero and re.fullmatch(r"0+(?:[.,]0+)?", text):
        return Decimal(0)
    read, faults = set(), []
    for decimal in (".", ","):
        try:
            read.add(Decimal(price(text, decimal=decimal, currency=currency)))
        except ValueError as error:
            faults.append(str(error))
    if len(read) > 1:
        low, high = sorted(read)
        msg = f"{text!r} can mean {low:f} or {high:f}: write it with two decimals"
        raise ValueError(msg)
    if not read:
        raise ValueError(faults[0])
    return read.pop()


def _pieces(text: str) -> int:
    found = count(text, decimal=".") if text.isdigit() else 0
    if not 1 <= found <= MOST_PIECES:
        msg = f"{text!r} is no whole number from 1 to {MOST_PIECES:,}"
        raise ValueError(msg)
    return found
