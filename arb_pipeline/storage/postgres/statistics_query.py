"""Counts, sums and medians over the opportunities, as one JSON text."""

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.enums import RiskLevel

STATUSES = ("active", "expired", "executed", "cancelled")


def _counts(words: tuple[str, ...], source: str, column: str) -> str:
    pairs = ", ".join(f"'{w}', count(*) FILTER (WHERE {column} = '{w}')" for w in words)
    return f"(SELECT json_build_object({pairs}) FROM {source})"  # noqa: S608 - constants


_ACTIVE = (
    "(SELECT o.*, p.category FROM arbitrage_opportunities o JOIN products p ON p.id = o.sealed_product_id"
    " WHERE o.status = 'active') a"
)
_Z = "1.6448536269514722"
_N = "o.execution_quantity"
_CONTENTS = f"{_N} * power(coalesce(o.contents_sd, o.outcome_sd), 2)"
_SD = f"sqrt({_CONTENTS} + power({_N} * coalesce(o.price_sd, 0), 2))"
_IS_ONE_BET = f"({_N} = 1 OR coalesce(o.contents_sd = 0, false))"
LOW = f"""CASE WHEN o.outcome_sd > 0 THEN CASE WHEN {_IS_ONE_BET} THEN {_N} * o.p5
    ELSE greatest({_N} * o.singles_value - {_Z} * {_SD}, 0) END END"""
"""SQL: p5 of the net value of all pieces of a purchase `o`, dollars, as `transitions.compared` works it."""
HIGH = f"""CASE WHEN o.outcome_sd > 0 THEN CASE WHEN {_IS_ONE_BET} THEN {_N} * o.p95
    ELSE {_N} * o.singles_value + {_Z} * {_SD} END END"""
"""SQL: its p95."""
_RESULTS = f"""
    SELECT o.realised_value - {_N} * o.execution_price AS realised,
        {_N} * (o.singles_value - o.execution_price) AS forecast,
        o.realised_value, {LOW} AS low, {HIGH} AS high
    FROM arbitrage_opportunities o WHERE o.status = 'executed'
"""  # noqa: S608 - constants
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
            (SELECT json_build_object('purchases', count(*), 'results', count(realised),
                'realised_profit', round(coalesce(sum(realised), 0), 2)::text,
                'forecast_profit',
                round(coalesce(sum(forecast) FILTER (WHERE realised IS NOT NULL), 0), 2)::text,
                'mean_error', round(avg(realised - forecast), 2)::text,
                'within_range', count(*) FILTER (WHERE realised_value BETWEEN low AND high),
                'with_range', count(*) FILTER (WHERE realised_value IS NOT NULL AND low IS NOT NULL))
                FROM ({_RESULTS}) x) AS realised
    ) r
"""  # noqa: S608 - constants
