"""Baseline of the API: Starlette handlers that run the same SQL on the same kind of pool.

`python -m benchmarks.api_bare --port N --workers N`, with ARB_DATABASE_URL. No sign-in, checks or cache.
"""

import argparse
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from arb_pipeline.api.database import reading_pool
from arb_pipeline.api.details import statement_of
from arb_pipeline.settings import settings
from arb_pipeline.storage.postgres.catalogue_listings import OPPORTUNITIES, PRICES
from arb_pipeline.storage.postgres.engine import normalise
from arb_pipeline.storage.postgres.listings import page
from arb_pipeline.storage.postgres.statistics_query import SUMMARY

ONE = statement_of(OPPORTUNITIES)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    given = settings().database_url
    if given is None:
        raise SystemExit("ARB_DATABASE_URL is not set: name the database of the benchmark.")
    url = normalise(given.get_secret_value())
    text = url.set(drivername="postgresql").render_as_string(hide_password=False)
    pool = reading_pool(text, as_role=True, statement_seconds=10, connections=settings().api_pool)
    await pool.open(wait=True)
    app.state.pool = pool
    yield
    await pool.close()


async def _answer(request: Request, sql: str, parameters: dict[str, Any]) -> Response:
    async with request.app.state.pool.connection() as connection:
        row = await (await connection.execute(sql, parameters)).fetchone()
    return Response(row[0], media_type="application/json")


async def listed(request: Request) -> Response:
    given = {"status": "active", "min_margin": float(request.query_params["min_margin"])}
    statement = page(OPPORTUNITIES, given=given, sort="-rank", limit=50)
    return await _answer(request, statement.sql, statement.parameters)


async def one(request: Request) -> Response:
    return await _answer(request, ONE, {"id": request.path_params["id"]})


async def prices(request: Request) -> Response:
    statement = page(PRICES, given={}, sort="-recorded_at", limit=50)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    window = {"since": today - timedelta(days=90), "until": today + timedelta(days=1)}
    fixed = {"product_id": request.path_params["id"], **window}
    return await _answer(request, statement.sql, statement.parameters | fixed)


async def stats(request: Request) -> Response:
    return await _answer(request, SUMMARY, {})


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/opportunities/{id}", one),
        Route("/opportunities", listed),
        Route("/prices/{id}", prices),
        Route("/stats", stats),
    ],
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    options = parser.parse_args()
    uvicorn.run(
        "benchmarks.api_bare:app",
        port=options.port,
        workers=options.workers,
        access_log=False,
        log_level="error",
        timeout_worker_healthcheck=60,
    )
