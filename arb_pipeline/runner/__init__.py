"""Runs the asset graph in this process: one job, or the jobs of several days. Nothing below starts a run."""

from arb_pipeline.runner.asset_graph import Run, Runner, Step, recent_runs

__all__ = ["Run", "Runner", "Step", "recent_runs"]
