"""Base of all views (results of services), and the units of their fields."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, is_dataclass
from dataclasses import fields as members
from datetime import date
from decimal import Decimal
from functools import lru_cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from arb_pipeline.contracts.schema import SCORE, Column


class View(BaseModel):
    """Result of a service, frozen. Tables, JSON output and API responses are rendered from it.

    Fields have the names of the tables' columns. Money is a `Decimal` of US dollars.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


Dollars = Annotated[Decimal, Field(description="US dollars.")]
Percent = Annotated[Decimal, Field(description="Percent: 12.5 is 12.5 %.")]
Share = Annotated[float, Field(description="Share from 0 to 1.")]


def row_view(columns: Iterable[Column]) -> Any:
    """Base of the view of a row: a field per declared column, of its name, type and description.

    `class ValuationView(row_view(exported("valuations"))): ...` has every column of that export.
    """
    fields: dict[str, Any] = {
        column.name: (_type(column), Field(description=column.comment)) for column in columns
    }
    return create_model("RowView", __base__=View, **fields)


@lru_cache
def view_of(kind: type) -> Any:
    """View with the fields of a dataclass of the core, and views for the dataclasses in it.

    `class FindingsView(view_of(Findings)): ...` is validated from a `Findings` by `from_attributes`.
    """
    hints, given = get_type_hints(kind), {member.name: member.default for member in members(kind)}
    fields: dict[str, Any] = {
        name: (_viewed(hints[name]), ... if default is MISSING else default)
        for name, default in given.items()
    }
    return create_model(f"{kind.__name__}View", __base__=View, __doc__=kind.__doc__, **fields)


def _viewed(hint: Any) -> Any:
    """A type with views for dataclasses, and tuples for lists: a view is frozen."""
    if isinstance(hint, type) and is_dataclass(hint):
        return view_of(hint)
    parts = [_viewed(part) for part in get_args(hint)]
    if not parts:
        return hint
    origin: Any = get_origin(hint)
    if origin is UnionType:
        return reduce(or_, parts)
    return tuple.__class_getitem__((*parts, ...)) if origin is list else origin[tuple(parts)]


def _type(column: Column) -> Any:
    """Type of a column's values in a view: amounts and scores exact, shares and chances as floats."""
    kind, python_type = column.kind, column.in_python
    if kind.is_money:
        python_type = Dollars
    elif kind.is_minor_unit:
        python_type = Percent
    elif kind.sql == "numeric" and kind is not SCORE:
        python_type = Share
    elif kind.sql == "text[]":
        python_type = tuple[str, ...]
    elif kind.sql == "uuid":
        python_type = str
    return python_type | None if column.is_null_in_table else python_type


def dollars(cents: float | None) -> Decimal | None:
    """US dollars of an amount in cents, exact for whole cents; None for not known.

    Amounts with fractions of a cent, such as the edges of a distribution's bars, keep four digits of them.
    """
    if cents is None:
        return None
    if isinstance(cents, int):
        return Decimal(cents).scaleb(-2)
    return Decimal(repr(round(cents, 4))).scaleb(-2)


def percent(bps: int | None) -> Decimal | None:
    """Percent of basis points, with two decimals; None for not known."""
    return None if bps is None else Decimal(bps).scaleb(-2)


def json_text(value: Any) -> str:
    """JSON of views, lists and plain values: money as numbers, days as ISO text, null for not known.

    Control and format characters are escaped: a terminal does not obey them.
    """
    text = json.dumps(value, default=_plain, ensure_ascii=False, indent=1)
    return "".join(letter if letter.isprintable() or letter == "\n" else _escaped(letter) for letter in text)


def json_value(value: Any) -> JsonValue:
    """A YAML value as JSON: days as ISO text."""
    if isinstance(value, Mapping):
        return {str(key): json_value(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _escaped(letter: str) -> str:
    return json.dumps(letter)[1:-1]


def _plain(value: Any) -> Any:
    """A value that JSON has no type for."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
