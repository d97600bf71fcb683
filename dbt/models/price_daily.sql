{{ config(indexes=[{'columns': ['product_id', 'day']}, {'columns': ['day']}]) }}

-- Sealed products and their highest-value cards. Other prices stay in price_history.
with wanted as (
    select id, name, category, set_code, product_type
    from {{ source('pipeline', 'products') }} as p
    where
        product_type = 'sealed'
        or exists (select 1 from {{ ref('singles_breakdown') }} as s where s.single_product_id = p.id)
),

observed as (
    select
        *,
        (recorded_at at time zone 'UTC')::date as day,
        row_number() over (
            partition by
                product_id, source, price_type, printing, condition, language, (recorded_at at time zone 'UTC')::date
            order by recorded_at desc
        ) as nth_last
    from {{ source('pipeline', 'price_history') }}
    where
        recorded_at >= (
            select (max(as_of) - {{ var('price_days') }} + 1)::timestamp at time zone 'UTC'
            from {{ ref('sealed_valuations') }}
        )
        and product_id in (select id from wanted)
)

select
    s.product_id,
    s.day,
    s.source::text as source,
    s.price_type::text as price_type,
    s.printing::text as printing,
    s.condition::text as condition,
    s.language::text as language,
    p.name::text as product_name,
    p.category::text as category,
    p.set_code::text as set_code,
    p.product_type::text as product_type,
    s.price,
    s.currency::text as currency,
    s.shipping_cost,
    s.seller_count,
    s.available_quantity,
    s.recorded_at
from observed as s
join wanted as p on p.id = s.product_id
where s.nth_last = 1
