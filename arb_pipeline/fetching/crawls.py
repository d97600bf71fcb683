"""Fetches of a source: a crawl in a process of its own, whose finished result becomes a landing package.

The crawl's folder becomes a package only when its result is `finished` and every file matches the journal.
A crawl killed at any point lands nothing, and the next one reuses its answers.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import orjson
from filelock import FileLock, Timeout

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.crawling import FILES, ORDER_FILE, RECORDS_FILE, RESULT_FILE, Known, Order, Result
from arb_pipeline.contracts.sources import SOURCES, Source
from arb_pipeline.settings import Settings, SourceAccess, source_access
from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.landing import Landing, Package
from arb_pipeline.storage.source_ages import known_path

Listener = Callable[[Mapping[str, Any]], None]
"""Receives the events of a crawl: `answer`, `wait` (scrapy_project/progress.py)."""
Status = Literal["landed", "unchanged", "not configured", "failed"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """Result of fetching one source."""

    source: str
    status: Status
    reason: str
    """Reason of a failure, or missing settings; '' when landed or unchanged."""
    packages: tuple[Package, ...] = ()
    """One package; for a range of days, one per day."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Records by kind."""
    stats: Mapping[str, float] = field(default_factory=dict)
    """Requests, bytes, retries, seconds."""
    warnings: tuple[str, ...] = ()

    @property
    def package(self) -> Package | None:
        """Newest package."""
        return self.packages[-1] if self.packages else None

    @property
    def is_good(self) -> bool:
        """True if the landing has the source's current data."""
        return self.status in {"landed", "unchanged"}


def fetch(
    source: str,
    *,
    settings: Settings,
    days: Sequence[date] = (),
    categories: Sequence[str] = tuple(CATEGORIES),
    options: Mapping[str, Sequence[str]] | None = None,
    part: str = "",
    listener: Listener = lambda _event: None,
) -> Fetched:
    """Fetches a source and lands the answers, unless they equal the last package.

    `days`: of a source with archives; empty: the newest. `options`: of the source's spider.
    """
    access = source_access(source)
    if lacks := _lacks(SOURCES[source], access, options or {}):
        return Fetched(source, "not configured", lacks)
    folder = settings.crawls / source / (part or (days[-1].isoformat() if days else "newest"))
    with _only_one(settings.crawls, source, listener):
        known = _known(settings, source)
        order = Order(
            source=source,
            today=datetime.now(UTC).date(),
            days=tuple(days),
            categories=tuple(categories),
            options={name: list(values) for name, values in (options or {}).items()},
            part=part,
            known=known,
        )
        result = _crawl(folder, order, listener)
        reason = ""
        if not result.finished:
            if result.is_refusal:  # not resumed; kept for inspection
                refused = folder.with_name(f"{folder.name}.refused")
                shutil.rmtree(refused, ignore_errors=True)
                folder.replace(refused)
            return Fetched(source, "failed", result.reason, (), result.counts, result.stats, result.warnings)
        packages = _land(folder, order, result, access, settings)
        _remember(settings, source, packages, result, known)
        shutil.rmtree(folder, ignore_errors=True)
    if not packages and not options:
        return Fetched(source, "failed", "; ".join(result.warnings) or "no valid answer was received")
    status: Status = "landed" if any(package.is_new for package in packages) else "unchanged"
    absent = sorted({day.isoformat() for day in days} - {package.part for package in packages})
    if SOURCES[source].is_archived and absent:
        status, reason = "failed", "; ".join(result.warnings) or f"nothing came for {', '.join(absent)}"
    return Fetched(source, status, reason, packages, result.counts, result.stats, result.warnings)


def _lacks(source: Source, access: SourceAccess, options: Mapping[str, Sequence[str]]) -> str:
    """Settings or options that a source lacks for a fetch; '' for none."""
    if access.missing:
        return f"set {', '.join(access.missing)}"
    if source.asks_for and not any(options.get(name) for name in source.asks_for):
        named = " or ".join(f"--option {name}=..." for name in source.asks_for)
        return f"nothing to request from it yet: value some products first (arb run), or name them ({named})"
    return ""


def log_of(source_folder: Path) -> Path:
    """The log of a source's last crawl."""
    return source_folder / "crawl.log"


def _crawl(folder: Path, order: Order, listener: Listener) -> Result:
    """Runs the crawl and reads its result. The child's log is written beside it."""
    previous = folder / ORDER_FILE
    if previous.exists() and _scope(orjson.loads(previous.read_bytes())) != _scope(
        orjson.loads(orjson.dumps(order.to_json()))
    ):
        shutil.rmtree(folder)  # interrupted, but for another order: its answers do not apply
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULT_FILE).unlink(missing_ok=True)
    with written_whole(previous) as aside:
        aside.write_bytes(orjson.dumps(order.to_json()))
    log = log_of(folder.parent)
    command = [sys.executable, "-m", "scrapy_project", str(folder), str(os.getpid())]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL) as child,  # noqa: S603 - ours
    ):
        try:
            for line in child.stdout or ():
                listener(orjson.loads(line))
        except BaseException:
            child.terminate()
            raise
    try:
        return Result.from_json(orjson.loads((folder / RESULT_FILE).read_bytes()))
    except (FileNotFoundError, orjson.JSONDecodeError):
        last = log.read_text("utf-8", "replace").strip().splitlines()[-1:] or ["its log is empty"]
        reason = (
            f"the crawl ended without a result (exit code {child.returncode}): {last[0]} (all of it: {log})"
        )
        return Result(finished=False, reason=reason, is_refusal=False, part="")


def _scope(order: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(order.get(name) for name in ("days", "categories", "options", "part"))


def _land(
    folder: Path, order: Order, result: Result, access: SourceAccess, settings: Settings
) -> tuple[Package, ...]:
    """Lands the packages of a finished crawl. Raises `OSError` where a file differs from its journal."""
    source, landing = order.source, Landing(settings.landing)
    packages = []
    for part in sorted({kept.part or result.part for kept in result.kept}):
        answers = [kept for kept in result.kept if (kept.part or result.part) == part]
        files = {kept.file: folder / FILES / kept.file for kept in answers}
        for kept in answers:
            if hashlib.sha256(files[kept.file].read_bytes()).hexdigest() != kept.sha256:
                msg = f"{files[kept.file]} has changed since it was fetched. Fetch {source} again."
                raise OSError(msg)
        if part == result.part and (folder / RECORDS_FILE).exists():
            files[RECORDS_FILE] = folder / RECORDS_FILE
        crawl = {
            "counts": result.counts,
            "coverage": result.coverage,
            "stats": result.stats,
            "warnings": list(result.warnings),
            "answers": [asdict(kept) for kept in answers],
        }
        packages.append(landing.land(source, files, part=part, origin=access.url, crawl=crawl))
    return tuple(packages)


def _known(settings: Settings, source: str) -> dict[str, Known]:
    """Last landed answers, by URL."""
    try:
        entries = orjson.loads(known_path(settings, source).read_bytes())
        return {url: Known(**entry) for url, entry in entries.items()}
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def _remember(
    settings: Settings,
    source: str,
    packages: Sequence[Package],
    result: Result,
    before: Mapping[str, Known],
) -> None:
    """Records where each answer landed, for the next crawl's conditions. Drops entries without a file."""
    files = {package.part: package.files for package in packages}
    now = {
        kept.url: Known(
            str(files[kept.part or result.part] / kept.file), kept.sha256, kept.etag, kept.last_modified
        )
        for kept in result.kept
    }
    both = {url: known for url, known in {**before, **now}.items() if Path(known.path).exists()}
    with written_whole(known_path(settings, source)) as aside:
        aside.write_bytes(orjson.dumps({url: asdict(known) for url, known in both.items()}))


@contextmanager
def _only_one(crawls: Path, source: str, listener: Listener) -> Iterator[None]:
    """Lock for one crawl of a source at a time, over all processes; a second one waits."""
    crawls.mkdir(parents=True, exist_ok=True)
    lock = FileLock(crawls / f"{source}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        listener({"event": "wait", "host": f"another fetch of {source}", "seconds": 0})
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
