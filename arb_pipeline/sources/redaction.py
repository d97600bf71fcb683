"""Removes personal data from an answer before it is archived."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from arb_pipeline.sources.parsing import LayoutError, json_object

Edit = Callable[[Any], Any]
GONE = object()
"""Result of an edit that removes a value with its key."""


def gone(_value: Any) -> Any:
    """The edit that removes a value."""
    return GONE


def edited(body: bytes, edits: Mapping[str, Edit], *, source: str) -> bytes:
    """The JSON object with every value under a key of `edits`, at any depth, put through its edit.

    Bytes without anything to edit are unchanged. Raises `LayoutError` if they are no object.
    """
    try:
        document = json_object(body, source=source)
    except LayoutError:  # its message quotes the answer, which may hold personal data
        what = (
            "an HTML page" if body.lstrip().startswith(b"<") else "nothing" if not body else "no JSON object"
        )
        msg = f"{source} answered {what} ({len(body):,} bytes). Nothing of it is kept."
        raise LayoutError(msg) from None
    changed = _edit(document, edits)
    return orjson.dumps(changed) if changed != document else body


def _edit(value: Any, edits: Mapping[str, Edit]) -> Any:
    if isinstance(value, list):
        return [_edit(item, edits) for item in value]
    if not isinstance(value, dict):
        return value
    pairs = ((key, edits[key](item) if key in edits else _edit(item, edits)) for key, item in value.items())
    return {key: item for key, item in pairs if item is not GONE}
