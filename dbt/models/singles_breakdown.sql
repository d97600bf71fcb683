{{ config(indexes=[{'columns': ['product_id', 'rank']}, {'columns': ['single_product_id']}]) }}

with top_cards as (
    select s.*, v.product_name, v.category, v.set_code, v.sealed_price, v.singles_value, v.published
    from {{ source('pipeline', 'valuation_singles') }} as s
    join {{ ref('sealed_valuations') }} as v on v.product_id = s.product_id and v.as_of = s.as_of
    where v.is_newest
),

inside as (
    select l.sealed_product_id, l.single_product_id, l.is_foil, l.printing, bool_and(l.guaranteed) as is_guaranteed
    from {{ source('pipeline', 'product_singles') }} as l
    group by l.sealed_product_id, l.single_product_id, l.is_foil, l.printing
)

select
    c.product_id,
    c.rank,
    c.as_of,
    c.product_name,
    c.category,
    c.set_code,
    c.published,
    c.sealed_price,
    c.singles_value,
    c.single_product_id,
    card.name::text as card_name,
    card.set_code::text as card_set_code,
    {{ single_columns('c') }},
    i.is_guaranteed,
    sum(c.value_share) over (partition by c.product_id order by c.rank)::numeric(9, 6) as cumulative_share
from top_cards as c
join {{ source('pipeline', 'products') }} as card on card.id = c.single_product_id
left join inside as i
    on
        i.sealed_product_id = c.product_id
        and i.single_product_id = c.single_product_id
        and i.is_foil = c.is_foil
        and i.printing = c.printing
