"""Effects of a change before it is saved. Nothing is written, sent or recorded."""

from datetime import UTC, datetime
from typing import Annotated

import anyio.to_thread
from fastapi import Query, Request
from starlette.responses import Response

from arb_pipeline.api import worker_tasks
from arb_pipeline.api.context import context_of
from arb_pipeline.api.models.previews import (
    AlertRulePreview,
    AlertRulePreviewRequest,
    ParameterEffect,
    ParameterPreviewRequest,
)
from arb_pipeline.api.models.queries import NoQuery
from arb_pipeline.api.routing import problems, router
from arb_pipeline.api.workers import workers_of
from arb_pipeline.services import previews

app = router("administration")


@app.post(
    "/parameters/preview",
    responses={
        200: {"model": ParameterEffect},
        **problems("not-found", "conflict", "unsupported-type", "csrf"),
    },
)
async def preview_parameter(
    request: Request, body: ParameterPreviewRequest, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Values the newest day again with another value of a parameter: what would join or leave the list."""
    text = await workers_of(context_of(request)).run(worker_tasks.parameter_effect, body.model_dump_json())
    return Response(text, media_type="application/json")


@app.post(
    "/alert-rules/preview",
    responses={200: {"model": AlertRulePreview}, **problems("unsupported-type", "csrf")},
)
async def preview_alert_rule(
    request: Request, body: AlertRulePreviewRequest, _query: Annotated[NoQuery, Query()]
) -> Response:
    """A dry run of an alert rule on the current opportunities."""
    context = context_of(request)

    def work() -> AlertRulePreview:
        with context.engine.connect() as connection:
            preview = previews.preview_alert_rule(connection, body.rule, now=datetime.now(UTC))
        return AlertRulePreview(**preview.model_dump())

    view = await anyio.to_thread.run_sync(work)
    return Response(view.model_dump_json(), media_type="application/json")
