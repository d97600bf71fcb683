"""HTTP server of the replay: one listener per source, one thread per connection."""

import socket
import socketserver
import sys
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from arb_pipeline.simulator.replay.answers import Prepared, Response
from arb_pipeline.simulator.replay.connection_faults import BROKEN, SILENT, Line
from arb_pipeline.simulator.replay.faults import Fault
from arb_pipeline.simulator.replay.response_faults import INSTEAD, LOOP, SPOILT, redirected
from arb_pipeline.simulator.source_apis import Request

if TYPE_CHECKING:
    from arb_pipeline.simulator.replay import ReplayServer


@dataclass
class RequestLog:
    """A request with its outcome."""

    source: str
    method: str
    path: str
    """With its query, as sent."""
    headers: dict[str, str]
    """By lower-case name."""
    at: float = field(default_factory=time.monotonic)
    """Seconds of the machine's monotonic clock."""
    wall: float = field(default_factory=time.time)
    status: int = 0
    """Status of the answer; 0: none, or not yet."""
    fault: str = ""
    """Kind of the applied fault."""
    bytes_sent: int = 0
    """Bytes of the body, as sent."""


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Listener"

    def handle_request_of_any_method(self) -> None:
        """Logs the request, then answers with the next fault, if any."""
        replay, source = self.server.replay, self.server.source
        headers = {name.lower(): value for name, value in self.headers.items()}
        arrival = RequestLog(source, self.command, self.path, headers)
        fault = replay.arrived(arrival)
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers,
            body=self.rfile.read(int(headers.get("content-length") or 0)),
            origin=self.server.url,
            day=replay.day,
        )
        kind = fault.kind if fault else ""
        if kind not in SILENT and kind not in BROKEN:
            self._send(arrival, self._prepared(request, fault).response(headers))
            return
        self.close_connection = True
        line = Line(self.connection, replay.closing)
        try:
            if kind in SILENT:
                SILENT[kind](line)
            else:
                response = self._prepared(request, None).response(headers, plain=True)
                arrival.status = response.status
                BROKEN[kind](line, response)
        finally:
            arrival.bytes_sent = line.sent
            replay.ended(arrival)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_request_of_any_method  # noqa: N815

    def _prepared(self, request: Request, fault: Fault | None) -> Prepared:
        if fault and fault.kind in INSTEAD:
            return Prepared(INSTEAD[fault.kind](fault, request.origin))
        if request.path.startswith(LOOP):
            step = int(request.path.removeprefix(LOOP)) + 1
            return Prepared(redirected(f"{request.origin}{LOOP}{step}"))
        right = self.server.replay.answers.get(self.server.source, request)
        if fault is None or right.answer.status != HTTPStatus.OK:
            return right  # error answers stay unchanged
        return Prepared(SPOILT[fault.kind](right.answer, fault.setting))

    def _send(self, arrival: RequestLog, response: Response) -> None:
        body = b"" if arrival.method == "HEAD" else response.body
        arrival.status, arrival.bytes_sent = response.status, len(body)
        # Logged before it is sent: a client that has the answer finds it in the log.
        self.server.replay.ended(arrival)
        line = Line(self.connection, self.server.replay.closing)
        line.head(response)
        line.body(body)

    def log_message(self, *_arguments: object) -> None:
        """Disabled: requests are logged by `RequestLog`."""


class Listener(socketserver.ThreadingTCPServer):
    """The origin of one source."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    timeout = 0
    """`handle_request` is called when a connection waits."""

    def __init__(self, replay: "ReplayServer", source: str, port: int) -> None:
        self.replay, self.source = replay, source
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Registers the connection, so that it can be closed."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Removes the closed connection."""
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stops listening and closes open connections: an idle one would outlive the server."""
        super().server_close()
        for connection in tuple(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client or a fault was quicker
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Disconnected clients are ignored."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
