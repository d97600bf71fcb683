"""Inputs and outputs of a stage: one JSON file per stage and day, in the lake beside its frames.

A record is written whole after its stage has succeeded. A stage whose inputs and outputs are those of its
record has nothing to do.
"""

import hashlib
import json
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.lake import Where, place

FOLDER = "stages"
"""Folder of the records in the lake."""
PACKAGE = Path(__file__).parents[1]
SOURCES = {".py", ".sql", ".yaml", ".yml", ".json", ".csv", ".html", ".jinja"}
"""Endings of the files that make up the code."""
NOT_CODE = {"static", "target", "__pycache__"}

Identities = dict[str, str]
"""Name of a file, table, package or value -> what identifies its present content."""


class StageRecord(BaseModel):
    """One successful run of a stage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    day: date | None
    made_at: datetime
    """End of the run, UTC."""
    run_id: str
    inputs: Identities
    """As they were before the run."""
    outputs: Identities
    """As they were after it."""
    figures: Mapping[str, Mapping[str, int | str]]
    """Asset -> figures of its materialisation."""


class StageRecords:
    """The records of a lake."""

    def __init__(self, root: Path | str) -> None:
        """`root`: folder or URL of the lake."""
        self._root = place(root)

    def read(self, stage: str, day: date | None) -> StageRecord | None:
        """The record of a stage and day; None where there is none that this version can read."""
        path = self._path(stage, day)
        try:
            return StageRecord.model_validate_json(path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def write(self, record: StageRecord) -> None:
        """Replaces the record of a stage and day, whole or not at all."""
        path, text = self._path(record.stage, record.day), record.model_dump_json(indent=1)
        if isinstance(path, Path):
            with written_whole(path) as aside:
                aside.write_text(text, "utf-8")
        else:
            path.fs.pipe_file(path.path, text.encode())

    def forget(self, stage: str, day: date | None) -> None:
        """Deletes the record of a stage and day, before the stage runs: a run that is killed leaves none."""
        self._path(stage, day).unlink(missing_ok=True)

    def _path(self, stage: str, day: date | None) -> Where:
        return self._root / FOLDER / stage / f"{day.isoformat() if day else 'all'}.json"


def digest(*values: object) -> str:
    """SHA-256 of some values as JSON."""
    return hashlib.sha256(json.dumps(values, default=str, sort_keys=True).encode()).hexdigest()


@cache
def code_version(project: Path) -> str:
    """Digest of this package's source files, dbt's project, and the versions of all installed packages."""
    hashed = hashlib.sha256(sys.version.encode())
    for root in (PACKAGE, project):
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            if path.suffix in SOURCES and NOT_CODE.isdisjoint(inside.parts) and path.is_file():
                hashed.update(f"{inside.as_posix()}\0".encode() + path.read_bytes())
    for name in sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info")):
        hashed.update(name.encode())
    return hashed.hexdigest()


def file_identities(paths: Iterable[Where], root: Where) -> Identities:
    """Identity of each file by its path under `root`; a file that is not there has none."""
    identities, start = {}, len(root.as_posix().rstrip("/")) + 1
    for path in paths:
        try:
            identities[path.as_posix()[start:]] = _version(path)
        except FileNotFoundError:
            continue
    return identities


def _version(path: Where) -> str:
    """Version of a file: inode, size and times, or an object store's ETag.

    The time of the last change of the inode cannot be set, unlike that of the content.
    """
    if isinstance(path, Path):
        seen = path.stat()
        return f"{seen.st_ino}.{seen.st_size}.{seen.st_mtime_ns}.{seen.st_ctime_ns}"
    return str(path.fs.ukey(path.path))
