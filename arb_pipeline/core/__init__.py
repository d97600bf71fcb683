"""Pure calculation on frames: no Dagster, files, environment or clock."""
