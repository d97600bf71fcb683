"""Landed packages of sources, required or optional."""

from pathlib import Path

from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.games.adapter import Landed, Wanted
from arb_pipeline.games.registry import REFERENCE


def fetched(workspace: Workspace, source: str) -> Path | None:
    """The files of a source's newest package; None where none has landed."""
    package = workspace.last(source)
    return package.files if package else None


def landed(workspace: Workspace, wanted: Wanted) -> Landed:
    """The files of the sources that have landed.

    One source of a group suffices. Raises `NotLandedError` where none of a required group has landed.
    """
    folders: dict[str, Path] = {}
    for sources in wanted:
        there = {source: files for source in sources if (files := fetched(workspace, source))}
        if not there and sources[0] in REFERENCE:
            workspace.landed(sources[0])
        folders |= there
    return folders
