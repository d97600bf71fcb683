"""Redis: shared by processes, lost under load without an error, and back by itself."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from starlette.testclient import TestClient
from valkey_server import Valkey

from arb_pipeline.api.app import create_app
from arb_pipeline.storage.shared_memory import SharedMemory, shared_memory


@pytest.fixture
def redis(open_home: Path) -> Iterator[Valkey]:
    server = Valkey(open_home)
    server.start()
    yield server
    server.kill()


async def _both(url: str) -> tuple[SharedMemory, SharedMemory]:
    return shared_memory(url), shared_memory(url)


def test_processes_share_entries_limits_and_events(redis):
    async def run() -> None:
        one, other = await _both(redis.url)
        await one.set("key", b"value", 60)
        assert await other.get("key") == b"value"
        result = [await memory.limited("who", 3) for memory in (one, other, one, other)]
        assert [wait is None for wait in result] == [True, True, True, False]
        async with other.listening() as queue:
            await asyncio.sleep(0.5)
            await one.publish({"type": "run", "id": "1"})
            assert await asyncio.wait_for(queue.get(), 5) == {"type": "run", "id": "1"}
        await one.close()
        await other.close()

    asyncio.run(run())


def test_without_redis_limits_and_cache_are_the_processs_own():
    async def run() -> None:
        memory = shared_memory(None)
        await memory.set("key", b"value", 60)
        assert await memory.get("key") == b"value"
        assert [await memory.limited("who", 2) is None for _ in range(3)] == [True, True, False]
        assert await memory.get("other") is None
        assert (memory.counts.hits, memory.counts.misses) == (1, 1)

    asyncio.run(run())


def test_redis_that_is_killed_costs_no_answer_and_comes_back(redis):
    async def run() -> None:
        memory = shared_memory(redis.url)
        assert await memory.ping()
        redis.kill()
        began = time.monotonic()
        for number in range(50):
            await memory.set(f"key-{number}", b"value", 60)
            assert await memory.limited("who", 1000) is None
        assert time.monotonic() - began < 5
        assert not memory.is_shared
        redis.start()
        deadline = time.monotonic() + 10
        while not memory.is_shared and time.monotonic() < deadline:  # noqa: ASYNC110 - time alone ends it
            await asyncio.sleep(0.2)
        await memory.set("back", b"again", 60)
        with Redis.from_url(redis.url) as client:
            assert client.get("arb:back") == b"again"
        await memory.close()

    asyncio.run(run())


def test_the_api_answers_while_redis_is_away(redis, seeded, settings, keys):
    from pydantic import SecretStr

    given = settings.model_copy(update={"redis_url": SecretStr(redis.url)})
    headers = {"Authorization": f"Bearer {keys['viewer']}"}
    with TestClient(create_app(given), base_url="http://127.0.0.1:8000") as client:
        assert client.get("/readyz").json() == {"database": "ok", "redis": "ok"}
        before = client.get("/api/v1/products", headers=headers)
        redis.kill()
        statuses = {client.get("/api/v1/products", headers=headers).status_code for _ in range(30)}
        assert statuses == {200}
        assert client.get("/readyz").json() == {"database": "ok", "redis": "away"}
        redis.start()
        assert client.get("/readyz").json()["redis"] == "ok"
        assert client.get("/api/v1/products", headers=headers).json() == before.json()
