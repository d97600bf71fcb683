"""Transport faults: silence, resets, bodies that end too early or never."""

import select
import socket
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from threading import Event

from arb_pipeline.simulator.replay.answers import Response

DRIP_SECONDS = 0.5
POLL_SECONDS = 0.05
GIB = 1 << 30
BOMB_BYTES = 4 * GIB
BOMB_CRC = 0xD202EF8D
"""CRC-32 of 4 GiB of zeros: seconds to compute."""


@dataclass
class Line:
    """One connection during an answer."""

    connection: socket.socket
    closing: Event
    """Set when the server closes; long answers end then."""
    sent: int = 0
    """Bytes of the body."""

    def head(self, response: Response, **framing: str) -> None:
        """Status line and headers; `framing` stands for Content-Length."""
        status = HTTPStatus(response.status)
        if not framing and status != HTTPStatus.NOT_MODIFIED:
            framing = {"Content-Length": str(len(response.body))}
        fields = {**response.headers, **framing}
        lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items()]
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n{''.join(lines)}\r\n"
        self.connection.sendall(head.encode("latin-1"))

    def body(self, data: bytes) -> None:
        """A piece of the body."""
        self.connection.sendall(data)
        self.sent += len(data)

    def hold(self) -> None:
        """Sends nothing until the client disconnects or the server closes."""
        while not self.closing.wait(POLL_SECONDS):
            ready, _, _ = select.select([self.connection], [], [], 0)
            if ready and not self.connection.recv(1 << 16):
                return

    def reset(self) -> None:
        """Ends the connection with an RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Detached, since the handler's reader would keep an ordinary close from closing.
        socket.close(self.connection.detach())


def _stall_body(line: Line, response: Response) -> None:
    _half(line, response)
    line.hold()


def _reset_body(line: Line, response: Response) -> None:
    _half(line, response)
    line.closing.wait(POLL_SECONDS)  # an RST overtakes what the client has not read
    line.reset()


def _half(line: Line, response: Response) -> None:
    line.head(response)
    line.body(response.body[: len(response.body) // 2])


def _drip(line: Line, response: Response) -> None:
    line.head(response)
    for byte in response.body:
        line.body(bytes([byte]))
        if line.closing.wait(DRIP_SECONDS):
            return


def _endless(line: Line, response: Response) -> None:
    line.head(response, Transfer_Encoding="chunked")
    piece = (response.body or b" ")[: 1 << 16]
    piece *= (1 << 16) // len(piece)
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece)
    while not line.closing.is_set():
        line.body(chunk)


@cache
def _zeros() -> tuple[bytes, int]:
    """A block of raw deflate that can be repeated, and how often it makes up the bomb."""
    size = 16 * 1024 * 1024
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(bytes(size)) + packer.flush(zlib.Z_FULL_FLUSH), BOMB_BYTES // size


def _bomb(line: Line, response: Response) -> None:
    block, times = _zeros()
    start, end = b"\x1f\x8b\x08" + bytes(6) + b"\xff", b"\x03\x00" + struct.pack("<II", BOMB_CRC, 0)
    length = len(start) + len(block) * times + len(end)
    line.head(response, Content_Encoding="gzip", Content_Length=str(length))
    line.body(start)
    for _ in range(times):
        line.body(block)
    line.body(end)


SILENT: Mapping[str, Callable[[Line], None]] = {
    "stall": Line.hold,
    "robots-stall": Line.hold,
    "reset": Line.reset,
    "robots-reset": Line.reset,
}
"""Kinds that send no answer."""
BROKEN: Mapping[str, Callable[[Line, Response], None]] = {
    "stall-body": _stall_body,
    "reset-body": _reset_body,
    "truncated": _half,
    "drip": _drip,
    "endless": _endless,
    "bomb": _bomb,
}
"""Kinds that truncate or inflate the answer; the connection ends after each."""
