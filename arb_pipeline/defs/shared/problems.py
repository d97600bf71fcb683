"""Problems as metadata and log lines: rejected record and advice."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from arb_pipeline.contracts.problems import Problem

LISTED = 50


def log_problems(context: dg.AssetExecutionContext, problems: Sequence[Problem]) -> None:
    """A warning per problem, in the run's log and on the terminal."""
    for problem in problems:
        context.log.warning(str(problem))


def problem_metadata(problems: Sequence[Problem]) -> dict[str, Any]:
    """Metadata of problems: their number, and a list of the first ones."""
    if not problems:
        return {"problems": 0}
    listed = "\n".join(f"- {problem}" for problem in problems[:LISTED])
    return {"problems": len(problems), "refused": dg.MetadataValue.md(listed)}
