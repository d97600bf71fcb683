"""Pydantic's errors as text: one line per fault, `key is value; allowed: ...`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

SHOWN = 80
"""Characters of a value that a line quotes."""
LOGIN = re.compile("//[^/]*@")
OWN = "Value error, "
"""Prefix that pydantic adds to messages of validators."""


def fault_text(
    fault: ErrorDetails,
    *,
    key: str | None = None,
    model: type[BaseModel] | None = None,
    shows_value: bool = True,
) -> str:
    """One fault. `key`: instead of its path. `model`: names the allowed keys where one is unknown."""
    key = path_of(fault["loc"]) if key is None else key
    if fault["type"] == "missing":
        return f"{key} is missing"
    if fault["type"] == "extra_forbidden":
        return f"{key} is unknown" + (f"; allowed: {', '.join(model.model_fields)}" if model else "")
    message = _message(fault)
    if not key:
        return message
    if not shows_value or isinstance(fault["input"], Mapping):
        return f"{key}: {message}"
    return f"{key} is {_shown(fault['input'])}; {message}"


def path_of(loc: Sequence[int | str]) -> str:
    """A fault's place: `selling.cards_per_order`; '' for the whole document."""
    return ".".join(str(part) for part in loc)


def _message(fault: ErrorDetails) -> str:
    message = fault["msg"]
    if message.startswith(OWN):
        return message.removeprefix(OWN)
    if fault["type"] in {"literal_error", "enum"}:
        return f"allowed: {fault['ctx']['expected'].replace(chr(39), '')}"
    should = "Input should be "
    if message.startswith(should):
        return f"allowed: {message.removeprefix(should)}"
    return message[:1].lower() + message[1:]


def _shown(value: Any) -> str:
    """A value as Python writes it, cut, without a login in a URL."""
    return LOGIN.sub("//...@", f"{value!r:.{SHOWN}}")
