"""Scratch folders in the lake, for engines whose machines share no other place. Nothing reads them later."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from arb_pipeline.storage.lake import Where

STAMP = "%Y%m%dT%H%M%SZ"
KEPT = timedelta(days=1)
"""Age from which a folder is a killed run's: no calculation of features takes a day."""


@contextmanager
def own_folder(scratch: Where) -> Iterator[Where]:
    """A new folder below `scratch`, removed at the end. Those that killed runs left are removed first."""
    now = datetime.now(UTC)
    for folder in _folders(scratch):
        if _is_left(folder.name, now):
            _remove(folder)
    own = scratch / f"{now.strftime(STAMP)}-{uuid4().hex}"
    if isinstance(own, Path):
        own.mkdir(parents=True)
    try:
        yield own
    finally:
        _remove(own)


def _folders(scratch: Where) -> list[Where]:
    if not isinstance(scratch, Path):
        scratch.fs.invalidate_cache()  # other processes write there too
    return list(scratch.iterdir()) if scratch.exists() else []


def _is_left(name: str, now: datetime) -> bool:
    try:
        made = datetime.strptime(name.partition("-")[0], STAMP).replace(tzinfo=UTC)
    except ValueError:  # not ours
        return False
    return now - made > KEPT


def _remove(folder: Where) -> None:
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
        return
    folder.fs.invalidate_cache()
    if folder.exists():
        folder.fs.rm(folder.path, recursive=True)
