"""A buyer's purchases as SQL: sums over all of them, and one page with sales and today's value."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.storage.postgres.catalogue_listings import PRODUCT_NAMES


def _of_piece(name: str) -> str:
    """A figure of the forecast per piece, in dollars."""
    return f"(b.forecast ->> '{name}_cents')::numeric / 100"


_Z = "1.6448536269514722"
_VALUE, _SD = _of_piece("singles_value"), _of_piece("outcome_sd")
_CONTENTS = f"coalesce({_of_piece('contents_sd')}, {_SD})"
_PRICES = f"coalesce({_of_piece('price_sd')}, 0)"
_SPREAD = f"{_Z} * sqrt(b.quantity * power({_CONTENTS}, 2) + power(b.quantity * {_PRICES}, 2))"


def _of_all(name: str, sign: str) -> str:
    """A quantile of the value of all pieces, as `core.portfolio.forecast.band`, in dollars."""
    own = f"b.quantity * {_of_piece(name)}"
    summed = f"greatest(b.quantity * {_VALUE} {sign} {_SPREAD}, 0)"
    is_one_bet = f"b.quantity = 1 OR {_CONTENTS} = 0"
    return f"CASE WHEN {_SD} > 0 THEN round(CASE WHEN {is_one_bet} THEN {own} ELSE {summed} END, 2) END"


PURCHASES = f"""
    SELECT b.id, b.buyer_id, b.opportunity_id, b.product_id, b.quantity, b.is_final,
        b.quantity * b.price AS spent,
        b.quantity * {_of_piece("singles_value")} AS forecast_value,
        {_of_all("p5", "-")} AS p5, {_of_all("p95", "+")} AS p95,
        s.proceeds, b.is_final AND NOT s.is_closed AS is_comparable
    FROM purchases b
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(proceeds), 0) AS proceeds, coalesce(bool_or(kind = 'sealed'), false) AS is_closed
        FROM sales WHERE purchase_id = b.id
    ) s
"""  # noqa: S608 - constants
"""Purchases with their forecast for all pieces and their proceeds, in dollars.

`is_comparable`: final, and every piece was opened, which is what the forecast is of.
"""

_NAMES = ", ".join(f"{sql} AS {name}" for name, sql in PRODUCT_NAMES.items())
NAMES = ", ".join(f"{sql} AS {name}" for name, sql in PRODUCT_NAMES.items())
ROWS = f"""
    SELECT {NAMES}, b.id::text AS id, b.opportunity_id::text AS opportunity_id,
        b.product_id::text AS product_id, u.name AS buyer, b.quantity, b.price,
        (b.quantity * b.price * 100)::bigint AS cost_cents, b.purchased_at, b.notes, b.forecast, b.is_final,
        (s.proceeds * 100)::bigint AS proceeds_cents,
        (s.forecast_sold * 100)::bigint AS forecast_sold_cents, (s.unplaced * 100)::bigint AS unplaced_cents,
        b.quantity - s.pieces AS pieces_left, NOT s.is_closed AS is_opened,
        (b.quantity * v.singles_value * 100)::bigint AS current_value_cents, v.as_of AS current_as_of
    FROM purchases b
    JOIN products p ON p.id = b.product_id
    LEFT JOIN users u ON u.id = b.buyer_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(proceeds), 0) AS proceeds, coalesce(sum(forecast_value), 0) AS forecast_sold,
            coalesce(sum(proceeds) FILTER (WHERE forecast_value IS NULL), 0) AS unplaced,
            coalesce(sum(quantity) FILTER (WHERE kind IN ('sealed', 'whole')), 0) AS pieces,
            coalesce(bool_or(kind = 'sealed'), false) AS is_closed
        FROM sales WHERE purchase_id = b.id
    ) s
    LEFT JOIN LATERAL (
        SELECT singles_value, as_of FROM sealed_valuations v
        WHERE v.product_id = b.product_id ORDER BY v.as_of DESC LIMIT 1
    ) v ON true
    WHERE CAST(:buyer AS uuid) IS NULL OR b.buyer_id = CAST(:buyer AS uuid)
    ORDER BY b.purchased_at DESC, b.id DESC
"""  # noqa: S608 - constants
"""Purchases, newest first, with sums over their sales and the newest valuation of the product.

`forecast_sold`: the parts of the forecast that were sold; `unplaced`: proceeds of sales without such a part.
"""
SALES = """
    SELECT s.id::text AS id, s.purchase_id::text AS purchase_id, s.kind, s.quantity, p.name AS card, s.gross,
        s.fees, s.proceeds, s.sold_on, s.channel, s.description, s.created_at
    FROM sales s LEFT JOIN products p ON p.id = s.single_product_id
    WHERE s.purchase_id = ANY(CAST(:purchases AS uuid[]))
    ORDER BY s.purchase_id, s.created_at, s.id
"""
_LEFT = """
    b.quantity - coalesce((SELECT sum(t.quantity) FROM sales t
        WHERE t.purchase_id = b.id AND t.kind IN ('sealed', 'whole')), 0)
"""
OWNED = f"""
    SELECT b.id::text AS purchase_id, b.purchased_at, {_LEFT} AS pieces, p.name, p.set_code, p.set_name,
        s.single_product_id::text AS card_id, s.guaranteed,
        sum(s.quantity)::float8 AS draws, sum(s.expected_copies) AS copies
    FROM purchases b
    JOIN product_singles s ON s.sealed_product_id = b.product_id
    JOIN products p ON p.id = s.single_product_id
    WHERE NOT b.is_final AND (CAST(:buyer AS uuid) IS NULL OR b.buyer_id = CAST(:buyer AS uuid))
    GROUP BY b.id, p.id, s.single_product_id, s.guaranteed
"""  # noqa: S608 - constants
"""Cards that a buyer's open purchases may hold: `copies` expected in one piece, `draws` at most."""
OWNED_CLOSED = f"""
    SELECT b.id::text AS purchase_id, b.buyer_id, b.purchased_at, p.name, p.set_code, p.set_name,
        {_LEFT} AS pieces_left
    FROM purchases b JOIN products p ON p.id = b.product_id
    WHERE NOT b.is_final AND (CAST(:buyer AS uuid) IS NULL OR b.buyer_id = CAST(:buyer AS uuid))
"""  # noqa: S608 - constants
"""Closed products of a buyer's open purchases."""
SOLD_CARDS = """
    SELECT s.purchase_id::text AS purchase_id, s.single_product_id::text AS card_id, sum(s.quantity) AS copies
    FROM sales s JOIN purchases b ON b.id = s.purchase_id
    WHERE NOT b.is_final AND (CAST(:buyer AS uuid) IS NULL OR b.buyer_id = CAST(:buyer AS uuid))
        AND s.single_product_id IS NOT NULL
    GROUP BY s.purchase_id, s.single_product_id
"""
IMPORTED = """
    SELECT s.import_key, sum(s.quantity) AS copies
    FROM sales s JOIN purchases b ON b.id = s.purchase_id
    WHERE (CAST(:buyer AS uuid) IS NULL OR b.buyer_id = CAST(:buyer AS uuid)) AND s.import_key = ANY(:keys)
    GROUP BY s.import_key
"""
"""Copies of lines of order exports that are recorded already."""


def purchase_rows(connection: sa.Connection, buyer_id: str | None) -> list[dict[str, Any]]:
    """`ROWS` of a buyer; None: of all."""
    buyer = None if buyer_id is None else UUID(buyer_id)
    return [dict(row) for row in connection.execute(sa.text(ROWS), {"buyer": buyer}).mappings()]
