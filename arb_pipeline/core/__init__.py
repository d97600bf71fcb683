"""Pure calculation: no Dagster, no files, no environment, no clock. Frames in, frames out."""
