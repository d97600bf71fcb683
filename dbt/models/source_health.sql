with newest_first as (
    select
        *,
        row_number() over (partition by source, category order by day desc, loaded_at desc, id) as nth_newest,
        count(*) over of_source as loads,
        sum(rows_accepted) over of_source as accepted_in_all,
        sum(rows_quarantined) over of_source as quarantined_in_all,
        max(loaded_at) over of_source as last_loaded_at,
        min(day) over of_source as oldest_day,
        max(day) over () as newest_of_all
    from {{ source('pipeline', 'load_ledger') }}
    window of_source as (partition by source, category)
)

select
    source::text as source,
    category::text as category,
    oldest_day,
    day as newest_day,
    newest_of_all - day as days_behind,
    last_loaded_at,
    loads::integer as loads,
    rows_raw,
    rows_accepted,
    rows_duplicate,
    rows_quarantined,
    (rows_quarantined::numeric / nullif(rows_raw, 0))::numeric(9, 6) as quarantined_share,
    accepted_in_all::bigint as accepted_in_all,
    quarantined_in_all::bigint as quarantined_in_all
from newest_first
where nth_newest = 1
