"""Building blocks of the tables: types, and columns that several tables have."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

MONEY = sa.Numeric(12, 2)
SUM = sa.Numeric(14, 2)
SHARE = sa.Numeric(9, 6)
CHANCE = sa.Numeric(6, 5)
SCORE = sa.Numeric(3, 2)
FACTOR = sa.Numeric(6, 4)
COUNT = sa.Integer()
WIDE_COUNT = sa.BigInteger()
REAL: sa.Double[float] = sa.Double()
DAY = sa.Date()
WHEN = sa.DateTime(timezone=True)
FLAG = sa.Boolean()
WORDS = ARRAY(sa.Text())
LEVELS = ("low", "medium", "high")


def text(length: int) -> sa.String:
    """Return the type of a text of so many characters at most."""
    return sa.String(length)


def required(name: str, kind: Any, comment: str, default: str | None = None) -> sa.Column[Any]:
    """Return a column that always has a value."""
    server_default = sa.text(default) if default is not None else None
    return sa.Column(name, kind, nullable=False, comment=comment, server_default=server_default)


def nullable(name: str, kind: Any, comment: str) -> sa.Column[Any]:
    """Return a column that may be empty: not known."""
    return sa.Column(name, kind, comment=comment)


def own_id(*, comment: str = "Ours; derived from the natural key by the loads.") -> sa.Column[Any]:
    """Return the key."""
    return sa.Column(
        "id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()"), comment=comment
    )


def product(name: str, comment: str, **options: Any) -> sa.Column[Any]:
    """Return a reference to a product."""
    return sa.Column(
        name, sa.Uuid(), sa.ForeignKey("products.id"), nullable=False, comment=comment, **options
    )


def created() -> sa.Column[Any]:
    """Return the column of the first write."""
    return required("created_at", WHEN, "When the row was first written.", "now()")


def updated() -> sa.Column[Any]:
    """Return the column of the latest change."""
    return required("updated_at", WHEN, "When a value of the row last changed.", "now()")


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """Return the check that a column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=column)


def source() -> sa.Column[Any]:
    """Return the column of the offer's source."""
    return nullable(
        "sealed_source", text(50), "Who makes that offer: tcgplayer, cardkingdom, a distributor, ..."
    )


def outcome() -> list[sa.Column[Any]]:
    """Return the columns of the outcome distribution: what one opened product may net."""
    return [
        nullable("outcome_mean", SUM, "Mean net value of one opened product."),
        nullable("outcome_sd", SUM, "Standard deviation of that net value."),
        nullable("p5", SUM, "Net value that 5 % of openings do not exceed."),
        nullable("p50", SUM, "Median net value."),
        nullable("p95", SUM, "Net value that 95 % of openings do not exceed."),
        nullable("p_profit", CHANCE, "Chance that the net value exceeds sealed_price."),
    ]
