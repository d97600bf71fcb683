"""Structured logs: JSON lines in ARB_HOME/logs/arb.jsonl, and on standard error if ARB_LOG is set.

Bound values (run, job, day) are on every line of their context. Nothing is logged at import.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

import structlog
from filelock import FileLock
from structlog.contextvars import bind_contextvars, bound_contextvars, merge_contextvars, unbind_contextvars
from structlog.stdlib import BoundLogger, ProcessorFormatter

from arb_pipeline.settings import Settings
from arb_pipeline.storage import error_tracking

NAME = "arb"
FILE = "arb.jsonl"
MOST_BYTES = 10 * 1024 * 1024
KEPT = 5
PROCESSORS: list[Any] = [
    merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    error_tracking.track,
    structlog.processors.format_exc_info,
    ProcessorFormatter.wrap_for_formatter,
]
"""Processors of this logger alone: structlog's global ones, which print to standard output, stay."""

__all__ = ["BoundLogger", "bind_contextvars", "configure", "context", "logger", "unbind_contextvars"]


class _LogFile(WatchedFileHandler):
    """Log file whose write errors (no folder, a full disk) never stop the logged work."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)


def configure(settings: Settings) -> None:
    """Opens the log of this home, and rotates it once it is large. Idempotent."""
    error_tracking.start(settings)
    path = settings.logs / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    _rotate(path)
    ours = logging.getLogger(NAME)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    for handler in ours.handlers:
        handler.close()
    # Reopened when another process has rotated the file.
    in_file = _LogFile(path, encoding="utf-8")
    in_file.setFormatter(_formatter(structlog.processors.JSONRenderer(default=str)))
    ours.handlers = [in_file]
    if settings.log:
        shown = logging.StreamHandler(sys.stderr)
        renderer = (
            structlog.processors.JSONRenderer(default=str)
            if settings.log == "json"
            else structlog.dev.ConsoleRenderer(colors=False)
        )
        shown.setFormatter(_formatter(renderer))
        ours.handlers.append(shown)


def logger() -> BoundLogger:
    """Logger of this program; silent until `configure` is called."""
    ours = logging.getLogger(NAME)
    ours.propagate = False
    if not ours.handlers:
        ours.addHandler(logging.NullHandler())
    bound: BoundLogger = structlog.wrap_logger(ours, processors=PROCESSORS, wrapper_class=BoundLogger)
    return bound


@contextmanager
def context(**values: Any) -> Iterator[None]:
    """Binds values to every line logged inside; None values are left out."""
    with bound_contextvars(**{name: value for name, value in values.items() if value is not None}):
        yield


def _formatter(renderer: Any) -> ProcessorFormatter:
    return ProcessorFormatter(processors=[ProcessorFormatter.remove_processors_meta, renderer])


def _rotate(path: Path) -> None:
    """Rotates a large log, one process at a time; keeps the newest few."""
    with FileLock(path.parent / ".rotation.lock"):
        if not path.exists() or path.stat().st_size < MOST_BYTES:
            return
        for n in range(KEPT - 1, 0, -1):
            older = path.with_name(f"{FILE}.{n}")
            if older.exists():
                older.replace(path.with_name(f"{FILE}.{n + 1}"))
        path.replace(path.with_name(f"{FILE}.1"))
