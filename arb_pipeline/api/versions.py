"""Versions of the data, for cache keys and ETags.

A request needs the version as of its arrival or later. So it does not join a running query; waiting requests
share the next one: a hundred readers cost one query, and the next read sees a write. They share a failure of
the running one too, rather than wait a second time for a database that is away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping


class Versions:
    """Versions of each kind of data, read at most once at a time."""

    def __init__(self, read: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        self._read = read
        self._running: asyncio.Task[Mapping[str, str]] | None = None
        self._next: asyncio.Task[Mapping[str, str]] | None = None

    async def current(self) -> Mapping[str, str]:
        """Scope -> version, read after the call."""
        if self._next is None:
            is_read = self._running is not None and not self._running.done()
            self._next = asyncio.create_task(self._after(self._running if is_read else None))
        return await asyncio.shield(self._next)

    async def of(self, scopes: Iterable[str]) -> str:
        """The version of some scopes together."""
        return combined(await self.current(), scopes)

    async def _after(self, before: asyncio.Task[Mapping[str, str]] | None) -> Mapping[str, str]:
        if before is not None:
            await asyncio.wait([before])
        await asyncio.sleep(0)  # requests that have arrived join too
        self._running, self._next = asyncio.current_task(), None
        if before is not None and (failure := before.exception()):
            raise failure
        return await self._read()


def combined(versions: Mapping[str, str], scopes: Iterable[str]) -> str:
    """The version of some scopes together."""
    return "-".join(versions.get(scope, "0") for scope in sorted(scopes))
