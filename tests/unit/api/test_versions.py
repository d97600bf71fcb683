"""Versions of the data: as of a request's arrival, by one query for all that wait."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest

from arb_pipeline.api.versions import Versions


class Database:
    """Answers the first query when it is let; counts queries."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers, self.queries, self.first = list(answers), 0, asyncio.Event()

    async def read(self) -> Mapping[str, str]:
        self.queries += 1
        if self.queries == 1:
            await self.first.wait()
        answer = self.answers[self.queries - 1]
        if isinstance(answer, Exception):
            raise answer
        return {"prices": answer}


async def waiting(versions: Versions, requests: int) -> list[asyncio.Task[Mapping[str, str]]]:
    """The tasks of so many requests, each of them under way."""
    tasks = [asyncio.create_task(versions.current()) for _ in range(requests)]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def answered(play: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(play(), 10))


def test_requests_during_a_query_share_the_next_one() -> None:
    async def play() -> None:
        database = Database("1", "2")
        versions = Versions(database.read)
        early = await waiting(versions, 1)
        late = await waiting(versions, 100)
        database.first.set()

        assert [await task for task in (*early, *late)] == [{"prices": "1"}] + [{"prices": "2"}] * 100
        assert database.queries == 2

    answered(play)


def test_requests_that_wait_for_a_query_that_fails_do_not_wait_again() -> None:
    async def play() -> None:
        database = Database(ConnectionError("away"), "2")
        versions = Versions(database.read)
        tasks = await waiting(versions, 1) + await waiting(versions, 100)
        database.first.set()

        failures = await asyncio.gather(*tasks, return_exceptions=True)
        assert {str(failure) for failure in failures} == {"away"}
        assert database.queries == 1
        assert await versions.current() == {"prices": "2"}

    answered(play)


def test_a_request_that_is_given_up_ends_no_other() -> None:
    async def play() -> None:
        database = Database("1", "2")
        versions = Versions(database.read)
        early, late = await waiting(versions, 1), await waiting(versions, 2)
        late[0].cancel()
        database.first.set()

        assert [await early[0], await late[1]] == [{"prices": "1"}, {"prices": "2"}]
        with pytest.raises(asyncio.CancelledError):
            await late[0]

    answered(play)
