"""Numbers, days and codes of price lists. Each function raises `ValueError` with the reason."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"})
SIGNS = {
    "$": _DOLLARS,
    "US$": {"USD"},
    "CA$": {"CAD"},
    "A$": {"AUD"},
    "€": {"EUR"},
    "£": {"GBP"},
    "¥": {"JPY"},
}
MAX_NUMBER = Decimal(10_000_000)
EXCEL_DIGITS = ".15g"
"""Excel keeps 15 digits; beyond them a sum of cents reads as 44.949999999999996."""
_GROUPED = r"[1-9]\d{0,2}(?:(?P<by>[%s' ])\d{3})(?:(?P=by)\d{3})*"
_NUMBER = {
    point: re.compile(
        rf"(?:(?P<whole>\d+)|(?P<grouped>{_GROUPED % other}))(?:{re.escape(point)}(?P<part>\d+))?"
    )
    for point, other in ((".", ","), (",", "."))
}
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_AT_LEAST = re.compile(r"(?:>=?\s*(\d+)|(\d+)\s*\+)")


def text_of(cell: Any) -> str:
    """A cell as text; whole numbers of XLSX without a point. '' for an empty one."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return format(Decimal(format(cell, EXCEL_DIGITS)), "f").removesuffix(".0")
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return SPACES.sub(" ", str(cell)).strip()


def code(cell: Any) -> str:
    """A SKU or barcode. A barcode converted to a float by a spreadsheet is lost."""
    text = text_of(cell)
    if _SCIENTIFIC.fullmatch(text):
        msg = f"{text!r} was a code before a spreadsheet made a rounded number of it"
        raise ValueError(msg)
    return text


def price(cell: Any, *, decimal: str, currency: str) -> str:
    """A price as a decimal number in a string, without a sign for the currency."""
    text = text_of(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _plain(Decimal(text), text)
    amount = text
    for sign in sorted((*SIGNS, currency), key=len, reverse=True):
        bare = amount.removeprefix(sign).removesuffix(sign).strip()
        if bare != amount:
            if currency not in SIGNS.get(sign, {currency}):
                msg = f"{text!r} is not in {currency}"
                raise ValueError(msg)
            amount = bare
            break
    return _plain(_number(amount, decimal), text)


def _plain(amount: Decimal, shown: str) -> str:
    if not 0 < amount < MAX_NUMBER:
        msg = f"{shown!r} is no price: it has to be above 0 and below {MAX_NUMBER:,}"
        raise ValueError(msg)
    return format(amount, "f")


def _number(text: str, decimal: str) -> Decimal:
    match = _NUMBER[decimal].fullmatch(text)
    if re.fullmatch(r"[-\u2212]\s*[\d.,]+", text):
        msg = f"{text!r} is a number below 0"
        raise ValueError(msg)
    if not match:
        msg = f"{text!r} is no number with {decimal!r} before its decimals"
        raise ValueError(msg)
    whole = match["whole"] or match["grouped"].replace(match["by"], "")
    return Decimal(f"{whole}.{match['part'] or 0}" if match["part"] else whole)


def count(cell: Any, *, decimal: str) -> int:
    """A whole number. `100+` and `>100` are 100, the minimum."""
    text = text_of(cell)
    at_least = _AT_LEAST.fullmatch(text)
    is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
    number = (
        Decimal(text) if is_number else _number((at_least[1] or at_least[2]) if at_least else text, decimal)
    )
    if not 0 <= number < MAX_NUMBER or number != int(number):
        msg = f"{text!r} is no whole number"
        raise ValueError(msg)
    return int(number)


def day(cell: Any, *, date_format: str) -> str:
    """A day, ISO."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = text_of(cell)
    try:
        return datetime.strptime(text, date_format).date().isoformat()  # noqa: DTZ007 - a day
    except ValueError:
        msg = f"{text!r} is no day written as {date_format}"
        raise ValueError(msg) from None
