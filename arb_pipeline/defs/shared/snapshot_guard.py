"""Refusal of a snapshot that shrank, before anything is computed from it."""

from collections.abc import Iterable

import dagster as dg

from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.storage.postgres import ledger
from arb_pipeline.storage.postgres.ledger import Load, SnapshotShrankError


def refuse_shrunk(workspace: Workspace, loads: Iterable[Load]) -> None:
    """Fails where a load has less than half the rows of the day before, unless the run confirms it.

    Saving checks again, under the source's lock. The check here prevents frames of a refused load: a
    valuation reads frames, not tables.
    """
    if workspace.confirmed:
        return
    try:
        with workspace.engine.connect() as connection:
            for load in loads:
                ledger.refuse_shrunk(connection, load)
    except SnapshotShrankError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
