"""Packages of sources that a stage uses where they have landed, and does without where they have not."""

from pathlib import Path

from arb_pipeline.defs.shared.workspace import Workspace


def fetched(workspace: Workspace, source: str) -> Path | None:
    """The files of a source's newest package; None where none has landed."""
    package = workspace.last(source)
    return package.files if package else None
