"""Purchases, sales and notes on opportunities, and the portfolio. One transaction each."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.contracts.errors import ConflictError, NotFoundError
from arb_pipeline.storage.postgres import opportunities as store
from arb_pipeline.storage.postgres.buyer_tables import purchases, sales
from arb_pipeline.storage.postgres.tables import arbitrage_opportunities, opportunity_events

TABLE = arbitrage_opportunities


def lock_opportunity(connection: sa.Connection, opportunity_id: str) -> sa.RowMapping:
    """An opportunity's row, locked. Raises `NotFoundError`."""
    query = sa.select(TABLE).where(TABLE.c.id == UUID(opportunity_id)).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        thing = "opportunity"
        raise NotFoundError(thing, value=opportunity_id, next_step="GET /api/v1/opportunities lists them.")
    return row


def execute(
    connection: sa.Connection,
    actor: Actor,
    opportunity_id: str,
    *,
    quantity: int,
    price: Decimal,
    notes: str | None,
    now: datetime,
) -> str:
    """Records a purchase of an active opportunity; returns the purchase's id.

    Raises `ConflictError` for one that is closed or past its `expires_at`.
    """
    row = lock_opportunity(connection, opportunity_id)
    if row["status"] == "active" and row["expires_at"] is not None and row["expires_at"] < now:
        thing = f"The opportunity {opportunity_id} expired at {row['expires_at'].isoformat()}"
        raise ConflictError(
            thing, next_step="Run an analysis: it confirms the opportunity or opens a new one."
        )
    cents = int(price * 100)
    store.execute(
        connection, opportunity_id, quantity=quantity, price_cents=cents, notes=notes or "", now=now
    )
    event = (
        sa.select(opportunity_events.c.details["forecast"])
        .where(
            opportunity_events.c.opportunity_id == UUID(opportunity_id),
            opportunity_events.c.event == "executed",
        )
        .order_by(opportunity_events.c.created_at.desc())
        .limit(1)
    )
    values = {
        "buyer_id": UUID(actor.user_id or ""),
        "opportunity_id": UUID(opportunity_id),
        "product_id": row["sealed_product_id"],
        "quantity": quantity,
        "price": price,
        "forecast": connection.scalar(event) or {},
        "notes": notes or None,
        "purchased_at": now,
    }
    purchase_id = str(connection.scalar(sa.insert(purchases).values(**values).returning(purchases.c.id)))
    after = {"status": "executed", "quantity": quantity, "price": str(price), "purchase_id": purchase_id}
    before = {"status": row["status"]}
    record(
        connection, actor, "execute_opportunity", "opportunity", opportunity_id, before=before, after=after
    )
    return purchase_id


def update(
    connection: sa.Connection,
    actor: Actor,
    opportunity_id: str,
    changes: Mapping[str, Any],
    *,
    now: datetime,
    action: str,
) -> None:
    """Changes notes or quantity, or cancels. Raises `ConflictError` where the life cycle refuses it."""
    row = lock_opportunity(connection, opportunity_id)
    notes, quantity = changes.get("notes"), changes.get("quantity")
    if quantity is not None:
        _correct_quantity(connection, actor, row, quantity)
    if changes.get("status") == "cancelled":
        store.cancel(connection, opportunity_id, now=now, notes=notes or "")
    elif "notes" in changes:
        if notes:
            store.note(connection, opportunity_id, notes, now=now)
        connection.execute(
            sa.update(TABLE)
            .where(TABLE.c.id == row["id"])
            .values(execution_notes=notes or None, updated_at=sa.func.clock_timestamp())
        )
    shown = {"status": "status", "notes": "execution_notes", "quantity": "execution_quantity"}
    before = {name: row[column] for name, column in shown.items() if name in changes}
    record(connection, actor, action, "opportunity", opportunity_id, before=before, after=dict(changes))


def _correct_quantity(connection: sa.Connection, actor: Actor, row: sa.RowMapping, quantity: int) -> None:
    """Corrects the pieces of the caller's own purchase."""
    query = sa.select(purchases).where(
        purchases.c.opportunity_id == row["id"], purchases.c.buyer_id == UUID(actor.user_id or "")
    )
    purchase = connection.execute(query.with_for_update()).mappings().first()
    if row["status"] != "executed" or purchase is None:
        thing = f"The opportunity {row['id']} is {row['status']}, and no purchase of it is yours"
        raise ConflictError(thing, next_step="quantity corrects your own purchase: execute it first.")
    change = sa.update(purchases).where(purchases.c.id == purchase["id"])
    connection.execute(change.values(quantity=quantity, updated_at=sa.func.now()))
    total = sa.select(sa.func.sum(purchases.c.quantity)).where(purchases.c.opportunity_id == row["id"])
    connection.execute(
        sa.update(TABLE)
        .where(TABLE.c.id == row["id"])
        .values(execution_quantity=total.scalar_subquery(), updated_at=sa.func.clock_timestamp())
    )


def record_sale(
    connection: sa.Connection,
    actor: Actor,
    opportunity_id: str,
    *,
    proceeds: Decimal,
    sold_on: date | None,
    channel: str | None,
    description: str | None,
    is_final: bool,
    now: datetime,
) -> str:
    """Records proceeds of the caller's purchase; returns the sale's id. `ConflictError` without one."""
    row = lock_opportunity(connection, opportunity_id)
    query = (
        sa.select(purchases)
        .where(
            purchases.c.opportunity_id == UUID(opportunity_id),
            purchases.c.buyer_id == UUID(actor.user_id or ""),
        )
        .order_by(purchases.c.purchased_at.desc())
        .limit(1)
        .with_for_update()
    )
    purchase = connection.execute(query).mappings().first()
    if purchase is None:
        thing = f"The opportunity {opportunity_id} is {row['status']}, and no purchase of it is yours"
        raise ConflictError(thing, next_step="Record the purchase first: POST .../execute.")
    if purchase["is_final"]:
        thing = f"The sale of purchase {purchase['id']} is final"
        raise ConflictError(thing, next_step="Nothing of it is left to sell.")
    values = {
        "purchase_id": purchase["id"],
        "proceeds": proceeds,
        "sold_on": sold_on or now.astimezone(UTC).date(),
        "channel": channel,
        "description": description,
    }
    sale_id = str(connection.scalar(sa.insert(sales).values(**values).returning(sales.c.id)))
    connection.execute(
        sa.update(purchases)
        .where(purchases.c.id == purchase["id"])
        .values(is_final=is_final, updated_at=sa.func.now())
    )
    if is_final:
        _record_result(connection, opportunity_id, now)
    after = {name: str(value) for name, value in values.items()} | {"is_final": is_final}
    record(connection, actor, "record_sale", "sale", sale_id, after=after)
    return sale_id


def _record_result(connection: sa.Connection, opportunity_id: str, now: datetime) -> None:
    """The opportunity's result, once the sales of all its purchases are final."""
    of = purchases.c.opportunity_id == UUID(opportunity_id)
    open_ones = sa.select(sa.func.count()).where(of, ~purchases.c.is_final)
    if connection.scalar(open_ones):
        return
    total = sa.select(sa.func.sum(sales.c.proceeds)).join(purchases, purchases.c.id == sales.c.purchase_id)
    cents = int((connection.scalar(total.where(of)) or Decimal(0)) * 100)
    store.record_result(connection, opportunity_id, cents, now=now)
