{{ config(meta={'on': 'portfolio'}) }}
-- Every purchase is listed once; its proceeds are the sum of its sales.
select *
from (
    select b.id, coalesce(sum(s.proceeds), 0) as proceeds
    from {{ source('pipeline', 'purchases') }} as b
    left join {{ source('pipeline', 'sales') }} as s on s.purchase_id = b.id
    group by b.id
) as known
full join {{ ref('portfolio') }} as listed on listed.purchase_id = known.id
where known.id is null or listed.purchase_id is null or known.proceeds <> listed.proceeds
