"""A buyer's price list: CSV, TSV or XLSX -> rows with price and pieces, and how its columns were read.

Matching and valuing the rows belong to `services.price_list`. A file that is no price list, or whose columns
are ambiguous, is refused; an invalid row is rejected alone.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from pathlib import Path

from arb_pipeline.contracts.errors import InvalidFileError
from arb_pipeline.core.matching.product_finder import ID_FIELDS
from arb_pipeline.core.pricing.channel_params import DOLLAR
from arb_pipeline.core.valuation.what_if import MOST_PIECES
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.tables import Cells, Row, csv_rows, xlsx_rows
from arb_pipeline.sources.parsing.values import SPACES, code, count, price, text_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "product": ("product",),
    "name": (
        *("name", "title", "product name", "product title", "item", "item name", "item description"),
        *("listing title", "description", "product description"),
    ),
    "id": ("id", "product id"),
    "tcg_product_id": ("tcg product id", "tcgplayer id", "tcgplayer", "tcgplayer product id"),
    "upc": ("upc", "ean", "gtin", "barcode", "upc code", "ean code"),
    "price": (
        *("price", "buy at", "unit price", "price per unit", "unit cost", "cost per unit", "price each"),
        *("cost each", "each", "price per piece", "wholesale price", "dealer price", "net price"),
        "price paid",
    ),
    "total": (
        *("total", "total amount", "total price", "total cost", "line total", "amount", "extended"),
        *("extended price", "extended cost", "ext price", "ext cost", "subtotal", "sub total"),
    ),
    "case_price": ("case price", "price per case", "case cost", "cost per case"),
    "case_size": (
        *("case size", "units per case", "pieces per case", "case pack", "qty per case", "per case"),
        "quantity per case",
    ),
    "quantity": ("quantity", "qty", "pieces", "units", "order qty", "qty ordered", "quantity ordered"),
    "shipping": ("shipping", "shipping cost", "freight", "postage"),
    "currency": ("currency", "currency code"),
}
"""Field -> headers that name it: lower case, separators and punctuation as one space."""
NAMING = ("product", "name", *ID_FIELDS)
PRICES = ("price", "total", "case_price")
DELIMITERS = (",", ";", "\t", "|")
HEADER_WITHIN = 10
"""Non-empty rows searched for the header: exports begin with titles and dates."""
SKU_EXPORT = ("tcg market price", "tcg marketplace price")
"""Columns of TCGplayer's pricing export, whose "TCGplayer Id" is a SKU and no product id."""
PRICE_WORDS = re.compile(r"\b(price|cost|paid|each|usd|msrp|amount|total)\b")
TOTAL_ROW = re.compile(r"(grand |sub)?-?\s*totals?\s*:?", re.IGNORECASE)
CENT = Decimal("0.01")
KEPT_AMOUNTS = 50_000
"""Texts of amounts whose reading is kept: long lists write the same ones again and again."""


class PriceListError(InvalidFileError):
    """A file that is no price list, or whose columns are ambiguous."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of a price list."""

    line: int
    cells: dict[str, str]
    """Header -> cell, unchanged."""
    given: dict[str, str]
    """Non-empty cells of `NAMING`, which identify the product."""
    price: Decimal = Decimal(0)
    """Per piece."""
    quantity: int = 1
    """In pieces."""
    shipping: Decimal = Decimal(0)
    currency: str = DOLLAR
    slug: str = ""
    """Kind of problem; '' for a valid row."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Rows of a list, and the reading of its columns."""

    rows: list[ListRow]
    reading: tuple[str, ...]
    """One sentence per column, for the buyer to check."""


@dataclass(frozen=True, slots=True)
class _Columns:
    header: list[str]
    places: dict[str, int]
    """Field -> position of its column."""
    reading: list[str]
    is_price_total: bool = False
    """True if the column `price` holds the price of the whole row."""


def read_price_list(path: Path, columns: Mapping[str, str] | None = None) -> PriceList:
    """Reads a list in CSV, TSV or XLSX; text in UTF-8, UTF-16 or Windows-1252.

    `columns`: field of `COLUMNS` -> header, for columns that are called otherwise. Raises `PriceListError`.
    """
    body = path.read_bytes()
    chosen = dict(columns or {})
    unknown = sorted(chosen.keys() - COLUMNS.keys())
    if unknown:
        msg = f"A column can be read as one of {', '.join(COLUMNS)}"
        raise PriceListError(msg, value=unknown[0], allowed='such as --columns price="Unit Cost"')
    rows, notes = _rows(body, path, lambda candidate: _header(candidate, chosen) is not None)
    return _list(rows, chosen, path, notes)


def text_rows(path: Path, is_header: Callable[[list[str]], bool]) -> list[Row]:
    """The rows of a CSV, TSV or XLSX file; `is_header` recognises the header, and so the separator.

    Raises `PriceListError` for a file that does not read.
    """

    def fits(rows: Sequence[Row]) -> bool:
        return any(is_header([text_of(cell) for cell in cells or []]) for _, cells in rows[:HEADER_WITHIN])

    return _rows(path.read_bytes(), path, fits)[0]


def _rows(body: bytes, path: Path, fits: Callable[[Sequence[Row]], bool]) -> tuple[list[Row], list[str]]:
    """Rows by the separator whose header fits, else the widest, and the decoding of the text."""
    try:
        if body.startswith(b"PK\x03\x04"):
            return list(xlsx_rows(body, source=str(path), sheet=None)), []
        text, notes = _text(body, path)
        candidates = []
        for delimiter in DELIMITERS:
            rows = list(csv_rows(text.encode(), source=str(path), delimiter=delimiter, encoding="utf-8"))
            if fits(rows):
                return rows, notes
            candidates.append(rows)
        return max(candidates, key=_width), notes
    except LayoutError as error:
        raise PriceListError(str(error)) from error


@lru_cache(maxsize=KEPT_AMOUNTS)
def amount(text: str, currency: str = DOLLAR, *, zero: bool = False) -> Decimal:
    """An amount: `180`, `$180.50`, `1.180,50`, `.5`. Raises `ValueError` for ambiguous ones, as `1,180`."""
    if zero and re.fullmatch(r"0+(?:[.,]0+)?", text):
        return Decimal(0)
    written = re.sub(r"(?<![\d.,])([.,])(?=\d+$)", r"0\1", text)  # .5
    written = re.sub(r"(?<=\d)[.,]$", "", written)  # 40.
    read, faults = set(), []
    for decimal in (".", ","):
        try:
            read.add(Decimal(price(written, decimal=decimal, currency=currency)))
        except ValueError as error:
            faults.append(str(error))
    if len(read) > 1:
        low, high = sorted(read)
        msg = f"{text!r} can mean {low:f} or {high:f}: write it with two decimals"
        raise ValueError(msg)
    if not read:
        raise ValueError(faults[0])
    return read.pop()


def _text(body: bytes, path: Path) -> tuple[str, list[str]]:
    """The file as text with a final line break, and the encoding where it was not UTF-8."""
    encoding, notes = "utf-8-sig", []
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, notes = "utf-16", ["text: UTF-16"]
    elif body[:200].count(b"\0") > len(body[:200]) // 4:
        encoding, notes = ("utf-16-le" if body[1:2] == b"\0" else "utf-16-be"), ["text: UTF-16"]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig" or b"\0" in body:
            msg = f"{path} is no text in {encoding} ({error.reason} at byte {error.start:,})"
            raise PriceListError(msg, next_step="Save it as CSV in UTF-8.") from error
        try:
            text, notes = body.decode("cp1252"), ["text: Windows-1252 (it is not UTF-8)"]
        except UnicodeDecodeError:
            msg = f"{path} is no text in utf-8 ({error.reason} at byte {error.start:,})"
            raise PriceListError(msg, next_step="Save it as CSV in UTF-8.") from error
    return f"{text.rstrip()}\n", notes


def _width(rows: Sequence[Row]) -> int:
    return len(rows[0][1] or []) if rows else 0


def folded(header: str) -> str:
    """A header in the spelling of `COLUMNS`."""
    return SPACES.sub(" ", re.sub(r"[^\w%]+|_", " ", header.casefold())).strip()


def _fields(header: Sequence[str], chosen: Mapping[str, str]) -> dict[str, list[int]]:
    """Field -> positions of the columns that may hold it; a column chosen by the buyer has no rival."""
    names = [folded(name) for name in header]
    is_sku_export = all(name in names for name in SKU_EXPORT)
    columns: dict[str, list[int]] = {}
    taken = {folded(name) for name in chosen.values()}
    for field, spellings in COLUMNS.items():
        if field in chosen:
            places = [at for at, name in enumerate(header) if name.casefold() == chosen[field].casefold()]
            places = places or [at for at, name in enumerate(names) if name == folded(chosen[field])]
        elif field == "tcg_product_id" and is_sku_export:
            continue
        else:
            places = [at for at, name in enumerate(names) if name in spellings and name not in taken]
        if places:
            columns[field] = places
    return columns


def _header(rows: Sequence[Row], chosen: Mapping[str, str]) -> int | None:
    """Position of the header among the rows: the first that names a product and a price."""
    for at, (_, cells) in enumerate(islice(rows, HEADER_WITHIN)):
        fields = _fields([text_of(cell) for cell in cells or []], chosen)
        if fields.keys() & set(NAMING) and fields.keys() & set(PRICES):
            return at
    return None


def _list(rows: list[Row], chosen: Mapping[str, str], path: Path, notes: list[str]) -> PriceList:
    at = _header(rows, chosen)
    if at is None and chosen and rows:
        _require_columns([text_of(cell) for cell in rows[0][1] or []], chosen, path)
    if at is None:
        raise _no_list(rows, path)
    header = [text_of(cell) for cell in rows[at][1] or []]
    _require_columns(header, chosen, path)
    body = rows[at + 1 :]
    columns = _read_columns(header, _fields(header, chosen), body, path, chosen)
    read = [_row(line, cells, columns) for line, cells in body]
    return PriceList(read, (*notes, *columns.reading))


def _require_columns(header: Sequence[str], chosen: Mapping[str, str], path: Path) -> None:
    """Raises `PriceListError` for a chosen column that the header lacks."""
    for field, name in chosen.items():
        if field not in _fields(header, {field: name}):
            near = get_close_matches(name, header, n=1, cutoff=0)
            raise PriceListError(
                f"{path}: no column is called {name!r}",
                allowed=", ".join(filter(None, header)),
                next_step=f"Is {near[0]!r} meant?" if near else "",
            )


def _no_list(rows: Sequence[Row], path: Path) -> PriceListError:
    header = [text_of(cell) for cell in (rows[0][1] or [])] if rows else []
    there = ", ".join(repr(name) for name in header if name)[:400] or "nothing"
    priced = [name for name in header if PRICE_WORDS.search(folded(name))]
    guess = f'Name the column of the price: --columns price="{priced[0]}".' if priced else ""
    names = ", ".join(f"`{field}`" for field in NAMING)
    msg = (
        f"{path}: its first line has {there}. A price list has a column `price` (or `total`, `case price`), "
        f"and one of {names}; `quantity`, `case size`, `shipping` and `currency` if you like"
    )
    return PriceListError(msg, next_step=guess)


def _read_columns(
    header: list[str],
    fields: dict[str, list[int]],
    body: Sequence[Row],
    path: Path,
    chosen: Mapping[str, str],
) -> _Columns:
    """One column per field. Empty columns are ignored; ambiguous ones are refused."""
    places: dict[str, int] = {}
    for field, indices in fields.items():
        filled = [at for at in indices if any(_text_at(cells, at) for _, cells in body)]
        rivals = filled or indices[:1]
        if field == "price" and len(rivals) > 1:
            unit, total = _unit_and_total(rivals, fields, body)
            if unit is not None:
                places["price"] = unit
                if total is not None and "total" not in fields:
                    places["total"] = total
                continue
        if len(rivals) > 1 and not _are_equal(rivals, body):
            there = ", ".join(repr(header[at]) for at in rivals)
            raise PriceListError(
                f"{path}: {len(rivals)} columns tell the {field}: {there}",
                next_step=f'Choose one, e.g. --columns {field}="{header[rivals[0]]}".',
            )
        places[field] = rivals[0]
    columns = _Columns(header, places, [])
    is_total = _is_price_total(columns, body, path)
    if "case_size" in places and "price" in places and "case_price" not in places and "price" not in chosen:
        sizes = {text for _, cells in body if (text := _text_at(cells, places["case_size"]))}
        if sizes - {"1"}:
            name = header[places["price"]]
            raise PriceListError(
                f"{path}: {name!r} beside {header[places['case_size']]!r} can be of a piece or of a case",
                next_step=f'Say which: --columns case_price="{name}", or --columns price="{name}".',
            )
    return _Columns(header, places, _sentences(header, places, is_total=is_total), is_total)


def _text_at(cells: Cells | None, at: int) -> str:
    return text_of(cells[at]) if cells is not None and at < len(cells) else ""


def _are_equal(rivals: Sequence[int], body: Sequence[Row]) -> bool:
    return all(len({_text_at(cells, at) for at in rivals}) == 1 for _, cells in body)


def _numbers(cells: Cells | None, places: Iterable[int]) -> list[Decimal] | None:
    """The amounts at some positions of a row; None where one is missing or no number."""
    try:
        return [amount(_text_at(cells, at).lstrip("$€£ ")) for at in places]
    except ValueError:
        return None


def _unit_and_total(
    rivals: Sequence[int], fields: Mapping[str, list[int]], body: Sequence[Row]
) -> tuple[int | None, int | None]:
    """Unit and total column of two price columns, where quantity x unit = total on every decisive row."""
    if len(rivals) != 2 or "quantity" not in fields:  # noqa: PLR2004 - a pair
        return None, None
    quantity = fields["quantity"][0]
    for unit, total in (tuple(rivals), tuple(reversed(rivals))):
        rows = [numbers for _, cells in body if (numbers := _numbers(cells, (quantity, unit, total)))]
        telling = [row for row in rows if row[0] != 1]
        if telling and all(
            abs(pieces * unit_price - sum_) <= CENT * pieces for pieces, unit_price, sum_ in rows
        ):
            return unit, total
    return None, None


def _is_price_total(columns: _Columns, body: Sequence[Row], path: Path) -> bool:
    """True if `price` equals `total` for several pieces, and so is the price of the row."""
    places = columns.places
    if not {"price", "total", "quantity"} <= places.keys():
        return False
    at = [places[field] for field in ("quantity", "price", "total")]
    telling = [row for _, cells in body if (row := _numbers(cells, at)) and row[0] != 1]
    whole = sum(unit_price == sum_ for _, unit_price, sum_ in telling)
    if whole and whole < len(telling) and any(p * unit_price == sum_ for p, unit_price, sum_ in telling):
        msg = f"{path}: {columns.header[at[1]]!r} is per piece on some rows and per row on others"
        raise PriceListError(msg, next_step="Write one of them on every row.")
    return bool(telling) and whole == len(telling)


def _sentences(header: Sequence[str], places: Mapping[str, int], *, is_total: bool) -> list[str]:
    of = {
        "price": "the price of the whole row" if is_total else "the price of a piece",
        "total": "the price of the whole row",
        "case_price": "the price of a case",
        "case_size": "pieces per case",
        "quantity": "cases" if "case_price" in places and "price" not in places else "pieces",
        "shipping": "shipping of the whole row",
    }
    return [
        f"{field}: {header[at]!r}{f', {of[field]}' if field in of else ''}" for field, at in places.items()
    ]


def _row(line: int, cells: Cells | None, columns: _Columns) -> ListRow:
    if cells is None:
        return ListRow(line, {}, {}, slug="bad_row", problem="its quotes do not match")
    header, places = columns.header, columns.places
    texts = [text_of(cell) for cell in cells]
    named = {
        name or f"column {at + 1}": text for at, (name, text) in enumerate(zip(header, texts, strict=False))
    }
    values = {field: texts[at] for field, at in places.items() if at < len(texts) and texts[at]}
    given = {field: text for field, text in values.items() if field in NAMING}
    if any(TOTAL_ROW.fullmatch(text) for text in texts if text) and (
        not given or all(TOTAL_ROW.fullmatch(text) for text in given.values())
    ):
        return ListRow(line, named, {}, slug="total_row", problem="the row is a total and names no product")
    if any(texts[len(header) :]):
        problem = (
            f"it has {len(texts)} cells, the header {len(header)}: put cells that hold a separator in quotes"
        )
        return ListRow(line, named, given, slug="bad_row", problem=problem)
    currency = values.get("currency", DOLLAR).upper()
    field = "currency"
    try:
        if not re.fullmatch("[A-Z]{3}", currency):
            msg = f"{currency!r} is no code such as USD or EUR"
            raise ValueError(msg)  # noqa: TRY301 - one place turns a bad field into the row's problem
        field = "quantity"
        quantity = _pieces(values.get("quantity", "1"))
        field = "shipping"
        shipping = amount(values.get("shipping", "0"), currency, zero=True)
        field = "price"
        unit, pieces = _price(values, quantity, currency, columns)
        for field in ("upc", "tcg_product_id"):
            code(values.get(field))
    except ValueError as error:
        return ListRow(line, named, given, slug=f"bad_{field}", problem=f"{field}: {error}")
    if unit is None:
        return ListRow(line, named, given, slug="no_price", problem="the row has no price")
    return ListRow(line, named, given, unit, pieces, shipping, currency)


def _price(
    values: Mapping[str, str], quantity: int, currency: str, columns: _Columns
) -> tuple[Decimal | None, int]:
    """Price per piece (None: not given) and pieces. Raises `ValueError` for prices that contradict."""
    unit = amount(values["price"], currency) if "price" in values else None
    total = amount(values["total"], currency) if "total" in values else None
    case = amount(values["case_price"], currency) if "case_price" in values else None
    if unit is not None and columns.is_price_total:
        unit, total = unit / quantity, unit
    if case is not None:
        if "case_size" not in values:
            msg = f"the price of a case is {case:f}, and how many pieces a case has is not given"
            raise ValueError(msg)
        size = _pieces(values["case_size"])
        if unit is not None and abs(unit * size - case) > CENT * size:
            msg = f"{size} pieces of {unit:f} are not the case's {case:f}"
            raise ValueError(msg)
        if unit is None:
            unit, quantity = case / size, quantity * size
            if quantity > MOST_PIECES:
                msg = f"{quantity:,} pieces are more than {MOST_PIECES:,}"
                raise ValueError(msg)
    if unit is not None and total is not None and abs(unit * quantity - total) > CENT * quantity:
        msg = f"{quantity} x {unit:f} is {unit * quantity:f}, not the total {total:f}"
        raise ValueError(msg)
    if unit is None and total is not None:
        unit = total / quantity
    return unit, quantity


def _pieces(text: str) -> int:
    """A whole number of pieces: `6`, `6.0`, `6,00`. Raises `ValueError`; `1,000` can mean two numbers."""
    if re.fullmatch(r"\d{1,3}[.,]000", text):
        msg = f"{text!r} can mean {text[:-4]} or {text[:-4]}000: write it without a separator"
        raise ValueError(msg)
    whole = re.sub(r"[.,]0*$", "", text)
    pieces = count(whole, decimal=".") if whole.isdigit() else 0
    if not 1 <= pieces <= MOST_PIECES:
        msg = f"{text!r} is no whole number from 1 to {MOST_PIECES:,}"
        raise ValueError(msg)
    return pieces
