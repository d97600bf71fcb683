{# Groups whose ranks are not 1, 2, 3 ... without a gap, or whose order is not that of a column. #}
{% test ranked_from_one(model, column_name, descending, within=none) %}
with ranked as (
    select
        {{ column_name }} as given,
        row_number() over (
            {% if within %}partition by {{ within | join(', ') }}{% endif %} order by {{ column_name }}
        ) as dense,
        {{ descending }} as ordered,
        lag({{ descending }}) over (
            {% if within %}partition by {{ within | join(', ') }}{% endif %} order by {{ column_name }}
        ) as before
    from {{ model }}
)
select * from ranked where given is distinct from dense or ordered > before
{% endtest %}
