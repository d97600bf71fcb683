{# Columns that name a sealed product, the same in every model. #}
{% macro named(products) %}
    {{ products }}.name::text as product_name,
    {{ products }}.category::text as category,
    {{ products }}.set_code::text as set_code,
    {{ products }}.set_name::text as set_name,
    {{ products }}.kind::text as kind,
    {{ products }}.tcg_product_id::text as tcg_product_id
{%- endmacro %}
