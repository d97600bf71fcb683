"""Types and bases of the models, and models of rows derived from the declared tables."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    create_model,
)
from pydantic_core import CoreSchema, core_schema
from sqlalchemy.dialects.postgresql import JSONB

from arb_pipeline.storage.postgres.columns import allowed_values, is_money

ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?", re.ASCII)


def _amount(value: Any) -> str:
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        msg = "must be a decimal string with at most two digits after the point, as in '52.50'"
        raise ValueError(msg)
    return value


Money = Annotated[
    Decimal,
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "examples": ["52.50"]}),
]
"""An amount in an answer: a decimal string with two digits after the point."""
MoneyIn = Annotated[
    Decimal,
    BeforeValidator(_amount),
    Field(ge=0, max_digits=12, decimal_places=2, allow_inf_nan=False),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$", "examples": ["52.50"]}),
]
"""An amount in a request: a decimal string, at most ten digits before the point and two after it."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        msg = "must not contain a NUL character"
        raise ValueError(msg)
    return text


@dataclass(frozen=True, slots=True)
class NoNul:
    """Refuses NUL characters, which PostgreSQL cannot store; the last annotation of a text.

    `pattern`: what the OpenAPI document says of it.
    """

    pattern: str = r"^[^\x00]*$"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The text's schema with the check after it."""
        return core_schema.no_info_after_validator_function(_without_nul, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The text's own constraints, and the pattern."""
        return {"pattern": self.pattern, **handler(schema)}


CLEAN = NoNul()
FILLED = NoNul(r"^[^\x00]*[^\s\x00][^\x00]*$")
"""And not of blanks alone."""


def _iso(value: Any) -> Any:
    """Days and moments are texts as RFC 3339 has them: a bare number is no moment since 1970."""
    if not isinstance(value, date) and (not isinstance(value, str) or not ISO.match(value)):
        msg = "must be as in '2026-11-29' or '2026-11-29T12:00:00Z'"
        raise ValueError(msg)
    return value


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), FILLED]
Whole = BeforeValidator(
    lambda value: int(value) if isinstance(value, float) and value.is_integer() else value
)
"""Takes 2.0 for 2: JSON has one kind of number. Before a strict integer."""
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000), Whole]
"""A number of pieces in a request."""
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Flag = Annotated[bool, Field(strict=True)]
Utc = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]
UtcIn = Annotated[Utc, BeforeValidator(_iso)]
"""A moment in a request."""
Day = Annotated[date, BeforeValidator(_iso)]
"""A day in a request."""


class View(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid", use_enum_values=True)


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, use_enum_values=True)


Item = TypeVar("Item")


class Page(View, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(
        description="Value of `cursor` for the next page; null on the last one. The Link header has the URL."
    )
    total: int | None = Field(description="Rows of the whole list; null without `include_total=true`.")


def type_of(column: sa.Column[Any]) -> Any:
    """The Python type of a column in an answer."""
    kind = column.type
    python_type: Any
    if allowed := allowed_values(column):
        python_type = Literal[allowed]
    elif is_money(column):
        python_type = Money
    elif isinstance(kind, JSONB):
        python_type = dict[str, Any]
    elif isinstance(kind, sa.ARRAY):
        python_type = list[str]
    else:
        types: list[tuple[type[Any], Any]] = [
            (sa.Uuid, UUID),
            (sa.Double, float),
            (sa.Numeric, float),
            (sa.Integer, int),
            (sa.Boolean, bool),
            (sa.DateTime, Utc),
            (sa.Date, date),
            (sa.String, str),
        ]
        python_type = next(python for sql, python in types if isinstance(kind, sql))
    return python_type | None if column.nullable else python_type


def row_base(table: sa.Table, *, without: Collection[str] = (), only: Collection[str] = ()) -> type[View]:
    """A base model with a field per column of a table: same name, type, and meaning."""
    fields: dict[str, Any] = {
        column.name: (type_of(column), Field(description=column.comment))
        for column in table.c
        if column.name not in without and (not only or column.name in only)
    }
    return create_model(f"{table.name}_row", __base__=View, **fields)
