{{ config(indexes=[{'columns': ['product_id']}, {'columns': ['opened_on']}]) }}

with changes as (
    select
        opportunity_id,
        count(*) as changes,
        max(as_of) filter (where event in ('expired', 'executed', 'cancelled')) as ended_on,
        (array_agg(details ->> 'why' order by created_at desc, id) filter (where event = 'expired'))[1] as expired_because,
        (array_agg(details order by created_at, id) filter (where event = 'opened'))[1] as opening,
        max((details ->> 'profit_cents')::bigint) as best_profit_cents
    from {{ source('pipeline', 'opportunity_events') }}
    group by opportunity_id
),

bought as (
    select opportunity_id, sum(quantity * price) as spent
    from {{ source('pipeline', 'purchases') }}
    group by opportunity_id
)

select
    o.id as opportunity_id,
    o.sealed_product_id as product_id,
    {{ named('p') }},
    {{ opportunity_columns('o') }},
    o.as_of as confirmed_on,
    case when o.status <> 'active' then c.ended_on end as ended_on,
    o.as_of - o.opened_on + 1 as days_listed,
    coalesce(c.changes, 0)::integer as changes,
    ((c.opening ->> 'sealed_price_cents')::numeric / 100)::numeric(12, 2) as opening_price,
    ((c.opening ->> 'profit_cents')::numeric / 100)::numeric(12, 2) as opening_profit,
    (greatest(c.best_profit_cents, (o.profit * 100)::bigint)::numeric / 100)::numeric(12, 2) as best_profit,
    case when o.status = 'expired' then c.expired_because end as expired_because,
    (o.realised_value - coalesce(b.spent, o.execution_quantity * o.execution_price))::numeric(14, 2) as realised_profit
from {{ source('pipeline', 'arbitrage_opportunities') }} as o
join {{ source('pipeline', 'products') }} as p on p.id = o.sealed_product_id
left join changes as c on c.opportunity_id = o.id
left join bought as b on b.opportunity_id = o.id
