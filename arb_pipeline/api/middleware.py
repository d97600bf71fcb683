"""Middleware of every request: id, limits of size and time, headers, access log, and counts for metrics."""

import asyncio
import re
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers

from arb_pipeline.api.metrics import Metrics
from arb_pipeline.api.problems import ProblemError, response
from arb_pipeline.storage.logs import write_line

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

BODY_BYTES = 1024 * 1024
UPLOAD_BYTES = 20 * 1024 * 1024
UPLOADS = "/api/v1/price-lists"
BODY_SECONDS = 20.0
"""Seconds for a body to arrive."""
UPLOAD_SECONDS = 120.0
LONGEST_QUERY = 8_000
REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class Surroundings:
    """The outermost layer, plain ASGI: answers are streamed."""

    def __init__(self, app: App, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._headers = _encoded(HEADERS | {"Content-Security-Policy": CONTENT_SECURITY})
        self._tls_headers = self._headers | _encoded({"Strict-Transport-Security": "max-age=31536000"})

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Handles a request; anything else passes."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith("/api/") and scope["path"].endswith("/"):
            scope["path"] = scope["path"].rstrip("/")
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        own = self._tls_headers if scope.get("scheme") == "https" else self._headers
        exchange = _Exchange(scope, receive, send, request_id, own)
        began = time.perf_counter()
        self._metrics.under_way.inc()
        try:
            await exchange.run(self._app, headers)
        finally:
            self._metrics.under_way.dec()
            self._record(scope, exchange, time.perf_counter() - began)

    def _record(self, scope: MutableMapping[str, Any], exchange: "_Exchange", seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.answered(scope["method"][:10], route, exchange.status, seconds)
        principal = scope["state"].get("principal")
        write_line(
            "request",
            request_id=exchange.request_id,
            method=scope["method"][:10],
            path=scope["path"][:200],
            status=exchange.status,
            milliseconds=round(seconds * 1000, 1),
            user_id=principal.user_id if principal else None,
            address=scope["client"][0] if scope.get("client") else None,
        )


def _encoded(headers: dict[str, str]) -> dict[bytes, bytes]:
    return {name.lower().encode(): value.encode() for name, value in headers.items()}


class _Exchange:
    """One request and its answer."""

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Receive,
        send: Send,
        request_id: str,
        headers: dict[bytes, bytes],
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self.request_id, self._headers = request_id, headers
        self.status = 500
        is_upload = scope["method"] == "POST" and scope["path"] == UPLOADS
        self._most = UPLOAD_BYTES if is_upload else BODY_BYTES
        self._deadline = time.monotonic() + (UPLOAD_SECONDS if is_upload else BODY_SECONDS)
        self._received = 0
        self._is_complete = False
        self._refusal: ProblemError | None = None
        self._is_refused = False

    async def run(self, app: App, headers: Headers) -> None:
        """Passes the request on, unless it is refused at once."""
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._most:
            self._refuse_size()
        if len(self._scope.get("query_string", b"")) > LONGEST_QUERY:
            detail = f"The query has over {LONGEST_QUERY:,} characters. Send fewer or shorter parameters."
            self._refusal = ProblemError("malformed", detail)
        if self._refusal is not None:
            await self._answer_refusal()
            return
        try:
            await app(self._scope, self._next, self._out)
        except Exception:
            if self._refusal is None or self._is_refused:
                raise
            await self._answer_refusal()

    async def _next(self) -> Message:
        """The next piece of the body, within size and time."""
        if self._refusal is not None:
            return {"type": "http.disconnect"}
        if self._is_complete:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(self._deadline - time.monotonic(), 0.01))
        except TimeoutError:
            detail = "The body did not arrive in time. Send it again, faster or smaller."
            self._refusal = ProblemError("timeout", detail, headers={"Connection": "close"})
            return {"type": "http.disconnect"}
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._is_complete = not message.get("more_body", False)
            if self._received > self._most:
                self._refuse_size()
                return {"type": "http.disconnect"}
        return message

    def _refuse_size(self) -> None:
        detail = f"The body has over {self._most:,} bytes, which is the limit of this route. Send less."
        self._refusal = ProblemError("too-large", detail, headers={"Connection": "close"})

    async def _out(self, message: Message) -> None:
        """Sends a piece of the answer with the added headers; after a refusal, the refusal instead."""
        if self._is_refused:
            return
        if message["type"] == "http.response.start":
            if self._refusal is not None:
                await self._answer_refusal()
                return
            self._decorate(message)
        await self._send(message)

    def _decorate(self, message: Message) -> None:
        self.status = message["status"]
        headers = dict(self._headers)
        headers[b"x-request-id"] = self.request_id.encode()
        if self._scope["path"].startswith("/api/"):
            headers[b"cache-control"] = b"no-store"
        own = message["headers"]
        for name, _ in own:
            headers.pop(name, None)
        message["headers"] = [*own, *headers.items()]

    async def _answer_refusal(self) -> None:
        if self._refusal is None or self._is_refused:
            return
        self._is_refused = True
        answer = response(self._refusal, self.request_id)

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._decorate(message)
            await self._send(message)

        await answer(self._scope, self._receive, out)
