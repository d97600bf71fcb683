"""SQLAlchemy columns and constraints of the declared tables (`contracts.columns`), and of internal tables."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from arb_pipeline.contracts.enums import Described
from arb_pipeline.contracts.schema import Column, Kind, Shown, Table

COUNT = sa.Integer()
WIDE_COUNT = sa.BigInteger()
DAY = sa.Date()
WHEN = sa.DateTime(timezone=True)
DECLARED = "declaration"
"""Key of a column's `info` under which its declaration is."""


def declared(table: Table) -> list[sa.Column[Any] | sa.CheckConstraint]:
    """Columns of a declared table, and the checks of their values."""
    columns = table.shown(Shown.TABLE)
    return [*map(_column, columns), *(check for column in columns if (check := _check(column)) is not None)]


def is_money(column: sa.Column[Any]) -> bool:
    """True if a column holds an amount of money: as declared, or an internal one of two decimal places."""
    declaration: Column | None = column.info.get(DECLARED)
    if declaration:
        return declaration.kind.is_money
    kind = column.type
    has_cents = type(kind) is sa.Numeric and kind.scale == 2  # noqa: PLR2004
    return has_cents and not column.name.endswith("_percentage")


def allowed_values(column: sa.Column[Any]) -> tuple[str, ...]:
    """Values that a column may hold, as declared; empty: not limited."""
    declaration: Column | None = column.info.get(DECLARED)
    return declaration.allowed if declaration else ()


def _column(column: Column) -> sa.Column[Any]:
    reference = [sa.ForeignKey(column.references)] if column.references else []
    options: dict[str, Any] = {"autoincrement": False} if column.key else {}
    options |= {"unique": True} if column.unique_in_table else {}
    return sa.Column(
        column.name,
        _type(column.kind),
        *reference,
        primary_key=column.key,
        nullable=column.is_null_in_table and not column.key,
        index=column.index or None,
        comment=column.comment,
        server_default=None if column.default is None else sa.text(column.default),
        info={DECLARED: column},
        **options,
    )


def _check(column: Column) -> sa.CheckConstraint | None:
    """Constraint on the values of a column; None if there is none."""
    if column.enum:
        return one_of(column.name, column.enum)
    if column.checked and column.le is not None:
        return sa.CheckConstraint(f"{column.name} BETWEEN {column.ge} AND {column.le}", name=column.name)
    return sa.CheckConstraint(f"{column.name} >= {column.ge}", name=column.name) if column.checked else None


def _type(kind: Kind) -> sa.types.TypeEngine[Any]:
    """Type of a column in SQLAlchemy."""
    types: dict[str, sa.types.TypeEngine[Any]] = {
        "numeric": sa.Numeric(kind.size, kind.scale),
        "varchar": sa.String(kind.size),
        "char": sa.CHAR(kind.size),
        "text": sa.Text(),
        "text[]": ARRAY(sa.Text()),
        "integer": COUNT,
        "bigint": WIDE_COUNT,
        "double precision": sa.Double(),
        "boolean": sa.Boolean(),
        "date": DAY,
        "timestamp with time zone": WHEN,
        "uuid": sa.Uuid(),
        "jsonb": JSONB(),
    }
    return types[kind.sql]


def text(length: int) -> sa.String:
    """Type of a text of at most `length` characters."""
    return sa.String(length)


def required(name: str, kind: Any, comment: str, default: str | None = None) -> sa.Column[Any]:
    """Column of an internal table that always has a value."""
    server_default = sa.text(default) if default is not None else None
    return sa.Column(name, kind, nullable=False, comment=comment, server_default=server_default)


def nullable(name: str, kind: Any, comment: str) -> sa.Column[Any]:
    """Column of an internal table that may be null: not known."""
    return sa.Column(name, kind, comment=comment)


def own_id(*, comment: str = "Identifier, derived from the natural key.") -> sa.Column[Any]:
    """Primary key of an internal table."""
    return sa.Column(
        "id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()"), comment=comment
    )


def created() -> sa.Column[Any]:
    """Time of the first write."""
    return required("created_at", WHEN, "Time of the first write of the row.", "now()")


def updated() -> sa.Column[Any]:
    """Time of the last change."""
    return required("updated_at", WHEN, "Time of the last change of a value of the row.", "now()")


def one_of(column: str, values: type[Described]) -> sa.CheckConstraint:
    """Check that a column holds a value of an enumeration."""
    return one_of_words(column, *values.values())


def one_of_words(column: str, *words: str) -> sa.CheckConstraint:
    """Check that a column holds one of these values."""
    allowed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=column)
