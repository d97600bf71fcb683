"""Parsers, one module per source: bytes of an answer -> records. Pure: no network, no disk, no clock.

A record is a flat dict under the source's own field names, with the source's own values. A parser raises
`LayoutError` for anything else than the source publishes: a login page, a changed envelope, a truncated file.
"""

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any

import orjson

Record = dict[str, Any]
Records = Iterator[Record]
SHOWN = 120


class LayoutError(ValueError):
    """An answer that is not what its source publishes. The message states what was found instead."""


def parsed_json(body: bytes, *, source: str) -> Any:
    """The JSON document, without byte order mark. Raises `LayoutError`, which recognises an HTML page."""
    try:
        return orjson.loads(body.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        start = body[:SHOWN].decode("utf-8", "replace").strip()
        what = "an HTML page" if start[:1] == "<" else "nothing" if not body else f"no JSON ({error})"
        msg = f"{source} answered {what}: {start!r}. Nothing of it is used; look at the address in a browser."
        raise LayoutError(msg) from error


def json_object(body: bytes, *, source: str) -> dict[str, Any]:
    """The JSON object. Raises `LayoutError`."""
    document = parsed_json(body, source=source)
    if not isinstance(document, dict):
        msg = f"{source} answered a {type(document).__name__}, expected an object: {str(document)[:SHOWN]!r}"
        raise LayoutError(msg)
    return document


def json_list(body: bytes, *, source: str) -> list[Any]:
    """The JSON list. Raises `LayoutError`."""
    document = parsed_json(body, source=source)
    if not isinstance(document, list):
        msg = f"{source} answered a {type(document).__name__}, expected a list: {str(document)[:SHOWN]!r}"
        raise LayoutError(msg)
    return document


def records_in(document: dict[str, Any], key: str, *, source: str) -> list[Record]:
    """The list of records under a key. Raises `LayoutError` where there is none."""
    records = document.get(key)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        msg = f"{source} answered without a list of records in {key!r}; it has {sorted(document)[:12]}"
        raise LayoutError(msg)
    return records


def object_in(record: Record, key: str, *, source: str) -> Record:
    """The object under a key; empty where the record lacks it. Raises `LayoutError` for anything else."""
    value: Any = record.get(key) or {}
    if not isinstance(value, dict):
        msg = f"{source} answered no object in {key!r}: {str(value)[:SHOWN]!r}"
        raise LayoutError(msg)
    return value
