"""Opaque cursors: end of a keyset page, bound to its list."""

import base64
import binascii
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import orjson

from arb_pipeline.api.problems import ProblemError

VERSION = 1
DAYS = 7
"""Days for which a cursor is accepted."""
_PARSED: Mapping[str, Any] = {
    "uuid": UUID,
    "numeric": Decimal,
    "double precision": float,
    "timestamptz": datetime.fromisoformat,
    "date": date.fromisoformat,
    "integer": int,
    "text": str,
}


@dataclass(frozen=True, slots=True)
class CursorOf:
    """The list that cursors belong to: its name, filters and order."""

    fingerprint: str
    sort_kind: str
    key_kind: str


def cursor_of(name: str, sort: str, given: Mapping[str, Any], sort_kind: str, key_kind: str) -> CursorOf:
    """Fingerprint of a list, by which its cursors are checked."""
    text = orjson.dumps([name, sort, sorted((k, str(v)) for k, v in given.items() if v is not None)])
    return CursorOf(hashlib.sha256(text).hexdigest()[:16], sort_kind, key_kind)


def encode(of: CursorOf, sort_key: str, row_key: str) -> str:
    """The cursor after a row."""
    text = orjson.dumps([VERSION, int(time.time()), of.fingerprint, sort_key, row_key])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode(of: CursorOf, cursor: str) -> tuple[str, str]:
    """Sort key and row key. Raises `ProblemError`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        document = orjson.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        version, issued, fingerprint, sort_key, row_key = document
        if version != VERSION or not isinstance(issued, int):
            raise ValueError  # noqa: TRY301 - one answer for all
        _check(of.sort_kind, sort_key)
        _check(of.key_kind, row_key)
    except (ValueError, TypeError, InvalidOperation, binascii.Error, UnicodeError):
        detail = "The cursor is not one of ours. Send `next_cursor` of the page before as it was, or none."
        raise ProblemError("invalid-cursor", detail) from None
    if fingerprint != of.fingerprint:
        detail = "The cursor belongs to a list with other filters or another order. Start at the first page."
        raise ProblemError("invalid-cursor", detail)
    if not 0 <= time.time() - issued + 60 <= DAYS * 86_400 + 60:
        detail = f"The cursor is older than {DAYS} days. Start at the first page."
        raise ProblemError("invalid-cursor", detail)
    return sort_key, row_key


def _check(kind: str, text: Any) -> None:
    if not isinstance(text, str) or "\0" in text:
        raise ValueError
    if kind in {"date", "timestamptz"} and text in {"-infinity", "infinity"}:
        return
    if kind == "numeric" and text == "-Infinity":
        return
    _PARSED[kind](text)
