"""Counts, sums and medians over the opportunities, as one JSON text."""

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.enums import RiskLevel
from arb_pipeline.storage.postgres.portfolio_queries import PURCHASES

STATUSES = ("active", "expired", "executed", "cancelled")


def _counts(words: tuple[str, ...], source: str, column: str) -> str:
    pairs = ", ".join(f"'{w}', count(*) FILTER (WHERE {column} = '{w}')" for w in words)
    return f"(SELECT json_build_object({pairs}) FROM {source})"  # noqa: S608 - constants


_ACTIVE = (
    "(SELECT o.*, p.category FROM arbitrage_opportunities o JOIN products p ON p.id = o.sealed_product_id"
    " WHERE o.status = 'active') a"
)
SUMMARY = f"""
    SELECT row_to_json(r)::text FROM (
        SELECT (SELECT max(as_of) FROM sealed_valuations) AS as_of,
            now() AS generated_at,
            'USD' AS currency,
            {_counts(STATUSES, "arbitrage_opportunities", "status")} AS by_status,
            {_counts(RiskLevel.values(), _ACTIVE, "risk_level")} AS active_by_risk,
            {_counts(tuple(CATEGORIES), _ACTIVE, "category")} AS active_by_category,
            (SELECT json_build_object('sum', round(coalesce(sum(profit), 0), 2)::text, 'median',
                round((percentile_cont(0.5) WITHIN GROUP (ORDER BY profit))::numeric, 2)::text)
                FROM {_ACTIVE}) AS active_profit,
            (SELECT round((percentile_cont(0.5) WITHIN GROUP (ORDER BY margin_percentage))::numeric, 2)
                FROM {_ACTIVE}) AS active_margin_percentage_median,
            (SELECT json_agg(json_build_object('day', d.day::date, 'opened', (
                SELECT count(*) FROM arbitrage_opportunities o WHERE o.opened_on = d.day::date))
                ORDER BY d.day)
                FROM generate_series(current_date - 29, current_date, interval '1 day') d(day))
                AS published_per_day,
            (SELECT json_agg(json_build_object('category', c.category, 'newest_day', l.day, 'hours',
                round((extract(epoch FROM now() - (l.day + time '20:00') AT TIME ZONE 'UTC')
                    / 3600)::numeric, 1)) ORDER BY c.category)
                FROM unnest(ARRAY[{", ".join(f"'{c}'" for c in CATEGORIES)}]) c(category)
                LEFT JOIN (SELECT category, max(day) AS day FROM load_ledger GROUP BY category) l
                    ON l.category = c.category) AS price_ages,
            (SELECT json_build_object('purchases', count(*), 'results', count(*) FILTER (WHERE is_final),
                'realised_profit', round(coalesce(sum(proceeds - spent) FILTER (WHERE is_final), 0), 2)::text,
                'forecast_profit',
                round(coalesce(sum(forecast_value - spent) FILTER (WHERE is_final), 0), 2)::text,
                'mean_error', round(avg(proceeds - forecast_value) FILTER (WHERE is_final), 2)::text,
                'within_range', count(*) FILTER (WHERE is_comparable AND proceeds BETWEEN p5 AND p95),
                'with_range', count(*) FILTER (WHERE is_comparable AND p5 IS NOT NULL))
                FROM ({PURCHASES}) x) AS realised
    ) r
"""  # noqa: S608 - constants
