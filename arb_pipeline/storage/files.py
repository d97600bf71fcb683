"""Atomic files: written aside, synced, then renamed into place."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from arb_pipeline.contracts.errors import InvalidInputError


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A scratch path beside `path`, renamed to it when the block succeeds and deleted otherwise.

    A device, a pipe or a link is written to, not replaced: `/dev/stdout`, `/dev/full`, a FIFO.
    """
    if path.is_symlink() or (path.exists() and not path.is_file() and not path.is_dir()):
        with TemporaryDirectory() as folder:
            yield (content := Path(folder) / path.name)
            with content.open("rb") as whole, path.open("wb") as target:
                shutil.copyfileobj(whole, target)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        yield scratch
        sync(scratch)
        scratch.replace(path)
        sync(path.parent)
    finally:
        scratch.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Fsync of a file or folder. A rename is durable once its folder is synced."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_newest(folder: Path, count: int) -> None:
    """Deletes all but the newest subfolders, by creation time."""
    made = sorted((f for f in folder.iterdir() if f.is_dir()), key=lambda f: f.stat().st_mtime, reverse=True)
    for old in made[count:]:
        shutil.rmtree(old, ignore_errors=True)


def check_output(path: Path) -> None:
    """Raises `InvalidInputError` where no file of this name can be written: before the work for it."""
    step = "Make it, or name another file."
    if not path.name or path.is_dir():
        msg = f"{str(path)!r} is a folder."
        raise InvalidInputError(msg, next_step="Name a file.")
    if not path.parent.is_dir():
        msg = f"there is no folder {path.parent}."
        raise InvalidInputError(msg, next_step=step)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        msg = f"{path} may not be written to."
        raise InvalidInputError(msg, next_step="Name another file.")
