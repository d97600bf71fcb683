"""What-if: a buyer's quote, from the request to the process that calculates."""

from fastapi import Request
from starlette.responses import Response

from arb_pipeline.api import worker_tasks
from arb_pipeline.api.context import context_of
from arb_pipeline.api.models.buyers import WhatIfRequest
from arb_pipeline.api.workers import workers_of


async def answer(request: Request, body: WhatIfRequest) -> Response:
    """The value of the quote, computed in a worker."""
    text = await workers_of(context_of(request)).run(worker_tasks.what_if, body.model_dump_json())
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})
