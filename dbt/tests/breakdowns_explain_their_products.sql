{{ config(meta={'on': 'singles_breakdown'}) }}
-- The cards listed are worth no more than all cards of the product: to the cent, per rounded card.
select product_id, sum(value) as listed, min(singles_value) as singles_value
from {{ ref('singles_breakdown') }}
group by product_id
having sum(value) > min(singles_value) + 0.005 * (count(*) + 1)
