"""The European Central Bank's reference rates: XML with a Cube per day, and in it a Cube per currency."""

import re
from datetime import date
from typing import NoReturn
from xml.parsers import expat

from arb_pipeline.sources.parsing import SHOWN, LayoutError, Record

SOURCE = "ecb"
ENVELOPE = "http://www.gesmes.org/xml/2002-08-01 Envelope"
CUBE = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref Cube"
DEPTH_OF_DAYS = 2
"""Envelope, Cube of all, Cube of a day, Cube of a currency."""
_RATE = re.compile(r"(?=.*[1-9])\d{1,9}(\.\d{1,10})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def rates(body: bytes) -> list[Record]:
    """Records `{time, currency, rate}`: units of the currency for one euro. Raises `LayoutError`."""
    reader = _Reader()
    # expat fetches nothing by itself, and a DTD, where entities are declared, is refused before it is read.
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes no keywords
    except expat.ExpatError as error:
        msg = f"{SOURCE} answered no whole XML ({error}): {body[:SHOWN].decode('utf-8', 'replace')!r}"
        raise LayoutError(msg) from error
    if not reader.records:
        msg = f"{SOURCE} answered XML without a rate: {body[:SHOWN].decode('utf-8', 'replace')!r}"
        raise LayoutError(msg)
    return reader.records


def newest(records: list[Record]) -> date:
    """The newest day that has a rate."""
    return date.fromisoformat(max(record["time"] for record in records))


class _Reader:
    """Collects the rates while expat walks the tree."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._depth = 0
        self._day = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if self._depth == 0 and tag != ENVELOPE:
            msg = f"{SOURCE} answered <{tag.rpartition(' ')[2]}>, expected a gesmes Envelope"
            raise LayoutError(msg)
        if tag == CUBE and self._depth == DEPTH_OF_DAYS:
            self._day = _day(attributes.get("time", ""))
        elif tag == CUBE and self._depth == DEPTH_OF_DAYS + 1:
            self.records.append(_rate(self._day, attributes))
        self._depth += 1

    def end(self, _tag: str) -> None:
        """An element ends."""
        self._depth -= 1


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        msg = f"{SOURCE} has rates of {text!r}, which is no day"
        raise LayoutError(msg) from error


def _rate(day: str, attributes: dict[str, str]) -> Record:
    currency, rate = attributes.get("currency", ""), attributes.get("rate", "")
    if not day or not _CURRENCY.fullmatch(currency) or not _RATE.fullmatch(rate):
        # One wrong rate misprices every product in that currency, so the whole file is refused.
        msg = f"{SOURCE} has {rate!r} {currency!r} per euro on {day!r}, which is no rate"
        raise LayoutError(msg)
    return {"time": day, "currency": currency, "rate": rate}


def _refuse_dtd(*_: object) -> NoReturn:
    msg = f"{SOURCE} answered XML with a DTD, which its rates never had: refused unread"
    raise LayoutError(msg)
