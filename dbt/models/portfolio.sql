{{ config(indexes=[{'columns': ['product_id']}, {'columns': ['bought_on']}]) }}

with sold as (
    select
        purchase_id,
        count(*)::integer as sales,
        sum(proceeds) as proceeds,
        sum(fees) as fees,
        sum(forecast_value) as forecast_sold,
        sum(proceeds) filter (where forecast_value is null) as unplaced,
        sum(quantity) filter (where kind in ('sealed', 'whole')) as pieces,
        bool_or(kind = 'sealed') as is_closed,
        max(sold_on) as last_sold_on
    from {{ source('pipeline', 'sales') }}
    group by purchase_id
),

newest as (
    select distinct on (product_id) product_id, singles_value, as_of
    from {{ source('pipeline', 'sealed_valuations') }}
    order by product_id, as_of desc
),

figures as (
    select
        b.*,
        b.quantity * b.price as spent,
        (b.forecast ->> 'as_of')::date as forecast_as_of,
        b.quantity * (b.forecast ->> 'singles_value_cents')::numeric / 100 as forecast_value,
        (b.forecast ->> 'singles_value_cents')::numeric as value,
        (b.forecast ->> 'outcome_sd_cents')::numeric as sd,
        coalesce(b.forecast ->> 'contents_sd_cents', b.forecast ->> 'outcome_sd_cents')::numeric as contents,
        coalesce((b.forecast ->> 'price_sd_cents')::numeric, 0) as prices,
        coalesce(s.sales, 0) as sales,
        coalesce(s.proceeds, 0) as proceeds,
        s.fees,
        coalesce(s.forecast_sold, 0) as forecast_sold,
        coalesce(s.unplaced, 0) as unplaced,
        coalesce(s.pieces, 0) as pieces_sold,
        coalesce(s.is_closed, false) as is_closed,
        s.last_sold_on,
        b.quantity * n.singles_value as current_value,
        n.as_of as current_as_of
    from {{ source('pipeline', 'purchases') }} as b
    left join sold as s on s.purchase_id = b.id
    left join newest as n on n.product_id = b.product_id
),

-- The contents of pieces are independent, the movement of prices is common: core.portfolio.forecast.
spread as (
    select
        *,
        1.6448536269514722 * sqrt(quantity * power(contents, 2) + power(quantity * prices, 2)) as spread,
        quantity = 1 or contents = 0 as is_one_bet
    from figures
),

marked as (
    select
        *,
        case
            when is_final then 0
            when current_value is null then null
            when coalesce(forecast_value, 0) = 0 then greatest(0, current_value - proceeds)
            else greatest(0, round(current_value * (1 - least(1, forecast_sold / forecast_value)), 2) - unplaced)
        end as unsold_value,
        {% for name, sign in (('p5', -1), ('p50', 0), ('p95', 1)) %}
        case when sd > 0 then
            round(case
                when is_one_bet then quantity * (forecast ->> '{{ name }}_cents')::numeric
                else greatest(0, quantity * value + {{ sign }} * spread)
            end / 100, 2)
        end as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from spread
)

select
    m.id as purchase_id,
    m.opportunity_id,
    m.product_id,
    {{ named('p') }},
    (m.purchased_at at time zone 'UTC')::date as bought_on,
    m.quantity,
    (m.quantity - m.pieces_sold)::integer as pieces_left,
    m.price::numeric(12, 2) as price,
    m.spent::numeric(14, 2) as spent,
    m.forecast_as_of,
    m.forecast_value::numeric(14, 2) as forecast_value,
    (m.forecast_value - m.spent)::numeric(14, 2) as forecast_profit,
    m.p5::numeric(14, 2) as p5,
    m.p50::numeric(14, 2) as p50,
    m.p95::numeric(14, 2) as p95,
    m.sales,
    m.last_sold_on,
    m.proceeds::numeric(14, 2) as proceeds,
    m.fees::numeric(14, 2) as fees,
    m.is_final,
    case when m.is_final then m.proceeds - m.spent end::numeric(14, 2) as realised_profit,
    case when m.is_final then m.proceeds - m.forecast_value end::numeric(14, 2) as forecast_error,
    case when m.is_final and not m.is_closed then m.proceeds between m.p5 and m.p95 end as is_within,
    m.current_value::numeric(14, 2) as current_value,
    m.current_as_of,
    m.unsold_value::numeric(14, 2) as unsold_value,
    case when not m.is_final then m.proceeds + m.unsold_value - m.spent end::numeric(14, 2) as unrealised_profit
from marked as m
join {{ source('pipeline', 'products') }} as p on p.id = m.product_id
