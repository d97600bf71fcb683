"""The mart: dbt models, files derived from the declared columns, expectations, publication."""
