"""User actions on opportunities, and expiry: each in the caller's transaction, with its event.

`analysis` has the changes by analyses. An action locks its row before reading it, so that a concurrent
analysis comes wholly before or after.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from pydantic import JsonValue

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.core.opportunities.transitions import (
    ACTS,
    BY_PERSONS,
    check_left,
    check_purchase,
    check_state,
    check_text,
    check_value,
    compared,
    pieces_left,
)
from arb_pipeline.storage.postgres.analysis import one_writer
from arb_pipeline.storage.postgres.buyer_tables import purchases as purchases_table
from arb_pipeline.storage.postgres.buyer_tables import sales
from arb_pipeline.storage.postgres.queries import frame_of
from arb_pipeline.storage.postgres.tables import (
    arbitrage_opportunities,
    opportunity_events,
    products,
    valuation_singles,
)

TABLE = arbitrage_opportunities
FORECAST = (
    *("sealed_price", "singles_value", "profit", "outcome_mean", "outcome_sd", "contents_sd", "price_sd"),
    *("p5", "p50", "p95"),
)
EXITS = ("quick_sale_value", "cash_value", "resale_value")
RESULT = ("execution_price", "realised_value")


def _cents(name: str) -> sa.ColumnElement[Any]:
    return (TABLE.c[name] * 100).cast(sa.BigInteger).label(f"{name}_cents")


_OF = purchases_table.c.opportunity_id == TABLE.c.id
_SPENT = sa.select(sa.func.sum(purchases_table.c.quantity * purchases_table.c.price * 100)).where(_OF)
COLUMNS = (
    TABLE.c.id.cast(sa.Text).label("opportunity_id"),
    TABLE.c.sealed_product_id.cast(sa.Text).label("product_id"),
    *(products.c.name, products.c.set_code, products.c.category),
    *(TABLE.c.status, TABLE.c.opened_on, TABLE.c.as_of, TABLE.c.expires_at),
    *(_cents(name) for name in (*FORECAST, *EXITS)),
    (TABLE.c.margin_percentage * 100).cast(sa.BigInteger).label("margin_bps"),
    TABLE.c.p_profit.cast(sa.Double).label("p_profit"),
    *(TABLE.c.execution_quantity, TABLE.c.execution_notes, TABLE.c.executed_at),
    *(_cents(name) for name in RESULT),
    TABLE.c.realised_at,
    _SPENT.scalar_subquery().cast(sa.BigInteger).label("paid_cents"),
    TABLE.c.sealed_quantity,
    TABLE.c.horizon_days,
    TABLE.c.exit,
)
"""Columns of an opportunity in commands; money in whole cents."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of an opportunity."""

    event: str
    as_of: date
    created_at: datetime
    details: Mapping[str, JsonValue]


class UnknownOpportunityError(NotFoundError, LookupError):
    """No opportunity has this id."""


def find(connection: sa.Connection, text: str) -> pl.DataFrame:
    """Opportunities by their own id, or of sealed products by id, TCGplayer id or part of the name.

    `COLUMNS`, newest first. An exact name or id stands alone.
    """
    if _is_uuid(text):
        rows = _rows(connection, (TABLE.c.id == UUID(text)) | (TABLE.c.sealed_product_id == UUID(text)))
        own = rows.filter(opportunity_id=str(UUID(text)))
        return own if own.height else rows
    named = products.c.name.icontains(text, autoescape=True)
    rows = _rows(connection, named | (products.c.tcg_product_id == text), products.c.tcg_product_id)
    exact = rows.filter(
        (pl.col("name").str.to_lowercase() == text.lower()) | (pl.col("tcg_product_id") == text)
    )
    return (exact if exact.height else rows).drop("tcg_product_id")


def one(connection: sa.Connection, opportunity_id: str) -> pl.DataFrame:
    """Current state of one opportunity, as one row: `COLUMNS`, and those of `compared`."""
    rows = _rows(connection, TABLE.c.id == UUID(opportunity_id))
    if rows.is_empty():
        msg = f"No opportunity has the id {opportunity_id}. `arb opportunities --json` lists ids."
        raise UnknownOpportunityError(msg)
    return compared(rows)


def purchases(connection: sa.Connection) -> pl.DataFrame:
    """Purchases, latest first, beside the forecast of then: `COLUMNS`, and what `compared` adds.

    A row per purchase; its result is the sum of its sales once these are final.
    """
    table = purchases_table.c
    of_purchase = sa.select(sa.func.sum(sales.c.proceeds)).where(sales.c.purchase_id == table.id)
    when = sa.select(sa.func.max(sales.c.created_at)).where(sales.c.purchase_id == table.id)
    bought = {
        "execution_quantity": table.quantity,
        "execution_notes": table.notes,
        "executed_at": table.purchased_at,
        "execution_price_cents": (table.price * 100).cast(sa.BigInteger),
        "realised_value_cents": sa.case(
            (table.is_final, sa.func.coalesce(of_purchase.scalar_subquery(), 0) * 100)
        ).cast(sa.BigInteger),
        "realised_at": sa.case((table.is_final, when.scalar_subquery())),
        "paid_cents": (table.quantity * table.price * 100).cast(sa.BigInteger),
    }
    forecast = {f"{name}_cents": sa.BigInteger for name in (*FORECAST, *EXITS)} | {
        "margin_bps": sa.BigInteger,
        "p_profit": sa.Double,
    }
    bought |= {
        name: sa.case((table.forecast.has_key(name), table.forecast[name].astext.cast(kind)), else_=column)
        for name, kind in forecast.items()
        for column in COLUMNS
        if column.name == name
    }
    columns = [bought[c.name].label(c.name) if c.name in bought else c for c in COLUMNS]
    query = (
        sa.select(*columns)
        .join_from(purchases_table, TABLE, TABLE.c.id == table.opportunity_id)
        .join(products, products.c.id == TABLE.c.sealed_product_id)
        .order_by(table.purchased_at.desc(), table.id)
    )
    return compared(frame_of(connection, query))


def history(connection: sa.Connection, opportunity_id: str) -> list[Event]:
    """Its events, oldest first."""
    table = opportunity_events
    query = sa.select(table.c.event, table.c.as_of, table.c.created_at, table.c.details)
    query = query.where(table.c.opportunity_id == UUID(opportunity_id))
    return [
        Event(**row) for row in connection.execute(query.order_by(table.c.created_at, table.c.id)).mappings()
    ]


def newest_act(connection: sa.Connection) -> tuple[str, datetime] | None:
    """Id and time of the last event or sale by a user; None: there is none yet."""
    table = opportunity_events
    acts = sa.select(table.c.id.cast(sa.Text), table.c.created_at).where(table.c.event.in_(BY_PERSONS))
    sold = sa.select(sales.c.id.cast(sa.Text), sales.c.created_at)
    either = sa.union_all(acts, sold).subquery()
    row = connection.execute(
        sa.select(either).order_by(either.c.created_at.desc(), either.c.id).limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def counts(connection: sa.Connection, categories: list[str]) -> dict[str, int]:
    """Opportunities of some categories by status."""
    query = (
        sa.select(TABLE.c.status, sa.func.count())
        .join(products, products.c.id == TABLE.c.sealed_product_id)
        .where(products.c.category.in_(categories))
        .group_by(TABLE.c.status)
        .order_by(TABLE.c.status)
    )
    count_of: dict[str, int] = dict(connection.execute(query).all())
    return count_of


def execute(
    connection: sa.Connection,
    opportunity_id: str,
    *,
    quantity: int,
    now: datetime,
    price_cents: int | None = None,
    notes: str = "",
    buyer_id: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> str:
    """Records a purchase of an active one, and returns its id. Price: landed, per piece, else its own.

    The purchase keeps the forecast, the prices and the `parameters` of this moment. The opportunity is
    executed once no piece of its offer is left. Pieces bought since its latest confirmation count: an earlier
    purchase is gone from the stock that its source stated then.
    """
    check_text(notes)
    row = _locked(connection, opportunity_id, "execute").row(0, named=True)
    paid = row["sealed_price_cents"] if price_cents is None else price_cents
    check_purchase(quantity, paid)
    bought = _bought(connection, opportunity_id, row["as_of"])
    check_left(row["name"], quantity, pieces_left(row["sealed_quantity"], bought))
    forecast = {f"{n}_cents": row[f"{n}_cents"] for n in FORECAST}
    forecast |= {name: row[name] for name in ("margin_bps", "p_profit")}
    forecast["as_of"] = row["as_of"].isoformat()
    purchase = {
        "buyer_id": UUID(buyer_id) if buyer_id else None,
        "opportunity_id": UUID(opportunity_id),
        "product_id": UUID(row["product_id"]),
        "quantity": quantity,
        "price": _dollars(paid),
        "forecast": forecast | _kept(connection, row) | {"parameters": dict(parameters or {})},
        "notes": notes or None,
        "purchased_at": now,
    }
    purchase_id = str(
        connection.scalar(sa.insert(purchases_table).values(**purchase).returning(purchases_table.c.id))
    )
    is_open = pieces_left(row["sealed_quantity"], bought + quantity) != 0
    values = {**_totals(opportunity_id), "executed_at": now}
    if not is_open or notes:
        values["execution_notes"] = notes or None
    _change(connection, opportunity_id, None if is_open else "execute", values)
    details = {
        "why": _with_notes(f"{quantity} bought at ${paid / 100:,.2f}", notes),
        "purchase_id": purchase_id,
        "quantity": quantity,
        "price_cents": paid,
        "expected_value_cents": quantity * row["singles_value_cents"],
        "expected_profit_cents": quantity * (row["singles_value_cents"] - paid),
        "forecast": forecast,
    }
    _log(connection, opportunity_id, "execute", details, now)
    return purchase_id


def check_bought(connection: sa.Connection, opportunity_id: str) -> None:
    """Locks an opportunity and refuses one of which no purchase is recorded."""
    _locked(connection, opportunity_id, "result")


def purchase_ids(connection: sa.Connection, opportunity_id: str) -> list[str]:
    """Ids of the purchases of an opportunity, oldest first."""
    table = purchases_table.c
    query = sa.select(table.id.cast(sa.Text)).where(table.opportunity_id == UUID(opportunity_id))
    return list(connection.scalars(query.order_by(table.purchased_at, table.id)))


def check_quantity(connection: sa.Connection, purchase: Mapping[str, Any], quantity: int) -> None:
    """Refuses a corrected quantity that exceeds the offer, less what others bought of it.

    A purchase of an earlier confirmation is free of that: the stock of its day is not kept.
    """
    row = one(connection, str(purchase["opportunity_id"])).row(0, named=True)
    of_latest = purchase["forecast"].get("as_of") == row["as_of"].isoformat()
    if of_latest and row["sealed_quantity"] is not None:
        others = _bought(connection, row["opportunity_id"], row["as_of"]) - purchase["quantity"]
        check_left(row["name"], quantity, pieces_left(row["sealed_quantity"], others))


def settle(connection: sa.Connection, opportunity_id: str, why: Mapping[str, Any], *, now: datetime) -> str:
    """Derives an opportunity from its purchases after one was corrected or removed, and logs `why`.

    It is executed while nothing of its offer is left. Else it is as it was before: active, or expired where
    its time is over or a newer one of the product is active. Without a result while a purchase is open.
    Returns its status.
    """
    row = one(connection, opportunity_id).row(0, named=True)
    status = row["status"]
    if status in ("active", "executed"):
        bought = _bought(connection, opportunity_id, row["as_of"])
        is_open = pieces_left(row["sealed_quantity"], bought) != 0
        status = _reopened(connection, row, now) if is_open else "executed"
    table = purchases_table.c
    of = table.opportunity_id == UUID(opportunity_id)
    values = {
        **_totals(opportunity_id),
        "status": status,
        "executed_at": sa.select(sa.func.max(table.purchased_at)).where(of).scalar_subquery(),
        "updated_at": sa.func.clock_timestamp(),
    }
    purchases_left, still_open = connection.execute(
        sa.select(sa.func.count(), sa.func.count().filter(~table.is_final)).where(of)
    ).one()
    if not purchases_left:
        values["execution_notes"] = None
    if still_open or not purchases_left:
        values |= {"realised_value": None, "realised_at": None}
    connection.execute(sa.update(TABLE).where(TABLE.c.id == UUID(opportunity_id)).values(**values))
    _log(connection, opportunity_id, "correct", why, now)
    return str(status)


def _reopened(connection: sa.Connection, row: Mapping[str, Any], now: datetime) -> str:
    """Status of an opportunity whose offer has pieces left."""
    if row["status"] == "active":
        return "active"
    is_over = row["expires_at"] is not None and row["expires_at"] < now
    newer = sa.select(TABLE.c.id).where(
        TABLE.c.sealed_product_id == UUID(row["product_id"]), TABLE.c.status == "active"
    )
    return "expired" if is_over or connection.scalar(newer) else "active"


def _bought(connection: sa.Connection, opportunity_id: str, as_of: date) -> int:
    """Pieces bought on the confirmation of a day."""
    table = purchases_table.c
    query = sa.select(sa.func.sum(table.quantity)).where(
        table.opportunity_id == UUID(opportunity_id), table.forecast["as_of"].astext == as_of.isoformat()
    )
    return connection.scalar(query) or 0


def _totals(opportunity_id: str) -> dict[str, Any]:
    """execution_quantity and execution_price over the purchases of an opportunity."""
    table = purchases_table.c
    of = table.opportunity_id == UUID(opportunity_id)
    pieces = sa.func.sum(table.quantity)
    mean = sa.func.round(sa.func.sum(table.quantity * table.price) / pieces, 2)
    return {
        "execution_quantity": sa.select(sa.func.coalesce(pieces, 0)).where(of).scalar_subquery(),
        "execution_price": sa.select(mean).where(of).scalar_subquery(),
    }


def _kept(connection: sa.Connection, row: Mapping[str, Any]) -> dict[str, Any]:
    """The exits beside a forecast and the prices behind it: the offer, the highest-value cards of its day."""
    exits = {f"{name}_cents": row[f"{name}_cents"] for name in EXITS} | {"horizon_days": row["horizon_days"]}
    offer = sa.select(TABLE.c.sealed_source, _cents("sealed_list_price"), TABLE.c.sealed_quantity)
    offered = connection.execute(offer.where(TABLE.c.id == UUID(row["opportunity_id"]))).mappings().one()
    table = valuation_singles.c
    cards = (
        sa.select(
            table.single_product_id.cast(sa.Text),
            table.printing,
            table.expected_copies,
            (table.price * 100).cast(sa.BigInteger).label("price_cents"),
            (table.net * 100).cast(sa.BigInteger).label("net_cents"),
            table.channel,
        )
        .where(table.product_id == UUID(row["product_id"]), table.as_of == row["as_of"])
        .order_by(table.rank)
    )
    return {**exits, **offered, "cards": [dict(card) for card in connection.execute(cards).mappings()]}


def cancel(connection: sa.Connection, opportunity_id: str, *, now: datetime, notes: str = "") -> None:
    """Cancels an active opportunity."""
    check_text(notes)
    _locked(connection, opportunity_id, "cancel")
    _change(connection, opportunity_id, "cancel", {"execution_notes": notes or None})
    _log(connection, opportunity_id, "cancel", {"why": _with_notes("cancelled", notes)}, now)


def note(connection: sa.Connection, opportunity_id: str, text: str, *, now: datetime) -> None:
    """Adds a note to an opportunity's events, in any state."""
    check_text(text)
    _locked(connection, opportunity_id, "note")
    _log(connection, opportunity_id, "note", {"why": text}, now)


def record_result(connection: sa.Connection, opportunity_id: str, value_cents: int, *, now: datetime) -> None:
    """Records the net value realised so far for all pieces; a later record corrects it, both stay events."""
    check_value(value_cents)
    before = _locked(connection, opportunity_id, "result")["realised_value_cents"][0]
    values = {"realised_value": _dollars(value_cents), "realised_at": now}
    _change(connection, opportunity_id, "result", values)
    row = one(connection, opportunity_id).row(0, named=True)
    figures = ("realised_profit", "forecast_profit", "forecast_low", "forecast_high", "error")
    corrects = "" if before is None else f", not ${before / 100:,.2f}"
    details = {
        "why": f"netted ${value_cents / 100:,.2f}{corrects}",
        "realised_value_cents": value_cents,
        "before_cents": before,
        **{f"{name}_cents": row[f"{name}_cents"] for name in figures},
    }
    _log(connection, opportunity_id, "result", details, now)


def expire_overdue(
    connection: sa.Connection, *, now: datetime, product_id: str | None = None
) -> pl.DataFrame:
    """Expires active opportunities (of a product) with `expires_at` before `now`.

    Returns opportunity_id, name and as_of (the last confirmation) of each.
    """
    one_writer(connection)
    overdue = _is_overdue(now)
    if product_id is not None:
        overdue &= TABLE.c.sealed_product_id == UUID(product_id)
    becomes = ACTS["expire"].becomes
    expiry = sa.update(TABLE).where(overdue).values(status=becomes, updated_at=sa.func.now())
    ids = [row.id for row in connection.execute(expiry.returning(TABLE.c.id))]
    expired = _rows(connection, TABLE.c.id.in_(ids)).select("opportunity_id", "name", "as_of")
    for opportunity_id, _, as_of in expired.iter_rows():
        details = {"why": f"not confirmed since {as_of}"}
        _log(connection, opportunity_id, "expire", details, now)
    return expired


def count_overdue(connection: sa.Connection, now: datetime) -> int:
    """Number of rows that `expire_overdue` would expire."""
    return connection.scalar(sa.select(sa.func.count()).select_from(TABLE).where(_is_overdue(now))) or 0


def _is_overdue(now: datetime) -> sa.ColumnElement[bool]:
    return (TABLE.c.status == "active") & (TABLE.c.expires_at < now)


def _rows(connection: sa.Connection, where: sa.ColumnElement[bool], *more: sa.Column[Any]) -> pl.DataFrame:
    query = sa.select(*COLUMNS, *more).join(products, products.c.id == TABLE.c.sealed_product_id).where(where)
    return frame_of(connection, query.order_by(TABLE.c.opened_on.desc(), products.c.name, TABLE.c.id))


def _locked(connection: sa.Connection, opportunity_id: str, act: str) -> pl.DataFrame:
    """Locks an opportunity, then reads it and holds the act against its state."""
    lock = sa.select(TABLE.c.id).where(TABLE.c.id == UUID(opportunity_id)).with_for_update()
    connection.execute(lock)
    row = one(connection, opportunity_id)
    check_state(act, row["status"][0], row["name"][0], bought=row["execution_quantity"][0])
    return row


def _change(
    connection: sa.Connection, opportunity_id: str, act: str | None, values: Mapping[str, Any]
) -> None:
    becomes = ACTS[act].becomes if act else None
    status = {"status": becomes} if becomes else {}
    change = sa.update(TABLE).where(TABLE.c.id == UUID(opportunity_id))
    connection.execute(change.values(**values, **status, updated_at=sa.func.now()))


def _log(
    connection: sa.Connection, opportunity_id: str, act: str, details: Mapping[str, Any], now: datetime
) -> None:
    """One event. Its `created_at` is the clock's: events of one transaction keep their order."""
    event = {
        "opportunity_id": UUID(opportunity_id),
        "event": ACTS[act].event,
        "as_of": now.astimezone(UTC).date(),
    }
    values = {**event, "details": dict(details), "created_at": sa.func.clock_timestamp()}
    connection.execute(sa.insert(opportunity_events).values(**values))


def _dollars(cents: int) -> sa.ColumnElement[Any]:
    """NUMERIC, exact."""
    return sa.cast(cents, sa.Numeric(14, 0)) / 100


def _with_notes(act: str, notes: str) -> str:
    return f"{act}: {notes}" if notes else act


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
