{# Rows for which the expression is false. Not known (null) passes: not_null is a test of its own. #}
{% test holds(model, expression) %}
select * from {{ model }} where not ({{ expression }})
{% endtest %}
