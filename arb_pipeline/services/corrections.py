"""Corrections by a buyer: of opportunities, of purchases, and removals of purchases and sales.

Each is in the caller's transaction. Removed rows are kept in `removed_entries`, where no figure reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError
from arb_pipeline.core.opportunities.transitions import check_purchase, check_text
from arb_pipeline.services.purchases import TABLE, locked, own_purchase, pieces_sold, settle_result
from arb_pipeline.storage.postgres import opportunities as store
from arb_pipeline.storage.postgres.buyer_tables import purchases, removed_entries, sales


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes to an opportunity."""

    notes: str | None = None
    replaces_notes: bool = False
    """True: `notes` replaces the notes, and is added to the events."""
    quantity: int | None = None
    """Pieces of the caller's own purchase; None: as they are."""
    cancels: bool = False

    def named(self) -> dict[str, Any]:
        """Field -> new value, of what changes."""
        fields: dict[str, Any] = {"notes": self.notes} if self.replaces_notes else {}
        fields |= {} if self.quantity is None else {"quantity": self.quantity}
        return fields | ({"status": "cancelled"} if self.cancels else {})


def update(
    connection: sa.Connection,
    actor: Actor,
    opportunity_id: str,
    changes: Changes,
    *,
    now: datetime,
    action: str,
) -> None:
    """Changes notes or quantity, or cancels. Raises `ConflictError` where the life cycle refuses it."""
    row = locked(connection, opportunity_id)
    if changes.quantity is not None:
        own = _latest_purchase(connection, actor, row)
        correct(connection, actor, own, Correction(quantity=changes.quantity), now=now)
    if changes.cancels:
        store.cancel(connection, opportunity_id, now=now, notes=changes.notes or "")
    elif changes.replaces_notes:
        if changes.notes:
            store.note(connection, opportunity_id, changes.notes, now=now)
        connection.execute(
            sa.update(TABLE)
            .where(TABLE.c.id == row["id"])
            .values(execution_notes=changes.notes or None, updated_at=sa.func.clock_timestamp())
        )
    shown = {"status": "status", "notes": "execution_notes", "quantity": "execution_quantity"}
    after = changes.named()
    before = {name: row[column] for name, column in shown.items() if name in after}
    record(connection, actor, action, "opportunity", opportunity_id, before=before, after=after)


@dataclass(frozen=True, slots=True)
class Correction:
    """Corrected fields of a purchase; None: as they are."""

    quantity: int | None = None
    price: Decimal | None = None
    """Landed, per piece."""
    purchased_on: date | None = None
    notes: str | None = None
    replaces_notes: bool = False
    """True: `notes` replaces the notes; None or '' removes them."""


def correct(
    connection: sa.Connection, actor: Actor, purchase_id: str, correction: Correction, *, now: datetime
) -> None:
    """Corrects the actor's purchase; its forecast stays that of its moment.

    Raises `ConflictError` for fewer pieces than are sold or more than are offered, `InvalidInputError` for
    a day outside of the opportunity's life.
    """
    purchase = own_purchase(connection, actor, purchase_id)
    after = _corrected(connection, purchase, correction, now)
    quantity, price = after["quantity"], after["price"]
    check_purchase(quantity, int(price * 100))
    gone = pieces_sold(connection, purchase_id)
    if quantity < gone:
        thing = f"{gone} {'piece' if gone == 1 else 'pieces'} of the purchase {purchase_id} are sold"
        raise ConflictError(
            thing,
            value=quantity,
            allowed=f"at least {gone}",
            next_step="Remove the sale that is wrong first: `arb portfolio remove-sale`.",
        )
    if quantity > purchase["quantity"]:
        store.check_quantity(connection, dict(purchase), quantity)
    if quantity != purchase["quantity"] and gone:
        # Final by its pieces before: it is so now only if these are all pieces still.
        after["is_final"] = quantity == gone or (purchase["is_final"] and purchase["quantity"] != gone)
    change = sa.update(purchases).where(purchases.c.id == purchase["id"])
    connection.execute(change.values(**after, updated_at=sa.func.clock_timestamp()))
    before = {name: purchase[name] for name in after}
    differences = [
        f"{name.removeprefix('is_').replace('_at', ' on')} {_shown(before[name])} is {_shown(value)}"
        for name, value in after.items()
        if before[name] != value and name != "notes"
    ]
    why = "purchase corrected" + (f": {', '.join(differences)}" if differences else "")
    details = {"why": why, "purchase_id": purchase_id, "quantity": quantity, "price_cents": int(price * 100)}
    _settle(connection, purchase, details, now)
    shown = [{name: _shown(value) for name, value in values.items()} for values in (before, after)]
    record(connection, actor, "correct_purchase", "purchase", purchase_id, before=shown[0], after=shown[1])


def remove(connection: sa.Connection, actor: Actor, purchase_id: str, reason: str, *, now: datetime) -> None:
    """Removes the actor's purchase. The opportunity is as it was before, unless others bought of it.

    Raises `ConflictError` for a purchase with sales.
    """
    _check_reason(reason)
    purchase = own_purchase(connection, actor, purchase_id)
    sold = connection.scalar(sa.select(sa.func.count()).where(sales.c.purchase_id == purchase["id"])) or 0
    if sold:
        thing = f"The purchase {purchase_id} has {sold} recorded sale{'' if sold == 1 else 's'}"
        next_step = "Remove its sales first: `arb portfolio remove-sale`, DELETE /api/v1/sales/{id}."
        raise ConflictError(thing, next_step=next_step)
    _keep(connection, actor, "purchase", purchase, purchase, reason, now)
    connection.execute(sa.delete(purchases).where(purchases.c.id == purchase["id"]))
    quantity, price = purchase["quantity"], purchase["price"]
    details = {
        "why": f"purchase of {quantity} at ${price:,.2f} removed: {reason}",
        "purchase_id": purchase_id,
        "quantity": quantity,
        "price_cents": int(price * 100),
    }
    _settle(connection, purchase, details, now)


def remove_sale(connection: sa.Connection, actor: Actor, sale_id: str, reason: str, *, now: datetime) -> str:
    """Removes a sale of the actor's; returns the id of its purchase, which is open again if it ended it.

    The newest sale of a final purchase ended it, as none follows a final one; an earlier one did not.
    """
    _check_reason(reason)
    of_sale = sa.select(sales.c.purchase_id).where(sales.c.id == UUID(sale_id))
    purchase_id = connection.scalar(of_sale)
    if purchase_id is None:
        raise _no_sale(sale_id)
    try:
        purchase = own_purchase(connection, actor, str(purchase_id))
    except NotFoundError:
        raise _no_sale(sale_id) from None
    newest_first = sa.select(sales).where(sales.c.purchase_id == purchase_id)
    newest_first = newest_first.order_by(sales.c.created_at.desc(), sales.c.id.desc())
    rows = connection.execute(newest_first).mappings().all()
    sale = next((row for row in rows if str(row["id"]) == sale_id), None)
    if sale is None:
        raise _no_sale(sale_id)
    _keep(connection, actor, "sale", sale, purchase, reason, now)
    connection.execute(sa.delete(sales).where(sales.c.id == sale["id"]))
    ended_it = sale["id"] == rows[0]["id"] or sale["kind"] in ("sealed", "whole")
    is_final = purchase["is_final"] and not ended_it
    change = sa.update(purchases).where(purchases.c.id == purchase_id)
    connection.execute(change.values(is_final=is_final, updated_at=sa.func.clock_timestamp()))
    details = {
        "why": f"sale of {sale['sold_on']}, ${sale['proceeds']:,.2f} net, removed: {reason}",
        "purchase_id": str(purchase_id),
        "sale_id": sale_id,
        "proceeds_cents": int(sale["proceeds"] * 100),
    }
    _settle(connection, purchase, details, now)
    return str(purchase_id)


def _latest_purchase(connection: sa.Connection, actor: Actor, row: sa.RowMapping) -> str:
    """Id of the caller's latest purchase of an opportunity."""
    query = sa.select(purchases.c.id).where(
        purchases.c.opportunity_id == row["id"], purchases.c.buyer_id == UUID(actor.user_id or "")
    )
    own = connection.scalar(query.order_by(purchases.c.purchased_at.desc()).limit(1))
    if own is None:
        thing = f"The opportunity {row['id']} is {row['status']}, and no purchase of it is yours"
        raise ConflictError(thing, next_step="quantity corrects your own purchase: execute it first.")
    return str(own)


def _corrected(
    connection: sa.Connection, purchase: sa.RowMapping, correction: Correction, now: datetime
) -> dict[str, Any]:
    """Fields of a purchase as they are to be."""
    notes = correction.notes if correction.replaces_notes else purchase["notes"]
    check_text(notes or "")
    purchased_at = purchase["purchased_at"]
    day = correction.purchased_on
    if day is not None and day != purchased_at.astimezone(UTC).date():
        opened_on = connection.scalar(
            sa.select(TABLE.c.opened_on).where(TABLE.c.id == purchase["opportunity_id"])
        )
        today = now.astimezone(UTC).date()
        if opened_on is None or not opened_on <= day <= today:
            field = "purchased_on"
            allowed = f"a day from {opened_on}, when the opportunity was opened, to {today}"
            raise InvalidInputError(field, value=day.isoformat(), allowed=allowed)
        # The time of day stays, unless that would be in the future.
        purchased_at = min(datetime.combine(day, purchased_at.astimezone(UTC).timetz()), now)
    return {
        "quantity": purchase["quantity"] if correction.quantity is None else correction.quantity,
        "price": purchase["price"] if correction.price is None else correction.price,
        "purchased_at": purchased_at,
        "notes": notes or None,
        "is_final": purchase["is_final"],
    }


def _settle(
    connection: sa.Connection, purchase: sa.RowMapping, details: Mapping[str, Any], now: datetime
) -> None:
    """The opportunity's state and result after a change of its purchases."""
    opportunity_id = str(purchase["opportunity_id"])
    store.settle(connection, opportunity_id, details, now=now)
    settle_result(connection, opportunity_id, now)


def _keep(
    connection: sa.Connection,
    actor: Actor,
    kind: str,
    row: sa.RowMapping,
    purchase: sa.RowMapping,
    reason: str,
    now: datetime,
) -> None:
    """Keeps a row that is about to be removed, and records the removal in the audit log."""
    as_json = sa.select(sa.func.to_jsonb(sa.literal_column("r")))
    table = purchases if kind == "purchase" else sales
    whole = sa.select(table).where(table.c.id == row["id"]).subquery("r")
    entry: dict[str, Any] = connection.execute(as_json.select_from(whole)).scalar_one()
    connection.execute(
        sa.insert(removed_entries).values(
            id=row["id"],
            kind=kind,
            opportunity_id=purchase["opportunity_id"],
            buyer_id=purchase["buyer_id"],
            entry=entry,
            reason=reason,
            removed_by=UUID(actor.user_id) if actor.user_id else None,
            removed_at=now,
        )
    )
    before = {name: value for name, value in entry.items() if name not in ("forecast", "notes")}
    record(connection, actor, f"remove_{kind}", kind, str(row["id"]), before=before, after={"reason": reason})


def _check_reason(reason: str) -> None:
    check_text(reason)
    if not reason.strip():
        field = "reason"
        raise InvalidInputError(field, value=reason, allowed="1 to 500 characters, not all blank")


def _no_sale(sale_id: str) -> NotFoundError:
    thing = "sale"
    return NotFoundError(thing, value=sale_id, next_step="`arb portfolio show PURCHASE` lists its sales.")


def _shown(value: object) -> Any:
    """A value as the event and the audit log show it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).date().isoformat()
    return str(value) if isinstance(value, Decimal) else value
