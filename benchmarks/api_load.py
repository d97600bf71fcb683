"""Clients of the benchmark: many connections of one process, which send requests and time the answers."""

import asyncio
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter


@dataclass
class Timed:
    """Answers of one kind."""

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    """Other than 200 and 304."""

    def quantile(self, share: float) -> float:
        """Milliseconds that so large a share stays within."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    @property
    def median(self) -> float:
        """Milliseconds."""
        return 1000 * statistics.median(self.seconds) if self.seconds else float("nan")


class Client:
    """One connection, kept open."""

    def __init__(self, port: int, key: str = "") -> None:
        self._port = port
        self._head = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> int:
        """Status of the answer, which is read to its end."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        reader, writer = self._streams
        writer.write(b"GET " + path.encode() + self._head)
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
        return int(head[9:12])

    def close(self) -> None:
        """Ends the connection."""
        if self._streams is not None:
            self._streams[1].close()


async def _timed(client: Client, path: str, into: Timed) -> None:
    began = perf_counter()
    status = await client.get(path)
    into.seconds.append(perf_counter() - began)
    into.wrong += status not in {200, 304}


def full_speed(
    port: int, key: str, path: Callable[[int], str], *, connections: int, seconds: float
) -> tuple[float, Timed]:
    """Requests a second of so many connections that wait for nothing but answers."""
    times, count = Timed(), iter(range(10**9))

    async def one() -> None:
        client = Client(port, key)
        while perf_counter() < end:
            await _timed(client, path(next(count)), times)
        client.close()

    async def every() -> None:
        await asyncio.gather(*(one() for _ in range(connections)))

    began = perf_counter()
    end = began + seconds
    asyncio.run(every())
    return len(times.seconds) / (perf_counter() - began), times


def steady(
    port: int,
    key: str,
    paths: dict[str, Callable[[int], str]],
    *,
    per_second: int,
    connections: int,
    seconds: float,
) -> dict[str, Timed]:
    """Times by kind at a steady rate, counted from when each request was due, not from when it was sent."""
    times = {name: Timed() for name in paths}

    async def every() -> None:
        free: asyncio.Queue[Client] = asyncio.Queue()
        for _ in range(connections):
            free.put_nowait(Client(port, key))
        tasks, names = [], list(paths)
        began = perf_counter()

        async def one(due: float, name: str, number: int) -> None:
            client = await free.get()
            status = await client.get(paths[name](number))
            times[name].seconds.append(perf_counter() - due)
            times[name].wrong += status not in {200, 304}
            free.put_nowait(client)

        for number in range(int(per_second * seconds)):
            due = began + number / per_second
            if (wait := due - perf_counter()) > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(one(due, names[number % len(names)], number)))
        await asyncio.gather(*tasks)
        while not free.empty():
            free.get_nowait().close()

    asyncio.run(every())
    return times
