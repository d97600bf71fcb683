{{ config(meta={'on': 'sealed_valuations'}) }}
-- No product is lost and none is counted twice by the joins; sums of money are equal to the cent.
with known as (
    select count(*) as n, sum(singles_value) as value, sum(profit) as profit
    from {{ source('pipeline', 'sealed_valuations') }}
    where as_of > (
        select max(as_of) from {{ source('pipeline', 'sealed_valuations') }}
    ) - {{ var('valuation_days') }}
),

published as (
    select count(*) as n, sum(singles_value) as value, sum(profit) as profit from {{ ref('sealed_valuations') }}
)

select * from known, published where (known.n, known.value, known.profit) is distinct from (published.n, published.value, published.profit)
