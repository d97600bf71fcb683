"""Server-sent events: the queue of one listener as text."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import orjson
from fastapi import Request

from arb_pipeline.api.context import context_of
from arb_pipeline.api.security import principal_in

COMMENT_SECONDS = 15.0
LONGEST = 3600.0
"""Then the browser connects again, and its session is checked again."""


async def stream(request: Request) -> AsyncIterator[bytes]:
    """Events as they come, and a comment every 15 s without one: proxies keep the connection open."""
    context, principal = context_of(request), principal_in(request)
    end = asyncio.get_running_loop().time() + LONGEST
    async with context.memory.listening() as queue:
        yield b"retry: 5000\n: connected\n\n"
        while (left := end - asyncio.get_running_loop().time()) > 0:
            event = None
            with contextlib.suppress(TimeoutError):
                event = await asyncio.wait_for(queue.get(), min(COMMENT_SECONDS, left))
            if event is None:
                yield b": nothing new\n\n"
            elif event.get("user_id") in {None, principal.user_id}:
                shown = {name: value for name, value in event.items() if name not in {"type", "user_id"}}
                yield b"event: %s\ndata: %s\n\n" % (event["type"].encode(), orjson.dumps(shown))
