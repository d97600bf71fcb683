"""Shared state of the routes of one process: settings, pools, cache, limits, versions, events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from fastapi import Request
from psycopg_pool import AsyncConnectionPool

from arb_pipeline.api.versions import Versions, combined
from arb_pipeline.settings import Settings
from arb_pipeline.storage.shared_memory import SharedMemory


@dataclass(slots=True)
class Context:
    """State of one process, from start to end of its server."""

    settings: Settings
    read: AsyncConnectionPool[Any]
    """Read-only connections, in a role that cannot write."""
    read_versions: AsyncConnectionPool[Any]
    """One connection for the versions of data, which every request reads: it waits for no other query."""
    engine: sa.Engine
    """For writes and services, in threads."""
    memory: SharedMemory
    versions: Versions
    state: dict[str, Any] = field(default_factory=dict)


async def version_of(request: Request, scopes: Iterable[str]) -> str:
    """The version of some kinds of data together, read once in a request."""
    state = request.scope["state"]
    if "versions" not in state:
        state["versions"] = await context_of(request).versions.current()
    return combined(state["versions"], scopes)


def context_of(request: Request) -> Context:
    """The context of the server that received a request."""
    context: Context = request.app.state.context
    return context
