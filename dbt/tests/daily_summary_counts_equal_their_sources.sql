{{ config(meta={'on': 'daily_summary'}) }}
-- Counted again from the tables of the pipeline, not from the mart's own copy of them.
with counted as (
    select
        v.as_of,
        p.category::text as category,
        count(*) as products_valued,
        count(v.singles_value) as products_with_value,
        count(v.margin_percentage) as products_with_margin,
        count(*) filter (where v.published) as published
    from {{ source('pipeline', 'sealed_valuations') }} as v
    join {{ source('pipeline', 'products') }} as p on p.id = v.product_id
    where v.as_of > (
        select max(as_of) from {{ source('pipeline', 'sealed_valuations') }}
    ) - {{ var('valuation_days') }}
    group by v.as_of, p.category
)
select *
from counted
full join {{ ref('daily_summary') }} as summarised using (as_of, category)
where
    (
        counted.products_valued,
        counted.products_with_value,
        counted.products_with_margin,
        counted.published
    ) is distinct from (
        summarised.products_valued,
        summarised.products_with_value,
        summarised.products_with_margin,
        summarised.published
    )
