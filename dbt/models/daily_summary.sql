with valued as (
    select
        as_of,
        category,
        count(*)::integer as products_valued,
        count(*) filter (where contents_complete)::integer as products_complete,
        count(singles_value)::integer as products_with_value,
        count(margin_percentage)::integer as products_with_margin,
        count(*) filter (where published)::integer as published,
        (percentile_cont(0.5) within group (order by margin_percentage))::numeric(14, 2) as median_margin,
        max(margin_percentage) filter (where published) as best_margin,
        coalesce(sum(profit) filter (where published), 0)::numeric(14, 2) as published_profit
    from {{ ref('sealed_valuations') }}
    group by as_of, category
),

opened as (
    select opened_on as as_of, category, count(*)::integer as opened
    from {{ ref('opportunity_history') }}
    group by opened_on, category
),

ended as (
    select ended_on as as_of, category, count(*)::integer as ended
    from {{ ref('opportunity_history') }}
    where ended_on is not null
    group by ended_on, category
),

loaded as (
    select
        day as as_of,
        category::text as category,
        sum(rows_accepted)::bigint as prices_accepted,
        sum(rows_quarantined)::bigint as prices_quarantined
    from {{ source('pipeline', 'load_ledger') }}
    group by day, category
)

select
    v.as_of,
    v.category,
    v.products_valued,
    v.products_complete,
    v.products_with_value,
    v.products_with_margin,
    v.published,
    v.median_margin,
    v.best_margin,
    v.published_profit,
    coalesce(o.opened, 0) as opened,
    coalesce(e.ended, 0) as ended,
    l.prices_accepted,
    l.prices_quarantined
from valued as v
left join opened as o using (as_of, category)
left join ended as e using (as_of, category)
left join loaded as l using (as_of, category)
