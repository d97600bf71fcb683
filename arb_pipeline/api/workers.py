"""Worker process for tasks that need polars and the lake: the server stays small and responsive.

Processes come from a fork server that has imported what they need: the first answer waits for no import.
"""

import asyncio
import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing.connection import wait
from typing import Any

import anyio.to_thread
import sqlalchemy as sa

from arb_pipeline.api.context import Context
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.contracts.errors import ArbError
from arb_pipeline.settings import Settings, settings

TASKS = 500
"""Number of tasks after which a process is replaced, to free memory that libraries retain."""
SECONDS = 60.0
PRELOADED = ("arb_pipeline.api.calculations",)
BY_STATUS = {400: "malformed", 404: "not-found", 409: "conflict", 422: "invalid-input", 503: "unavailable"}


@lru_cache(maxsize=1)
def processes() -> Any:
    """Start method of processes: a fork of one that holds the imports and neither threads nor connections."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    return context


class Workers:
    """One process for questions, started by `warm` or at the first one."""

    def __init__(self, given: Settings) -> None:
        self._settings = given
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self.is_ready = False
        """Has a process answered?"""

    async def warm(self) -> None:
        """Starts the process before the first request. A failure appears at that request."""
        with contextlib.suppress(ProblemError):
            await self.run(_ready)

    async def run(self, work: Callable[..., str], *arguments: Any) -> str:
        """The JSON that a function of a module returns. Raises `ProblemError` for its refusals."""
        for attempt in (1, 2):
            try:
                future = asyncio.wrap_future(await anyio.to_thread.run_sync(self._submit, work, arguments))
                refusal, text = await asyncio.wait_for(future, SECONDS)
            except BrokenProcessPool:
                self._pool, self.is_ready = None, False
                if attempt == 2:  # noqa: PLR2004 - it died twice at the same work
                    detail = "The calculation ended its process twice. Narrow the request, or report it."
                    raise ProblemError("unavailable", detail, headers={"Retry-After": "5"}) from None
            except TimeoutError:
                detail = f"The calculation took over {SECONDS:.0f} s. Try again; the cause may be other work."
                raise ProblemError("unavailable", detail, headers={"Retry-After": "5"}) from None
            else:
                self.is_ready = True
                if refusal:
                    headers = {"Retry-After": "5"} if refusal == "unavailable" else {}
                    raise ProblemError(refusal, text, headers=headers)
                return text
        raise AssertionError

    def close(self) -> None:
        """Ends the process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, work: Callable[..., str], arguments: tuple[Any, ...]) -> "Future[tuple[str, str]]":
        """In a thread: the first process is waited for."""
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    1,
                    mp_context=processes(),
                    initializer=_begin,
                    initargs=(self._settings.model_dump(),),
                    max_tasks_per_child=TASKS,
                )
            return self._pool.submit(_call, work, arguments)


def workers_of(context: Context) -> Workers:
    """The workers of this server."""
    if "workers" not in context.state:
        context.state["workers"] = Workers(context.settings)
    workers: Workers = context.state["workers"]
    return workers


_given: dict[str, Any] = {}


def _begin(values: dict[str, Any]) -> None:
    _given.update(values)
    threading.Thread(target=_end_with_server, daemon=True).start()


def _end_with_server() -> None:
    """Ends the process once the server has ended, in whatever way: nothing else sends it work."""
    server = multiprocessing.parent_process()
    if server is not None:
        wait([server.sentinel])
        os._exit(0)


def _ready() -> str:
    """Readiness check of `warm`: the database answers, and all modules are imported."""
    import arb_pipeline.api.calculations

    with own_engine().connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    return arb_pipeline.api.calculations.__name__


@lru_cache(maxsize=1)
def own_settings() -> Settings:
    """The server's settings, in its worker."""
    return Settings(**_given) if _given else settings()


@lru_cache(maxsize=1)
def own_engine() -> sa.Engine:
    """The worker's connections."""
    from arb_pipeline.storage.postgres.engine import connect

    return connect(own_settings())


def _call(work: Callable[..., str], arguments: tuple[Any, ...]) -> tuple[str, str]:
    """(kind of problem or '', JSON or detail): errors with arguments of their own do not travel well."""
    try:
        return "", work(*arguments)
    except ArbError as error:
        return BY_STATUS.get(error.status, "conflict"), str(error)
    except (sa.exc.OperationalError, sa.exc.InterfaceError):
        return "unavailable", "The database does not answer. Try again in some seconds."
