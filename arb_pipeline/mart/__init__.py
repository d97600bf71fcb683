"""The mart: dbt models, expectations, and publication in one transaction."""
