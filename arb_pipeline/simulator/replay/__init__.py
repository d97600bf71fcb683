"""Replay server: answers like the sources, from a folder on disk, with configurable faults."""

import json
import selectors
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.simulator.replay.answers import Answers
from arb_pipeline.simulator.replay.faults import ALWAYS, Fault
from arb_pipeline.simulator.replay.http import Listener, RequestLog

__all__ = ["ReplayServer", "RequestLog"]
DUMMY_KEY = "replay"


class ReplayServer:
    """Serves every source on a port of its own, since robots.txt and cookies belong to an origin.

    A context manager: it serves between enter and exit. `day` (of the replayed market; '' is the newest)
    and `faults` may be set while it serves.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sources: Iterable[str] | None = None,
        port: int = 0,
        faults: Iterable[Fault] = (),
        log: Path | None = None,
        day: str = "",
    ) -> None:
        """`port`: of the first of SOURCES, the others follow in order; 0 takes free ports."""
        self.sources = tuple(SOURCES) if sources is None else tuple(sources)
        if unknown := set(self.sources) - set(SOURCES):
            msg = f"No source {', '.join(sorted(unknown))}. Known: {', '.join(SOURCES)}."
            raise ValueError(msg)
        self.day = day
        self.answers = Answers(folder)
        self.arrivals: list[RequestLog] = []
        """In order of arrival."""
        self.urls: dict[str, str] = {}
        """Source -> base URL, without a slash at its end."""
        self.closing = Event()
        self._port, self._log, self._lock, self._stack = port, log, Lock(), ExitStack()
        self.faults = tuple(faults)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Pending faults, with the remaining number of uses."""
        with self._lock:
            return tuple(self._faults)

    @faults.setter
    def faults(self, faults: Iterable[Fault]) -> None:
        one_each = [
            replace(fault, source=source)
            for fault in faults
            for source in (self.sources if fault.source == "all" else (fault.source,))
        ]
        with self._lock:
            self._faults = one_each

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            selector = stack.enter_context(selectors.DefaultSelector())
            ports = dict(zip(SOURCES, range(self._port, self._port + len(SOURCES)), strict=True))
            for source in self.sources:
                listener = stack.enter_context(Listener(self, source, ports[source] if self._port else 0))
                selector.register(listener, selectors.EVENT_READ, listener)
                self.urls[source] = listener.url
            wake, woken = socket.socketpair()
            stack.enter_context(woken)
            selector.register(woken, selectors.EVENT_READ)
            thread = Thread(target=self._accept, args=(selector,), name="replay", daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(wake.close)
            stack.callback(self.closing.set)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @staticmethod
    def _accept(selector: selectors.BaseSelector) -> None:
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    return
                key.data.handle_request()

    def environment(self) -> dict[str, str]:
        """Settings that direct every source to this server, with keys for the sources that need them."""
        urls = {f"ARB_SOURCE_{source}_URL".upper(): url for source, url in self.urls.items()}
        for source in self.sources:
            for key in SOURCES[source].keys:
                if key != "mappings":  # a file that the operator writes
                    urls[f"ARB_SOURCE_{source}_{key}".upper()] = DUMMY_KEY
        return urls

    def arrived(self, arrival: RequestLog) -> Fault | None:
        """Logs a request; returns the fault that applies to it and uses it up."""
        with self._lock:
            self.arrivals.append(arrival)
            for n, fault in enumerate(self._faults):
                if fault.source == arrival.source and fault.hits(arrival.path):
                    if fault.times == 1:
                        del self._faults[n]
                    elif fault.times != ALWAYS:
                        self._faults[n] = replace(fault, times=fault.times - 1)
                    arrival.fault = fault.kind
                    return fault
        return None

    def ended(self, arrival: RequestLog) -> None:
        """Writes the request to the log file."""
        if self._log:
            line = json.dumps(asdict(arrival)) + "\n"
            with self._lock, self._log.open("a", encoding="utf-8") as file:
                file.write(line)
