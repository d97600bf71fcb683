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
    v.sealed_price,
    v.sealed_list_price,
    v.sealed_source::text as sealed_source,
    v.market_price,
    v.gross_singles_value,
    v.singles_value,
    v.profit,
    v.margin_percentage,
    v.priced_share,
    v.contents_complete,
    array_to_string(v.unknown_parts, '; ') as unknown_parts,
    v.extras,
    v.confidence_score,
    v.price_stability,
    v.seller_count_factor,
    v.volume_history,
    v.margin_size,
    array_to_string(v.missing_factors, ', ') as missing_factors,
    v.seller_count,
    v.risk_level::text as risk_level,
    v.competition_level::text as competition_level,
    v.rank_score,
    {{ outcome('v') }},
    v.published,
    array_to_string(v.flags, ', ') as flags,
    v.why
from valued as v
join {{ source('pipeline', 'products') }} as p on p.id = v.product_id
