{# Groups whose shares sum to more than 1. Each is rounded to six decimals: twenty may be 0.00001 over. #}
{% test sums_to_at_most_one(model, column_name, within) %}
select {{ within | join(', ') }}, sum({{ column_name }}) as total
from {{ model }}
group by {{ within | join(', ') }}
having sum({{ column_name }}) > 1.00001
{% endtest %}
