"""Work that needs polars and the lake, in a process of its own: the server stays small and responsive."""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from arb_pipeline.api.context import Context
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.contracts.errors import ArbError
from arb_pipeline.settings import Settings, settings

TASKS = 500
"""Then a process is replaced: what libraries hold on to goes with it."""
SECONDS = 60.0
BY_STATUS = {400: "malformed", 404: "not-found", 409: "conflict", 422: "invalid-input", 503: "unavailable"}


class Workers:
    """One process for questions, started at the first one."""

    def __init__(self, given: Settings) -> None:
        self._settings = given
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, work: Callable[..., str], *arguments: Any) -> str:
        """The JSON that a function of a module returns. Raises `ProblemError` for its refusals."""
        for attempt in (1, 2):
            try:
                future = asyncio.wrap_future(self._executor().submit(_call, work, arguments))
                refusal, text = await asyncio.wait_for(future, SECONDS)
            except BrokenProcessPool:
                self._pool = None
                if attempt == 2:  # noqa: PLR2004 - it died twice at the same work
                    detail = "The calculation ended its process twice. Narrow the request, or report it."
                    raise ProblemError("unavailable", detail, headers={"Retry-After": "5"}) from None
            except TimeoutError:
                detail = f"The calculation took over {SECONDS:.0f} s. Try again; the cause may be other work."
                raise ProblemError("unavailable", detail, headers={"Retry-After": "5"}) from None
            else:
                if refusal:
                    headers = {"Retry-After": "5"} if refusal == "unavailable" else {}
                    raise ProblemError(refusal, text, headers=headers)
                return text
        raise AssertionError

    def close(self) -> None:
        """Ends the process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _executor(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(self._settings.model_dump(),),
                max_tasks_per_child=TASKS,
            )
        return self._pool


def workers_of(context: Context) -> Workers:
    """The workers of this server."""
    if "workers" not in context.state:
        context.state["workers"] = Workers(context.settings)
    found: Workers = context.state["workers"]
    return found


_given: dict[str, Any] = {}


def _begin(values: dict[str, Any]) -> None:
    _given.update(values)


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
