{{ config(meta={'on': 'opportunities'}) }}
-- Every active opportunity of the pipeline is listed once, with its own figures; nothing else is.
select *
from {{ source('pipeline', 'arbitrage_opportunities') }} as known
full join {{ ref('opportunities') }} as listed on listed.opportunity_id = known.id
where
    (known.status = 'active') is distinct from (listed.opportunity_id is not null)
    or (known.sealed_price, known.singles_value, known.profit)
    is distinct from (listed.sealed_price, listed.singles_value, listed.profit)
    and known.status = 'active'
