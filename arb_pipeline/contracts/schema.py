"""Vocabulary of column declarations: kinds, columns, tables, and the places in which they appear.

The declarations are in `columns` (tables and frames) and `mart_models` (models of the mart). Frame contracts
are derived in `frame_models`, SQLAlchemy tables in `storage.postgres.columns`, dbt files and docs/mart.md in
`mart.declared_files`. Declarations are plain data without polars: commands that list rows do without it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, Flag, auto
from typing import Any
from uuid import UUID

from arb_pipeline.contracts.enums import Described

CENTS = "US cents"


class FrameType(Enum):
    """Types in frames that are no Python type; `frame_models` has the polars type of each."""

    INT32 = auto()
    INT64 = auto()
    UTC = auto()
    """Time in UTC, in microseconds."""
    TEXTS = auto()
    SEALED_IDS = auto()
    CARD_IDS = auto()
    """Keys of a million lines: as categories they join and group five times faster than as text."""


class Shown(Flag):
    """Places in which a column appears."""

    FRAME = auto()
    """In the frame between stages."""
    TABLE = auto()
    """In the table of PostgreSQL."""
    MART = auto()
    """In the model of the mart."""
    EXPORT = auto()
    """In `arb export`."""
    API = auto()
    """In answers of the API."""
    USERS = MART | EXPORT | API
    STORED = TABLE | MART | EXPORT | API
    EVERYWHERE = FRAME | TABLE | MART | EXPORT | API


@dataclass(frozen=True, slots=True)
class Kind:
    """Type of a column: in PostgreSQL, in frames, in Python and the API."""

    sql: str
    """Type in PostgreSQL without its length: numeric, varchar, text[] ..."""
    frame: type | FrameType
    """Type in frames."""
    python: Any
    size: int | None = None
    """Digits of a number, characters of a text."""
    scale: int | None = None
    suffix: str = ""
    """Suffix of the name in frames: `_cents`."""
    unit: str = ""
    frame_unit: str = ""
    """Unit in frames, where it is another."""

    @property
    def sql_type(self) -> str:
        """Type as PostgreSQL writes it: numeric(12,2)."""
        sizes = ",".join(str(size) for size in (self.size, self.scale) if size is not None)
        return f"{self.sql}({sizes})" if sizes else self.sql

    @property
    def mart_type(self) -> str:
        """Type in the mart, where all texts are text and lists are joined."""
        return "text" if self.sql in {"varchar", "char", "text[]"} else self.sql_type

    @property
    def is_minor_unit(self) -> bool:
        """True if frames hold it in whole cents or basis points."""
        return bool(self.frame_unit)

    @property
    def is_money(self) -> bool:
        """True if it is an amount of money."""
        return self.frame_unit == CENTS


def varchar(length: int) -> Kind:
    """Text of at most `length` characters."""
    return Kind("varchar", str, str, length)


def char(length: int) -> Kind:
    """Text of exactly `length` characters."""
    return Kind("char", str, str, length)


def _dollars(digits: int) -> Kind:
    return Kind(
        "numeric", FrameType.INT64, Decimal, digits, 2, suffix="_cents", unit="US dollars", frame_unit=CENTS
    )


def _percent(digits: int) -> Kind:
    return Kind("numeric", FrameType.INT64, Decimal, digits, 2, unit="percent", frame_unit="basis points")


def decimal(digits: int, scale: int, unit: str = "") -> Kind:
    """Exact number that frames hold as a float."""
    return Kind("numeric", float, Decimal, digits, scale, unit=unit)


MONEY, SUM = _dollars(12), _dollars(14)
PERCENT, WIDE_PERCENT = _percent(12), _percent(14)
SHARE = decimal(9, 6)
CHANCE = decimal(6, 5)
SCORE = decimal(3, 2)
FACTOR = decimal(6, 4)
COUNT = Kind("integer", FrameType.INT32, int)
WIDE_COUNT = Kind("bigint", FrameType.INT64, int)
REAL = Kind("double precision", float, float)
DAY = Kind("date", date, date)
WHEN = Kind("timestamp with time zone", FrameType.UTC, datetime)
BOOLEAN = Kind("boolean", bool, bool)
TEXT = Kind("text", str, str)
WORDS = Kind("text[]", FrameType.TEXTS, list[str])
ID = Kind("uuid", str, UUID)
JSON = Kind("jsonb", str, dict[str, Any])


@dataclass(frozen=True, slots=True)
class Column:
    """One column, under the name that table, mart, export and API use."""

    name: str
    kind: Kind
    meaning: str
    """English sentences, without the unit and without the values of an enumeration: both are added."""
    shown: Shown = Shown.EVERYWHERE
    nullable: bool = False
    """Null means not known, never 0."""
    null_in_table: bool | None = None
    """Nullable in the table, where it differs from the frame."""
    frame_name: str = ""
    """Name in frames; by default `name` and the suffix of its kind."""
    frame_type: FrameType | None = None
    """Type in frames, where it is not that of the kind."""
    unit: str = ""
    """Unit, where it is not that of the kind."""
    enum: type[Described] | None = None
    values: tuple[str, ...] = ()
    """Allowed values that are no enumeration, such as the games."""
    python: Any = None
    """Type in Python, where it is not the enumeration or that of the kind."""
    gt: float | None = None
    ge: float | None = None
    le: float | None = None
    pattern: str = ""
    """Regular expression of a text in frames."""
    length: tuple[int, int] | None = None
    """Fewest and most characters of a text in frames."""
    unique: bool = False
    """Unique: no two rows of the frame have the same value."""
    checked: bool = False
    """The limits are a constraint of the table, too. Values of an enumeration always are."""
    default: str | None = None
    """Default of the table, as an SQL expression."""
    key: bool = False
    """Part of the table's primary key."""
    unique_in_table: bool = False
    references: str = ""
    """Foreign key: `products.id`."""
    index: bool = False
    separator: str = ", "
    """Between the elements of a list that the mart shows as text."""
    mart_tests: tuple[Any, ...] = ()
    """dbt tests beside `accepted_values`, which follows from the enumeration."""
    in_opportunity: bool = False
    """True if each confirmation copies this valuation column to the opportunity."""

    @property
    def in_frame(self) -> str:
        """Name in frames: `sealed_price_cents`."""
        return self.frame_name or self.name + self.kind.suffix

    @property
    def allowed(self) -> tuple[str, ...]:
        """Values that the column may hold; empty: not limited."""
        return self.enum.values() if self.enum else self.values

    @property
    def in_python(self) -> Any:
        """Type of its values in Python."""
        return self.python or self.enum or self.kind.python

    @property
    def is_null_in_table(self) -> bool:
        """True if the table accepts null."""
        return self.nullable if self.null_in_table is None else self.null_in_table

    @property
    def unit_shown(self) -> str:
        """Unit in table, mart, export and API; empty for a number without one and for texts."""
        return self.unit or self.kind.unit

    @property
    def description(self) -> str:
        """Meaning and, of an enumeration, its values."""
        return self._with_values(self.meaning)

    @property
    def comment(self) -> str:
        """Description with the unit: the comment in PostgreSQL and dbt."""
        return self._with_unit(self.description, self.unit_shown)

    @property
    def frame_description(self) -> str:
        """Description with the unit that frames use."""
        return self._with_unit(self.description, self.kind.frame_unit or self.unit_shown)

    def _with_values(self, text: str) -> str:
        return f"{text} One of: {', '.join(self.allowed)}." if self.enum else text

    @staticmethod
    def _with_unit(text: str, unit: str) -> str:
        return f"{text} Unit: {unit}." if unit else text


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one table, frame or model of the mart, in order."""

    name: str
    meaning: str
    """Meaning of one row, in sentences."""
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        """Refuse a name that is declared twice."""
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            message = f"{self.name} declares {', '.join(twice)} more than once. Keep one of them."
            raise ValueError(message)

    def __getitem__(self, name: str) -> Column:
        """Return the column of a name."""
        return next(column for column in self.columns if column.name == name)

    def shown(self, where: Shown) -> tuple[Column, ...]:
        """Columns that appear in one place."""
        return tuple(column for column in self.columns if where & column.shown)

    def names(self, where: Shown) -> list[str]:
        """Names of the columns that appear in one place; the frame's own names for `Shown.FRAME`."""
        columns = self.shown(where)
        return [column.in_frame if where is Shown.FRAME else column.name for column in columns]


def in_order(columns: Iterable[Column], first: Iterable[str]) -> tuple[Column, ...]:
    """Columns in the order of `first`; one that it lacks follows the column that it follows in `columns`."""
    declared = list(columns)
    by_name = {column.name: column for column in declared}
    ordered = [name for name in first if name in by_name]
    for place, column in enumerate(declared):
        if column.name not in ordered:
            before = declared[place - 1].name if place else None
            ordered.insert(ordered.index(before) + 1 if before else 0, column.name)
    return tuple(by_name[name] for name in ordered)
