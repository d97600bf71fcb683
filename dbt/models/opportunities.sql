select
    row_number() over (order by rank_score desc nulls last, profit desc, opportunity_id)::integer as rank,
    opportunity_id,
    product_id,
    product_name,
    category,
    set_code,
    set_name,
    kind,
    tcg_product_id,
    {{ opportunity_figures() }},
    opened_on,
    confirmed_on,
    greatest((now() at time zone 'utc')::date - confirmed_on, 0) as age_days,
    days_listed,
    expires_at
from {{ ref('opportunity_history') }}
where status = 'active'
