{{ config(indexes=[{'columns': ['product_id', 'as_of']}, {'columns': ['as_of']}]) }}

with valued as (
    select v.*, p.category as of_category, max(v.as_of) over (partition by p.category) as newest
    from {{ source('pipeline', 'sealed_valuations') }} as v
    join {{ source('pipeline', 'products') }} as p on p.id = v.product_id
    where v.as_of > (
        select max(as_of) from {{ source('pipeline', 'sealed_valuations') }}
    ) - {{ var('valuation_days') }}
)

select
    v.product_id,
    v.as_of,
    v.as_of = v.newest as is_newest,
    {{ named('p') }},
    {{ valuation_columns('v') }}
from valued as v
join {{ source('pipeline', 'products') }} as p on p.id = v.product_id
