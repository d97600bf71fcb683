"""A database with opportunities in it, and rules about them, for the tests of alerts."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from arb_pipeline.core.alerting.rules import RuleFile
from arb_pipeline.storage.postgres import tables

DAY = date(2025, 10, 10)
NOW = datetime(2025, 10, 10, 21, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def goes(self, **spans: float) -> None:
        self.now += timedelta(**spans)


def rules(port: int = 9, **changes: Any) -> RuleFile:
    """One rule, one webhook on this machine."""
    document: dict[str, Any] = {
        "targets": {"hook": f"json://127.0.0.1:{port}/in"},
        "rules": [{"name": "all", "targets": "hook"} | changes.pop("rule", {})],
    }
    return RuleFile.model_validate(document | changes)


def analysed(engine: sa.Engine, day: date, *profits: int, risk: str = "medium") -> list[str]:
    """An analysis as `publish_analysis` leaves it: product n costs $100 and earns the n-th profit in dollars.

    One of 0 or less expires its opportunity. Returns the opportunities' ids, by product.
    """
    ids = []
    with engine.begin() as connection:
        for number, profit in enumerate(profits):
            product, opportunity = uuid.UUID(int=1000 + number), uuid.UUID(int=2000 + number)
            ids.append(str(opportunity))
            _upsert(
                connection,
                tables.products,
                ["id"],
                id=product,
                name=f"Box {number}",
                product_type="sealed",
                category="mtg",
                set_code="mh3",
                tcg_product_id=str(500 + number),
            )
            _upsert(
                connection,
                tables.sealed_valuations,
                ["product_id", "as_of"],
                product_id=product,
                as_of=day,
                contents_complete=True,
            )
            if profit > 0:
                values: dict[str, Any] = {
                    "id": opportunity,
                    "sealed_product_id": product,
                    "opened_on": DAY,
                    "as_of": day,
                }
                values |= {
                    "sealed_price": 100,
                    "singles_value": 100 + profit,
                    "profit": profit,
                    "margin_percentage": profit,
                }
                values |= {
                    "confidence_score": 0.8,
                    "risk_level": risk,
                    "rank_score": profit,
                    "status": "active",
                }
                values |= {
                    "expires_at": datetime(day.year, day.month, day.day, 20, tzinfo=UTC) + timedelta(hours=24)
                }
                _upsert(connection, tables.arbitrage_opportunities, ["id"], **values, updated_at=NOW)
            else:
                close(connection, opportunity, "expired")
    return ids


def close(connection: sa.Connection, opportunity: uuid.UUID | str, status: str) -> None:
    table = tables.arbitrage_opportunities
    connection.execute(
        sa.update(table)
        .where(table.c.id == uuid.UUID(str(opportunity)))
        .values(status=status, updated_at=NOW)
    )


def outbox(engine: sa.Engine, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of the outbox in the order in which they were decided."""
    query = f"SELECT {', '.join(columns)} FROM alert_outbox ORDER BY created_at, title, status"
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def _upsert(connection: sa.Connection, table: sa.Table, keys: list[str], **values: Any) -> None:
    from sqlalchemy.dialects.postgresql import insert

    add = insert(table).values(values)
    rest = {name: value for name, value in values.items() if name not in keys}
    connection.execute(add.on_conflict_do_update(index_elements=keys, set_=rest))
