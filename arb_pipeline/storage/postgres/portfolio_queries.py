"""A buyer's purchases as SQL: sums over all of them, and one page with sales and today's value."""

from arb_pipeline.storage.postgres.catalogue_listings import PRODUCT_NAMES

_NAMES = ", ".join(f"{sql} AS {name}" for name, sql in PRODUCT_NAMES.items())
_ROWS = """
    SELECT b.id, b.opportunity_id, b.product_id, b.quantity, b.price, b.purchased_at, b.notes, b.forecast,
        b.is_final, b.quantity * b.price AS spent,
        b.quantity * (b.forecast ->> 'singles_value_cents')::numeric / 100 AS forecast_value,
        coalesce((SELECT sum(s.proceeds) FROM sales s WHERE s.purchase_id = b.id), 0) AS proceeds,
        b.quantity * v.singles_value AS current_value, v.as_of AS current_as_of
    FROM purchases b
    LEFT JOIN LATERAL (
        SELECT singles_value, as_of FROM sealed_valuations v
        WHERE v.product_id = b.product_id ORDER BY v.as_of DESC LIMIT 1
    ) v ON true
    WHERE b.buyer_id = %(user_id)s
"""


def _money(sql: str) -> str:
    return f"round({sql}, 2)::text"


SUMS = f"""
    SELECT row_to_json(r)::text FROM (
        SELECT count(*) AS purchases,
            {_money("coalesce(sum(spent), 0)")} AS spent,
            {_money("coalesce(sum(proceeds), 0)")} AS proceeds,
            {_money("coalesce(sum(forecast_value - spent), 0)")} AS forecast_profit,
            {_money("coalesce(sum(proceeds - spent) FILTER (WHERE is_final), 0)")} AS realised_profit,
            count(*) FILTER (WHERE is_final) AS realised_purchases,
            {_money("coalesce(sum(current_value) FILTER (WHERE NOT is_final), 0)")} AS current_value,
            'USD' AS currency
        FROM ({_ROWS}) b
    ) r
"""  # noqa: S608 - constants
_CENTS = ("sealed_price", "singles_value", "profit", "outcome_mean", "outcome_sd", "p5", "p50", "p95")
_FORECAST = ", ".join(
    f"'{name}', " + _money(f"(b.forecast ->> '{name}_cents')::numeric / 100") for name in _CENTS
)
PAGE = f"""
    SELECT coalesce(json_agg(item ORDER BY place) FILTER (WHERE place <= %(limit)s), '[]')::text,
        count(*),
        max(purchased_at::text) FILTER (WHERE place = %(limit)s),
        max(id::text) FILTER (WHERE place = %(limit)s)
    FROM (
        SELECT b.id, b.purchased_at,
            row_number() OVER (ORDER BY b.purchased_at DESC, b.id DESC) AS place,
            (SELECT row_to_json(r) FROM (
                SELECT {_NAMES}, b.id, b.opportunity_id, b.product_id, 'USD' AS currency, b.quantity,
                    b.price::text AS price, {_money("b.spent")} AS spent, b.purchased_at, b.notes,
                    CASE WHEN b.forecast = '{{}}' THEN NULL ELSE json_build_object({_FORECAST},
                        'as_of', b.forecast ->> 'as_of',
                        'margin_percentage', (b.forecast ->> 'margin_bps')::numeric / 100,
                        'p_profit', (b.forecast ->> 'p_profit')::numeric) END AS forecast,
                    {_money("b.forecast_value - b.spent")} AS forecast_profit,
                    {_money("b.proceeds")} AS proceeds,
                    CASE WHEN b.is_final THEN {_money("b.proceeds - b.spent")} END AS realised_profit,
                    b.is_final, {_money("b.current_value")} AS current_value, b.current_as_of,
                    coalesce((
                        SELECT json_agg(json_build_object('id', s.id, 'purchase_id', s.purchase_id,
                            'proceeds', s.proceeds::text, 'currency', 'USD', 'sold_on', s.sold_on,
                            'channel', s.channel, 'description', s.description, 'created_at', s.created_at)
                            ORDER BY s.created_at, s.id)
                        FROM sales s WHERE s.purchase_id = b.id), '[]') AS sales
            ) r) AS item
        FROM ({_ROWS} AND (%(after_time)s::timestamptz IS NULL
            OR (b.purchased_at, b.id) < (%(after_time)s::timestamptz, %(after_id)s::uuid))
            ORDER BY b.purchased_at DESC, b.id DESC LIMIT %(limit)s + 1) b
        JOIN products p ON p.id = b.product_id
    ) items
"""  # noqa: S608 - constants
