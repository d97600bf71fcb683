"""Purchases and sales of opportunities by a buyer. Each in the caller's transaction.

What became of them is `portfolio`, what is changed afterwards `corrections`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import JsonValue

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.portfolio.sale_fees import sale_net
from arb_pipeline.core.pricing.currency import DOLLAR
from arb_pipeline.services import parameters
from arb_pipeline.services.view import Share, View
from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres import opportunities as store
from arb_pipeline.storage.postgres.buyer_tables import purchases, sales
from arb_pipeline.storage.postgres.tables import arbitrage_opportunities

TABLE = arbitrage_opportunities
LONGEST_TEXT = 500
"""Characters of a description."""
SaleKind = Literal["singles", "sealed", "whole"]
KINDS: tuple[SaleKind, ...] = ("singles", "sealed", "whole")
"""Cards of opened products; pieces resold unopened; the whole contents of opened pieces at once."""


class PurchaseResult(View):
    """A purchase with a result. `is_within`: inside the forecast range; None: no range to compare with."""

    category: str
    p_profit: Share
    opened_on: date
    made_profit: bool
    is_within: bool | None


def locked(connection: sa.Connection, opportunity_id: str) -> sa.RowMapping:
    """Row of an opportunity, locked. Raises `NotFoundError`."""
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
    params: Parameters | None = None,
) -> str:
    """Records a purchase of an active opportunity by the actor; returns the purchase's id.

    It stays active while pieces of its offer are left. `params`: those of its analysis, kept with it.
    Raises `ConflictError` for one that is closed or past its `expires_at`, and where too few pieces are left.
    """
    row = locked(connection, opportunity_id)
    if row["status"] == "active" and row["expires_at"] is not None and row["expires_at"] < now:
        thing = f"The opportunity {opportunity_id} expired at {row['expires_at'].isoformat()}"
        raise ConflictError(
            thing, next_step="Run an analysis: it confirms the opportunity or opens a new one."
        )
    purchase_id = store.execute(
        connection,
        opportunity_id,
        quantity=quantity,
        price_cents=int(price * 100),
        notes=notes or "",
        now=now,
        buyer_id=actor.user_id,
        parameters=kept_parameters(params),
    )
    status = connection.scalar(sa.select(TABLE.c.status).where(TABLE.c.id == row["id"]))
    after = {"status": status, "quantity": quantity, "price": str(price), "purchase_id": purchase_id}
    before = {"status": row["status"]}
    record(
        connection, actor, "execute_opportunity", "opportunity", opportunity_id, before=before, after=after
    )
    return purchase_id


def parameters_of(connection: sa.Connection, settings: Settings, opportunity_id: str) -> Parameters:
    """The parameters of the analysis that confirmed an opportunity last. Raises `NotFoundError`."""
    return parameters.in_force(connection, settings, locked(connection, opportunity_id)["as_of"])


def kept_parameters(params: Parameters | None) -> dict[str, JsonValue]:
    """Parameters that a purchase keeps: those of selling singles, and a digest of all."""
    if params is None:
        return {}
    kept = params.model_dump(mode="json", include={"selling", "postage", "handling", "quick_sale"})
    names = params.selling.channels
    kept["channels"] = {name: params.channels[name].model_dump(mode="json") for name in names}
    return kept | {"sha256": sha256(params.model_dump_json().encode()).hexdigest()}


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale to record. Its proceeds are given, or its gross and the channel whose fees are taken off."""

    proceeds: Decimal | None = None
    """Net of fees and postage, all of it together."""
    gross: Decimal | None = None
    """Paid for the goods, before fees."""
    kind: SaleKind = "singles"
    quantity: int = 0
    """Cards; of sealed and whole, pieces. 0: not stated."""
    sold_on: date | None = None
    """None: today, UTC."""
    channel: str | None = None
    description: str | None = None
    single_product_id: str | None = None
    import_key: str | None = None
    is_final: bool = False
    """True: nothing of the purchase is left to sell."""


def find_purchase(
    connection: sa.Connection, actor: Actor, opportunity_id: str, purchase_id: str | None = None
) -> str:
    """Id of the actor's purchase of an opportunity: the named one, else the oldest with something to sell.

    Raises `ConflictError` without one. An actor without a user sees all purchases.
    """
    row = locked(connection, opportunity_id)
    query = sa.select(purchases.c.id).where(purchases.c.opportunity_id == row["id"])
    if actor.user_id:
        query = query.where(purchases.c.buyer_id == UUID(actor.user_id))
    if purchase_id is not None:
        query = query.where(purchases.c.id == UUID(purchase_id))
    order = query.order_by(purchases.c.is_final, purchases.c.purchased_at, purchases.c.id)
    found_id = connection.scalar(order.limit(1))
    if found_id is None:
        thing = f"The opportunity {opportunity_id} is {row['status']}, and no purchase of it is yours"
        raise ConflictError(thing, next_step="Record the purchase first: POST .../execute.")
    return str(found_id)


def record_sale(
    connection: sa.Connection,
    actor: Actor,
    purchase_id: str,
    sale: Sale,
    *,
    now: datetime,
    params: Parameters | None = None,
) -> str:
    """Records a sale from a purchase; returns the sale's id.

    The last piece sold closed or whole ends the purchase, as `is_final` does. `params`: of the day of
    the sale, by which fees are taken off a gross. Raises `ConflictError` for a purchase that is final or has
    too few pieces, `InvalidInputError` for values that do not fit.
    """
    purchase = own_purchase(connection, actor, purchase_id)
    if purchase["is_final"]:
        thing = f"The sale of purchase {purchase_id} is final"
        raise ConflictError(thing, next_step="Nothing of it is left to sell.")
    today = now.astimezone(UTC).date()
    sold_on = sale.sold_on or today
    if sold_on > today + timedelta(days=1):
        field = "sold_on"
        raise InvalidInputError(field, value=sold_on.isoformat(), allowed=f"a day up to {today}")
    left = purchase["quantity"] - pieces_sold(connection, purchase_id)
    pieces = max(sale.quantity, 1) if sale.kind != "singles" else 0
    if pieces > left:
        thing = f"The purchase {purchase_id} has {left} of {purchase['quantity']} pieces left"
        raise ConflictError(thing, value=pieces, allowed=f"at most {left}")
    gross, fees, proceeds = _amounts(sale, params)
    is_final = sale.is_final or (bool(pieces) and pieces == left)
    values = {
        "purchase_id": UUID(purchase_id),
        "kind": sale.kind,
        "quantity": pieces or sale.quantity,
        "single_product_id": UUID(sale.single_product_id) if sale.single_product_id else None,
        "gross": gross,
        "fees": fees,
        "proceeds": proceeds,
        "forecast_value": _forecast_value(purchase["forecast"], sale, pieces or sale.quantity),
        "sold_on": sold_on,
        "channel": sale.channel,
        "description": sale.description,
        "import_key": sale.import_key,
    }
    sale_id = _insert(connection, values)
    connection.execute(
        sa.update(purchases)
        .where(purchases.c.id == UUID(purchase_id))
        .values(is_final=is_final, updated_at=sa.func.now())
    )
    if is_final:
        settle_result(connection, str(purchase["opportunity_id"]), now)
    after = {name: str(value) for name, value in values.items() if value is not None}
    record(connection, actor, "record_sale", "sale", sale_id, after=after | {"is_final": is_final})
    return sale_id


def record_total(
    connection: sa.Connection, actor: Actor, purchase_id: str, total: Decimal, *, now: datetime
) -> None:
    """Records what a purchase netted in all, and ends it. Recorded again, it corrects.

    What the sales do not explain is a sale of kind `correction`.
    """
    purchase = own_purchase(connection, actor, purchase_id)
    so_far = sa.select(sa.func.coalesce(sa.func.sum(sales.c.proceeds), 0))
    recorded = connection.scalar(so_far.where(sales.c.purchase_id == purchase["id"])) or Decimal(0)
    values = {
        "purchase_id": purchase["id"],
        "kind": "correction",
        "proceeds": total - recorded,
        "sold_on": now.astimezone(UTC).date(),
        "description": "result of all pieces",
    }
    if total != recorded or not purchase["is_final"]:
        sale_id = _insert(connection, values)
        shown = {name: str(value) for name, value in values.items()} | {"total": str(total)}
        record(connection, actor, "record_result", "sale", sale_id, after=shown)
    change = sa.update(purchases).where(purchases.c.id == purchase["id"])
    connection.execute(change.values(is_final=True, updated_at=sa.func.now()))
    settle_result(connection, str(purchase["opportunity_id"]), now)


def _insert(connection: sa.Connection, values: Mapping[str, Any]) -> str:
    """Inserts a sale; its id. Sales of one transaction keep their order by the clock."""
    row = sa.insert(sales).values(**values, created_at=sa.func.clock_timestamp())
    return str(connection.scalar(row.returning(sales.c.id)))


def _forecast_value(forecast: Mapping[str, Any], sale: Sale, quantity: int) -> Decimal | None:
    """Forecast value of what is sold, in dollars; None where it is not known."""
    if sale.kind != "singles":
        piece = forecast.get("singles_value_cents")
        return None if piece is None else Decimal(piece).scaleb(-2) * quantity
    if not sale.single_product_id or not quantity:
        return None
    nets = [
        card["net_cents"]
        for card in forecast.get("cards") or ()
        if card["single_product_id"] == sale.single_product_id
    ]
    return Decimal(nets[0]).scaleb(-2) * quantity if nets else None


def _amounts(sale: Sale, params: Parameters | None) -> tuple[Decimal | None, Decimal | None, Decimal]:
    """(gross, fees, proceeds) of a sale in dollars."""
    if sale.proceeds is not None:
        fees = None if sale.gross is None else sale.gross - sale.proceeds
        return sale.gross, fees, sale.proceeds
    if sale.gross is None:
        field = "proceeds"
        raise InvalidInputError(field, allowed="proceeds, or gross with the channel whose fees are taken off")
    channels = {} if params is None else params.channels
    known = ", ".join(name for name, channel in channels.items() if channel.currency == DOLLAR)
    if params is None or not sale.channel or sale.channel not in known.split(", "):
        field = "channel"
        raise InvalidInputError(
            field,
            value=sale.channel or "",
            allowed=known,
            next_step="Name one of them, or state the proceeds after fees in US dollars.",
        )
    cents = int(sale.gross * 100)
    net = Decimal(
        sale_net(cents, max(sale.quantity, 1), sale.channel, params, is_sealed=sale.kind == "sealed")
    ).scaleb(-2)
    return sale.gross, sale.gross - net, net


def own_purchase(connection: sa.Connection, actor: Actor, purchase_id: str) -> sa.RowMapping:
    """Row of a purchase of the actor, with its opportunity locked before it. Raises `NotFoundError`."""
    of_opportunity = sa.select(purchases.c.opportunity_id).where(purchases.c.id == UUID(purchase_id))
    opportunity_id = connection.scalar(of_opportunity)
    if opportunity_id is not None:
        locked(connection, str(opportunity_id))
    query = sa.select(purchases).where(purchases.c.id == UUID(purchase_id))
    if actor.user_id:
        query = query.where(purchases.c.buyer_id == UUID(actor.user_id))
    row = connection.execute(query.with_for_update()).mappings().first()
    if row is None:
        thing = "purchase"
        raise NotFoundError(thing, value=purchase_id, next_step="`arb portfolio list` lists yours.")
    return row


def pieces_sold(connection: sa.Connection, purchase_id: str) -> int:
    """Pieces of a purchase that were sold closed or whole."""
    query = sa.select(sa.func.sum(sales.c.quantity)).where(
        sales.c.purchase_id == UUID(purchase_id), sales.c.kind.in_(("sealed", "whole"))
    )
    return connection.scalar(query) or 0


def settle_result(connection: sa.Connection, opportunity_id: str, now: datetime) -> None:
    """Records the opportunity's result, once the sales of all its purchases are final."""
    of = purchases.c.opportunity_id == UUID(opportunity_id)
    states = connection.execute(sa.select(sa.func.count(), sa.func.bool_and(purchases.c.is_final)).where(of))
    if not all(states.one()):
        return
    total = sa.select(sa.func.sum(sales.c.proceeds)).join(purchases, purchases.c.id == sales.c.purchase_id)
    cents = int((connection.scalar(total.where(of)) or Decimal(0)) * 100)
    store.record_result(connection, opportunity_id, cents, now=now)
