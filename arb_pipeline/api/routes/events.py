"""Server-sent events."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response, StreamingResponse

from arb_pipeline.api import events
from arb_pipeline.api.models.queries import NoQuery
from arb_pipeline.api.routing import router

app = router("events")


@app.get(
    "/events",
    responses={
        200: {
            "description": "Events `publication`, `opportunity`, `run`, `price_list`; a comment every 15 s.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def stream_events(request: Request, _query: Annotated[NoQuery, Query()]) -> Response:
    """Streams a new publication, changed opportunities, and the progress of runs and price lists."""
    return StreamingResponse(
        events.stream(request),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
