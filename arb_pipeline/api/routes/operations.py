"""Health, metrics, and the API's own documents. Not guarded: they show nothing of a user."""

from functools import lru_cache

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import HTMLResponse, Response

from arb_pipeline.api import document, pages
from arb_pipeline.api.context import context_of
from arb_pipeline.api.database import fetch_one
from arb_pipeline.api.metrics import Metrics, metrics_text
from arb_pipeline.api.problems import ProblemError

app = APIRouter(include_in_schema=False)


@app.get("/healthz")
async def healthz(request: Request) -> Response:
    """The process answers; `calculations` says whether what-if and explanations are without a start."""
    workers = context_of(request).state.get("workers")
    is_ready = workers is not None and workers.is_ready
    parts = {"status": "ok", "calculations": "ready" if is_ready else "starting"}
    return Response(orjson.dumps(parts), media_type="application/json")


@app.get("/readyz")
async def readyz(request: Request) -> Response:
    """The database answers; Redis is named, and may be away."""
    context = context_of(request)
    parts = {"database": "ok", "redis": "off" if context.memory.redis is None else "ok"}
    if context.memory.redis is not None and not await context.memory.ping():
        parts["redis"] = "away"
    try:
        await fetch_one(context, "SELECT 1")
    except ProblemError:
        parts["database"] = "away"
    status = 200 if parts["database"] == "ok" else 503
    return Response(orjson.dumps(parts), status, media_type="application/json")


@app.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counts of this server for Prometheus: for this machine, named networks, or a key that may read."""
    from arb_pipeline.access.roles import Permission
    from arb_pipeline.api.security import authorise

    request.state.principal = None
    context = context_of(request)
    if not pages.is_monitoring(request, context.settings.api_metrics_from):
        await authorise(request, "metrics", Permission.read)
    metrics_of_process: Metrics = request.app.state.metrics
    metrics_of_process.observe(context)
    text = await anyio.to_thread.run_sync(metrics_text, metrics_of_process, context)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@app.get("/openapi.json")
async def openapi() -> Response:
    """The committed document."""
    return Response(_document(), media_type="application/json", headers={"Cache-Control": "max-age=300"})


@app.get("/docs")
async def docs() -> Response:
    """The routes as one page, without scripts."""
    return HTMLResponse(pages.reference(_document()))


@app.get("/problems")
async def problems() -> Response:
    """Every kind of problem with its cause and next step; `type` of a problem is a section of it."""
    return HTMLResponse(pages.problems())


@lru_cache(maxsize=1)
def _document() -> bytes:
    return document.FILE.read_bytes()
