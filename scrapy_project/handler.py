"""Download handler of all requests: address guard, rate limit per host, and pauses that hosts require."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet import reactor
from twisted.web.client import HTTPConnectionPool

from arb_pipeline.settings import settings
from scrapy_project.host_rate_limiter import HostRateLimiter
from scrapy_project.progress import tell
from scrapy_project.ssrf_guard import GuardedResolver, SsrfGuard

PAUSING = frozenset({408, 429, *range(500, 600)})
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
BACKOFF = 2.5
"""Factor of the delay after an error, doubled with each retry, times 1 to 1.5: 5 to 7.5 s, 10 to 15 s ..."""


class PoliteDownloadHandler(HTTP11DownloadHandler):
    """HTTP(S), one request at a time per host over all processes, to allowed addresses only."""

    def __init__(self, crawler: Crawler) -> None:
        """Without connection reuse: Twisted repeats a request by itself when a reused one breaks."""
        super().__init__(crawler)
        self._pool = HTTPConnectionPool(reactor, persistent=False)
        self._guard: SsrfGuard = crawler.spider.guard  # type: ignore[union-attr]
        GuardedResolver.guard = self._guard
        GuardedResolver.trusted = frozenset(urlsplit(proxy).hostname or "" for proxy in settings().proxies)
        self._turns = HostRateLimiter(
            settings().crawls / "hosts", lambda h, s: tell("wait", host=h, seconds=round(s, 1))
        )

    async def download_request(self, request: Request) -> Response:
        """The answer. Raises `RefusedAddressError` before anything is sent to a forbidden address."""
        self._guard.check(request.url)
        host = urlparse_cached(request).hostname or ""
        async with self._turns.turn(host, delay_of(host, request)) as turn:
            backoff = turn.delay * BACKOFF * 2 ** request.meta.get("retry_times", 0) * random.uniform(1, 1.5)  # noqa: S311 - jitter
            try:
                response = await super().download_request(request)
            except Exception:
                if host in self._guard.refusals:
                    raise self._guard.refusals[host] from None
                turn.pause = backoff
                raise
            if response.status in PAUSING:
                turn.pause = max(retry_after(response), backoff)
            elif response.status != HTTPStatus.OK:  # a 403 or a redirect may require a pause too
                turn.pause = retry_after(response)
            return response


def delay_of(host: str, request: Request) -> float:
    """Seconds between requests to a host: the configured delay, or robots.txt's Crawl-delay if longer."""
    ours = settings().loopback_delay_seconds if host in LOOPBACK else settings().delay_seconds
    return max(ours, float(request.meta.get("crawl_delay", 0.0)))


def retry_after(response: Response) -> float:
    """Seconds of a Retry-After header, given as seconds or date; 0 without a valid one."""
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    # A date has whole seconds: one more, so that it has passed by the host's clock.
    return max(0.0, until.timestamp() - datetime.fromtimestamp(time(), UTC).timestamp() + 1)
