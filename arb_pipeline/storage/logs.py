"""Structured logs: JSON lines in ARB_HOME/logs/arb.jsonl, and on standard error if ARB_LOG asks for them.

What is bound (run, job, day) is on every line of its context. Nothing is logged at import.
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

NAME = "arb"
FILE = "arb.jsonl"
MOST_BYTES = 10 * 1024 * 1024
KEPT = 5
PROCESSORS: list[Any] = [
    merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    ProcessorFormatter.wrap_for_formatter,
]
"""Of our logger alone: structlog's own configuration, which prints to standard output, is left as it is."""

__all__ = ["BoundLogger", "bind_contextvars", "configure", "context", "logger", "unbind_contextvars"]


class _LogFile(WatchedFileHandler):
    """A log that cannot be written (no folder, a full disk) never stops the logged work."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)


def configure(settings: Settings) -> None:
    """Opens the log of this home, and moves it aside once it is large. Call it again as often as you like."""
    path = settings.logs / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    _rotate(path)
    ours = logging.getLogger(NAME)
    ours.setLevel(logging.INFO)
    ours.propagate = False
    for handler in ours.handlers:
        handler.close()
    # Reopened when another process has moved the file aside.
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
    """The logger of this program; silent until `configure` was called."""
    ours = logging.getLogger(NAME)
    ours.propagate = False
    if not ours.handlers:
        ours.addHandler(logging.NullHandler())
    bound: BoundLogger = structlog.wrap_logger(ours, processors=PROCESSORS, wrapper_class=BoundLogger)
    return bound


@contextmanager
def context(**values: Any) -> Iterator[None]:
    """Puts values on every line that is logged inside; those that are None are left out."""
    with bound_contextvars(**{name: value for name, value in values.items() if value is not None}):
        yield


def _formatter(renderer: Any) -> ProcessorFormatter:
    return ProcessorFormatter(processors=[ProcessorFormatter.remove_processors_meta, renderer])


def _rotate(path: Path) -> None:
    """Moves a large log aside, one process at a time; keeps the newest few."""
    with FileLock(path.parent / ".rotation.lock"):
        if not path.exists() or path.stat().st_size < MOST_BYTES:
            return
        for n in range(KEPT - 1, 0, -1):
            older = path.with_name(f"{FILE}.{n}")
            if older.exists():
                older.replace(path.with_name(f"{FILE}.{n + 1}"))
        path.replace(path.with_name(f"{FILE}.1"))
