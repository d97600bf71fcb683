"""Landing: immutable packages of source files, as fetched, addressed by their content.

A package is a folder `<source>/<part>/<package id>` with `files/` and a `manifest.json` that is written
last. Without one the package does not exist. `latest` in `<source>/<part>` names the package in use; the
part is the day of a daily source, `current` for the others.
"""

import errno
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.storage.files import sync, written_whole

CURRENT = "current"
SCRATCH_SECONDS = 3600
FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class NotLandedError(NotFoundError, LookupError):
    """Nothing has landed for a source; the message states the next step."""


@dataclass(frozen=True, slots=True)
class Package:
    """One landed package."""

    source: str
    part: str
    package_id: str
    """SHA-256 of the sorted (path, SHA-256) pairs of its files."""
    root: Path
    is_new: bool = False

    @property
    def files(self) -> Path:
        """The folder of the files, as fetched."""
        return self.root / "files"

    @property
    def manifest(self) -> dict[str, object]:
        """Origin, counts, and each file's size and SHA-256."""
        manifest: dict[str, object] = json.loads((self.root / "manifest.json").read_text("utf-8"))
        return manifest

    @property
    def fetched_at(self) -> datetime | None:
        """Time of its first answer, UTC; None where it was taken from a folder."""
        crawl: Any = self.manifest.get("crawl") or {}
        times = [answer["fetched_at"] for answer in crawl.get("answers", ()) if answer.get("fetched_at")]
        return datetime.fromisoformat(min(times)).astimezone(UTC) if times else None


class Landing:
    """The packages under one folder."""

    def __init__(self, root: Path) -> None:
        """`root`: folder of the packages, created on first use."""
        self._root = root

    def land(
        self,
        source: str,
        files: Mapping[str, Path],
        *,
        part: str = CURRENT,
        origin: str,
        crawl: Mapping[str, Any] | None = None,
    ) -> Package:
        """Lands files by their path inside the package. The same content lands once.

        `crawl`: metadata of the fetch: counts, answers with their URLs.
        """
        digests = _digests(files)
        package_id = _package_id(digests)
        folder = self._root / source / part
        package = Package(source, part, package_id, folder / package_id, is_new=True)
        with _full_disk_named(folder):
            if (package.root / "manifest.json").exists():
                package = Package(source, part, package_id, package.root)
            else:
                about = {"origin": origin, **({"crawl": crawl} if crawl else {})}
                self._write(package, files, digests, about)
            self._point(folder, package_id)
        return package

    def latest(self, source: str, *, part: str | None = None) -> Package:
        """Package in use of a part; `part` omitted: the current part or the newest day.

        Raises `NotLandedError`.
        """
        parts = [part] if part else [CURRENT, *reversed(self.days(source))]
        for name in parts:
            pointer = self._root / source / name / "latest"
            if pointer.exists():
                package_id = pointer.read_text("utf-8")
                return Package(source, name, package_id, self._root / source / name / package_id)
        of = f" for {part}" if part else ""
        msg = (
            f"Nothing of {source} has landed{of}. Fetch it (`arb fetch {source}`), or run "
            "`arb run --data DIR` with a folder that holds it."
        )
        raise NotLandedError(msg)

    def packages(self, source: str, *, part: str) -> list[Package]:
        """All packages of a part in order of landing; of prices each is an observation."""
        folders = (manifest.parent for manifest in (self._root / source / part).glob("*/manifest.json"))
        packages = [Package(source, part, folder.name, folder) for folder in folders]
        return sorted(packages, key=lambda package: (str(package.manifest["landed_at"]), package.package_id))

    def days(self, source: str) -> list[str]:
        """Landed days of a daily source, in order."""
        names = (pointer.parent.name for pointer in (self._root / source).glob("*/latest"))
        return sorted(name for name in names if DAY.fullmatch(name))

    @staticmethod
    def _write(
        package: Package, files: Mapping[str, Path], digests: Mapping[str, str], about: Mapping[str, Any]
    ) -> None:
        _clear_scratch(package.root.parent)
        scratch = package.root.with_name(f".{package.package_id}.{uuid4().hex}")
        try:
            for name, path in files.items():
                target = scratch / "files" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                if _sha256(target) != digests[name]:
                    msg = f"{path} changed while it was being copied. Run again once it is complete."
                    raise OSError(msg)
            manifest = {
                "source": package.source,
                "part": package.part,
                "package_id": package.package_id,
                **about,
                "landed_at": datetime.now(UTC).isoformat(),
                "finish_reason": "finished",
                "files": {n: {"sha256": d, "bytes": files[n].stat().st_size} for n, d in digests.items()},
            }
            with written_whole(scratch / "manifest.json") as aside:
                aside.write_text(json.dumps(manifest, indent=1), "utf-8")
            if package.root.exists():  # left without a manifest by an older version's crash
                shutil.rmtree(package.root)
            scratch.replace(package.root)
            sync(package.root.parent)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    @staticmethod
    def _point(folder: Path, package_id: str) -> None:
        pointer = folder / "latest"
        if not pointer.exists() or pointer.read_text("utf-8") != package_id:
            with written_whole(pointer) as aside:
                aside.write_text(package_id, "utf-8")


@contextmanager
def _full_disk_named(folder: Path) -> Iterator[None]:
    """Names the folder in errors of a full disk, which the operating system does not."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL and error.filename is None:
            why = f"{error.strerror}: nothing of this package is in use"
            raise OSError(error.errno, why, str(folder)) from error
        raise


def _clear_scratch(folder: Path) -> None:
    """Removes files of a process that was killed while writing."""
    for scratch in folder.glob(".*.*"):
        if scratch.is_dir() and time() - scratch.stat().st_mtime > SCRATCH_SECONDS:
            shutil.rmtree(scratch, ignore_errors=True)


def package_id_of(files: Mapping[str, Path]) -> str:
    """Id of the package that these files, by their path inside it, land as."""
    return _package_id(_digests(files))


def _digests(files: Mapping[str, Path]) -> dict[str, str]:
    return {name: _sha256(path) for name, path in sorted(files.items())}


def _package_id(digests: Mapping[str, str]) -> str:
    return hashlib.sha256("".join(f"{n}\0{d}\n" for n, d in digests.items()).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_under(folder: Path, pattern: str) -> dict[str, Path]:
    """Matching files of a folder, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path for path in sorted(folder.glob(pattern)) if path.is_file()
    }
