-- Dagster's run records, beside ours. Runs once, when the volume is new.
CREATE DATABASE dagster;
