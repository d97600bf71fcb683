"""Use cases, one function each: typed arguments in, a view out. No terminal, no Dagster."""
