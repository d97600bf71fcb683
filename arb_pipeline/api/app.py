"""The application: routers, problem answers, the lifetime of pools, and the pages beside the API."""

import contextlib
import gc
import importlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import anyio.to_thread
import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from arb_pipeline.api import background, database
from arb_pipeline.api.context import Context
from arb_pipeline.api.metrics import Metrics
from arb_pipeline.api.middleware import Surroundings
from arb_pipeline.api.problems import KINDS, ProblemError, response
from arb_pipeline.api.routing import methods_of
from arb_pipeline.api.versions import Versions
from arb_pipeline.api.workers import workers_of
from arb_pipeline.contracts.errors import ArbError
from arb_pipeline.settings import Settings
from arb_pipeline.storage.logs import logger
from arb_pipeline.storage.postgres.api_role import ensure_api_role
from arb_pipeline.storage.postgres.engine import connect
from arb_pipeline.storage.postgres.migrate import migrate
from arb_pipeline.storage.shared_memory import shared_memory

ROUTERS = (
    "products",
    "opportunities",
    "buyers",
    "data_team",
    "administration",
    "previews",
    "session",
    "events",
    "oidc",
    "operations",
    "web",
)
BY_STATUS = {
    400: "malformed",
    401: "sign-in-required",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    415: "unsupported-type",
    422: "invalid-input",
    429: "too-many-requests",
    503: "unavailable",
}
GC_THRESHOLDS = (10_000, 20, 50)
"""New objects before a search for cycles, and searches before one of older objects. Python's own 700 search
several times in one answer, for 4% of its time, and answers leave few cycles."""
log = logger()


def create_app(settings: Settings, *, is_warm: bool = False) -> FastAPI:
    """The application. Nothing connects before its lifespan begins.

    `is_warm`: for a process of its own, whose helper that calculates starts with it, not at the first
    question.
    """
    metrics = Metrics()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        context = await opened(settings)
        app.state.context, app.state.metrics = context, metrics
        async with background.running(context, metrics, is_warm=is_warm):
            if is_warm:
                # What is loaded by now stays. A search of it for cycles stops all requests for half a second.
                gc.collect()
                gc.freeze()
                gc.set_threshold(*GC_THRESHOLDS)
            yield
        await closed(context)

    app = FastAPI(
        title="arb_pipeline",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours are metrics.py and the log
    )
    for name in ROUTERS:
        # Not included: a router within a router compares its routes with the path three times.
        app.router.routes.extend(importlib.import_module(f"arb_pipeline.api.routes.{name}").app.routes)
    for kind, handle in HANDLERS.items():
        app.add_exception_handler(kind, handle)
    if settings.api_cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.api_cors_origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"],
            expose_headers=["ETag", "Link", "Location", "Retry-After", "X-Request-ID"],
        )
    app.add_middleware(Surroundings, metrics=metrics)
    return app


async def opened(settings: Settings) -> Context:
    """Pools and shared memory. The schema is brought up to date first."""
    engine = await anyio.to_thread.run_sync(lambda: connect(settings))

    def prepare() -> bool:
        migrate(engine)
        with engine.begin() as connection:
            return ensure_api_role(connection)

    as_role = await anyio.to_thread.run_sync(prepare)
    if not as_role:
        log.warning("our role may not make a read-only role: reads rest on read-only transactions alone")
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    pool = partial(
        database.reading_pool, url, as_role=as_role, statement_seconds=settings.api_statement_seconds
    )
    read, read_versions = pool(connections=settings.api_pool), pool(connections=1)
    await read.open(wait=False)
    await read_versions.open(wait=False)
    redis = settings.redis_url.get_secret_value() if settings.redis_url else None
    versions = Versions(lambda: database.versions_from(read_versions))
    return Context(settings, read, read_versions, engine, shared_memory(redis), versions)


async def closed(context: Context) -> None:
    """Ends what `opened` began, and the process that calculates."""
    workers_of(context).close()
    process = context.state.get("list_process")
    if process is not None and process.is_alive():
        process.terminate()  # its list is valued again by the next server
    await context.memory.close()
    await context.read.close()
    await context.read_versions.close()
    context.engine.dispose()


def _answer(request: Request, error: ProblemError) -> Response:
    return response(error, getattr(request.state, "request_id", ""))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for it alone
    return _answer(request, error)


async def _refusal(request: Request, error: Exception) -> Response:
    """Answer of an ArbError: status by its kind, message with its four parts."""
    assert isinstance(error, ArbError)  # noqa: S101 - registered for it alone
    slug = BY_STATUS.get(error.status, "fault")
    headers = {"Retry-After": "5"} if KINDS[slug].status == 503 else {}  # noqa: PLR2004
    if slug == "fault":
        log.error("service failed", error=str(error))
    return _answer(request, ProblemError(slug, str(error), headers=headers))


async def _invalid(request: Request, error: Exception) -> Response:
    """Answer of invalid input: a pointer to each fault, never the value of a secret."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    faults = [{"pointer": _pointer(e["loc"]), "detail": _detail(e)} for e in error.errors()][:50]
    first = faults[0] if faults else {"pointer": "", "detail": "is invalid"}
    detail = f"{first['pointer'] or 'The body'}: {first['detail']}."
    if len(faults) > 1:
        detail += f" And {len(faults) - 1} more in errors."
    return _answer(request, ProblemError("invalid-input", detail, faults))


def _pointer(loc: tuple[Any, ...]) -> str:
    where, *rest = map(str, loc)
    if where == "body":
        parts = [part for part in rest if not part.startswith("function-")]
        return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)[:500]
    return "/".join([where, *rest])[:500]


def _detail(fault: dict[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return "is unknown; docs name what is allowed"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:500]


async def _http(request: Request, error: Exception) -> Response:
    """Answer of Starlette's errors: unknown route, unknown method, unreadable body."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    slug = BY_STATUS.get(error.status_code, "malformed")
    details = {
        404: f"There is no route {request.url.path[:200]}. GET /openapi.json lists all.",
        405: f"{request.method[:10]} is not a method of {request.url.path[:200]}; Allow lists them.",
        400: "The body does not read as what Content-Type says. Send valid JSON in UTF-8.",
    }
    detail = details.get(error.status_code, str(error.detail))
    headers = dict(error.headers or {})
    if error.status_code == 405:  # noqa: PLR2004 - Starlette names the methods of one route alone
        headers["Allow"] = ", ".join(methods_of(request.app, request.url.path)) or headers.get("Allow", "GET")
    return _answer(request, ProblemError(slug, detail, headers=headers))


async def _database(request: Request, error: Exception) -> Response:
    if isinstance(error, sa.exc.DataError):
        detail = "A value does not fit the database: out of range, or of a wrong form. Correct it."
        return _answer(request, ProblemError("invalid-input", detail))
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError):
        return _answer(request, database.unavailable(error))
    return await _fault(request, error)


async def _fault(request: Request, error: Exception) -> Response:
    """Answer of an internal error: logged with the request id, without details for the client."""
    request_id = getattr(request.state, "request_id", "")
    log.error("fault", request_id=request_id, path=request.url.path[:200], exc_info=error)
    detail = f"A fault of the server. Its log has it under the request id {request_id}."
    return _answer(request, ProblemError("fault", detail))


HANDLERS: dict[Any, Callable[[Request, Exception], Any]] = {
    ProblemError: _problem,
    ArbError: _refusal,
    RequestValidationError: _invalid,
    HTTPException: _http,
    sa.exc.SQLAlchemyError: _database,
    Exception: _fault,
}
