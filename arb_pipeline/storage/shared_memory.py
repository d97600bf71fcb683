"""Cached answers, rate limits and events that API processes share: in Redis, or in this process alone.

Nothing here is the only copy of anything. If Redis does not answer, it is not tried for a moment, and this
process uses its own cache and limits: slower answers and limits per process, no error.
"""

import asyncio
import contextlib
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from arb_pipeline.storage.logs import logger

PREFIX = "arb:"
CHANNEL = PREFIX + "events"
BYTES = 64 * 1024 * 1024
"""Bytes of this process's own cache."""
LONGEST_ENTRY = 2 * 1024 * 1024
TIMEOUT = 0.5
"""Timeout in seconds; an uncached answer takes less than a longer wait."""
PAUSE = 2.0
"""Seconds for which a Redis that failed is not tried."""
QUEUE = 100
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", None})
FAILURES = (RedisError, OSError, TimeoutError)
Answer = TypeVar("Answer")
log = logger()


@dataclass(slots=True)
class Counts:
    """Counters for the metrics."""

    hits: int = 0
    misses: int = 0
    redis_failures: int = 0


class LocalCache:
    """Least recently used entries of this process, bounded in bytes."""

    def __init__(self, most_bytes: int = BYTES) -> None:
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._most, self.size = most_bytes, 0

    def get(self, key: str) -> bytes | None:
        """The value, unless it has expired."""
        held = self._entries.get(key)
        if held is None:
            return None
        if held[0] < time.monotonic():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return held[1]

    def set(self, key: str, value: bytes, seconds: float) -> None:
        """Stores a value; the oldest are evicted if there is no room."""
        self._drop(key)
        self._entries[key] = (time.monotonic() + seconds, value)
        self.size += len(value)
        while self.size > self._most and self._entries:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: str) -> None:
        held = self._entries.pop(key, None)
        self.size -= len(held[1]) if held else 0


@dataclass(slots=True)
class LocalCounts:
    """Requests of this minute and the one before: two numbers per caller, however high its limit is."""

    _minute: float = 0.0
    _counts: dict[str, int] = field(default_factory=dict)
    _before: dict[str, int] = field(default_factory=dict)

    def hit(self, who: str, most: int, now: float) -> int | None:
        """Counts a request; returns seconds to wait where there were too many within 60 s, else None.

        Those of the minute before count by the share of it that is within 60 s.
        """
        minute, second = divmod(now, 60)
        if minute != self._minute:
            self._before = self._counts if minute == self._minute + 1 else {}
            self._minute, self._counts = minute, {}
        count, before = self._counts.get(who, 0), self._before.get(who, 0)
        if count + math.floor(before * (1 - second / 60)) < most:
            self._counts[who] = count + 1
            return None
        # The older of the two minutes loses weight until one more request fits in.
        start, older, newer = (0, before, count) if count < most else (60, count, 0)
        return max(1, math.ceil(start + 60 * (1 - (most - newer) / older) - second))


@dataclass(slots=True)
class SharedMemory:
    """One per process."""

    redis: "Redis | None" = None
    counts: Counts = field(default_factory=Counts)
    _cache: LocalCache = field(default_factory=LocalCache)
    _down_until: float = 0.0
    _local_counts: LocalCounts = field(default_factory=LocalCounts)
    _local_tries: Any = None
    _redis_counts: Any = None
    _redis_tries: Any = None
    _listeners: set[asyncio.Queue[dict[str, Any]]] = field(default_factory=set)
    _reader: "asyncio.Task[None] | None" = None

    @property
    def is_shared(self) -> bool:
        """True if Redis answers at present."""
        return self.redis is not None and time.monotonic() >= self._down_until

    @property
    def has_listeners(self) -> bool:
        """True if this process has listeners to events."""
        return bool(self._listeners)

    async def get(self, key: str) -> bytes | None:
        """A cached value."""
        value = self._cache.get(key)
        if value is None and self.redis is not None:
            redis = self.redis
            held: Any = await self._ask(lambda: redis.get(PREFIX + key), None)
            value = held
            if value is not None:
                self._cache.set(key, value, 60)
        if value is None:
            self.counts.misses += 1
        else:
            self.counts.hits += 1
        return value

    async def set(self, key: str, value: bytes, seconds: int) -> None:
        """Caches a value. Keys hold the version of the data, so nothing has to be purged."""
        if len(value) > LONGEST_ENTRY:
            return
        self._cache.set(key, value, seconds)
        if self.redis is not None:
            redis = self.redis
            await self._ask(lambda: redis.set(PREFIX + key, value, ex=seconds), None)

    async def limited(self, who: str, per_minute: int) -> int | None:
        """Counts a request; returns seconds to wait where there were too many, else None."""
        if self._redis_counts is not None:
            limiter, item = self._redis_counts, RateLimitItemPerMinute(per_minute)
            wait = await self._ask(lambda: _wait(limiter, item, who), None)
            if wait is not None:
                return wait or None
        return self._local_counts.hit(who, per_minute, time.time())

    async def throttled(self, who: str, tries: int, seconds: int) -> int | None:
        """Counts an attempt; returns seconds to wait where there were too many in the period, else None.

        Each attempt is kept with its time: an exact limit, for few attempts.
        """
        item = RateLimitItemPerSecond(tries, seconds)
        if self._redis_tries is not None:
            limiter = self._redis_tries
            wait = await self._ask(lambda: _wait(limiter, item, who), None)
            if wait is not None:
                return wait or None
        if self._local_tries is None:
            self._local_tries = MovingWindowRateLimiter(MemoryStorage())
        return await _wait(self._local_tries, item, who) or None

    async def ping(self) -> bool:
        """True if Redis answers now. Checked even during its pause after a failure."""
        if self.redis is None:
            return False
        try:
            await asyncio.wait_for(self.redis.ping(), TIMEOUT)
        except FAILURES:
            return False
        return True

    async def publish(self, event: dict[str, Any]) -> None:
        """Sends an event to the listeners of all processes, as far as they can be reached."""
        redis = self.redis
        if redis is not None:
            sent = await self._ask(lambda: redis.publish(CHANNEL, orjson.dumps(event)), None)
            if sent is not None and self._reader is not None:
                return  # comes back by the subscription
        self.tell(event)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["asyncio.Queue[dict[str, Any]]"]:
        """Queue of events from now on; if it is full, the oldest are dropped."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE)
        self._listeners.add(queue)
        if self.redis is not None and (self._reader is None or self._reader.done()):
            self._reader = asyncio.create_task(self._subscribe())
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    async def close(self) -> None:
        """Ends the subscription and the connections."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError, *FAILURES):
                await self._reader
        if self.redis is not None:
            with contextlib.suppress(*FAILURES):
                await self.redis.aclose()

    def tell(self, event: dict[str, Any]) -> None:
        """Passes an event to this process's listeners."""
        for queue in self._listeners:
            if queue.full():
                with contextlib.suppress(asyncio.QueueEmpty):
                    queue.get_nowait()
            queue.put_nowait(event)

    async def _subscribe(self) -> None:
        """Reads the channel; after a failure, again once Redis is back."""
        while self.redis is not None:
            try:
                async with self.redis.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL)
                    while True:
                        message = await channel.get_message(timeout=30)
                        if message is not None:
                            self.tell(orjson.loads(message["data"]))
            except FAILURES as error:
                self._failed(error)
                await asyncio.sleep(PAUSE)

    async def _ask(self, call: Callable[[], Awaitable[Answer]], default: Answer) -> Answer:
        """Redis's answer; the default where it does not answer."""
        if self.redis is not None and time.monotonic() < self._down_until:
            return default
        try:
            async with asyncio.timeout(TIMEOUT):
                return await call()
        except FAILURES as error:
            self._failed(error)
            return default

    def _failed(self, error: Exception) -> None:
        if time.monotonic() >= self._down_until:
            log.warning("Redis does not answer: this process works alone", error=type(error).__name__)
        self.counts.redis_failures += 1
        self._down_until = time.monotonic() + PAUSE


async def _wait(limiter: Any, item: Any, who: str) -> int | None:
    """Counts an attempt; returns seconds to wait, 0 if it is within the limit."""
    if await limiter.hit(item, who):
        return 0
    reset: float = (await limiter.get_window_stats(item, who)).reset_time
    return max(1, round(reset - time.time()))


def shared_memory(url: str | None) -> SharedMemory:
    """Shared memory in Redis at a URL; without one, in this process. Nothing connects yet."""
    if url is None:
        return SharedMemory()
    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT,
        "socket_connect_timeout": TIMEOUT,
        "retry": Retry(NoBackoff(), 1),
        "health_check_interval": 30,
    }
    parts = urlsplit(url)
    if parts.scheme == "rediss" and parts.hostname not in LOOPBACK:
        options |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    memory = SharedMemory(Redis.from_url(url, **options))
    storage = RedisStorage(f"async+{url}", implementation="redispy", key_prefix="arb-limits", **options)
    memory._redis_counts = SlidingWindowCounterRateLimiter(storage)  # noqa: SLF001 - made here
    memory._redis_tries = MovingWindowRateLimiter(storage)  # noqa: SLF001 - made here
    return memory
