"""robots.txt, failing closed: unreadable rules forbid the crawl (RFC 9309, 2.3.1.4)."""

import hashlib
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import orjson
from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from arb_pipeline.settings import settings

AGENT = "arb_pipeline"
"""Product token for rules in robots.txt."""
MAX_AGE = timedelta(hours=24)
MAX_BYTES = 500 * 1024


class ForbiddenByRobotsError(IgnoreRequest):
    """A path that robots.txt disallows, or a site whose rules cannot be read."""


class RobotsMiddleware:
    """Fetches a site's rules before its first page; caches them for a day, for all crawls."""

    def __init__(self, crawler: Crawler) -> None:
        """Rules are read on demand."""
        self._crawler = crawler
        self._rules: dict[str, Protego] = {}
        self._folder = settings().crawls / "robots"

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        """Factory called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Passes an allowed request, with the site's Crawl-delay. Raises `ForbiddenByRobotsError`."""
        self._crawler.spider.guard.check(request.url)  # no request to a host that is not the source's
        if request.meta.get("is_robots"):
            return
        parts = urlparse_cached(request)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            cached = self._cached(site)
            self._rules[site] = Protego.parse(await self._fetched(site) if cached is None else cached)
        rules = self._rules[site]
        if not rules.can_fetch(request.url, AGENT):
            msg = f"{site}/robots.txt asks robots not to fetch {parts.path}"
            raise ForbiddenByRobotsError(msg)
        request.meta["crawl_delay"] = rules.crawl_delay(AGENT) or 0.0

    async def _fetched(self, site: str) -> str:
        request = Request(f"{site}/robots.txt", callback=NO_CALLBACK, meta={"is_robots": True}, priority=1000)
        try:
            response = await self._crawler.engine.download_async(request)  # type: ignore[union-attr]
        except Exception as error:
            msg = f"{site}/robots.txt could not be read ({error}): nothing is fetched there without its rules"
            raise ForbiddenByRobotsError(msg) from error
        body = response.body[:MAX_BYTES].decode("utf-8-sig", "replace")  # a BOM would hide the first line
        if response.status != HTTPStatus.OK:
            # 4xx: there are no rules (2.3.1.3). 429 and all other statuses: the rules are unknown.
            is_absent = 400 <= response.status < 500 and response.status != HTTPStatus.TOO_MANY_REQUESTS  # noqa: PLR2004 - 4xx
            if not is_absent:
                msg = f"{site}/robots.txt answered {response.status}: without its rules nothing is fetched"
                raise ForbiddenByRobotsError(msg)
            body = ""
        self._folder.mkdir(parents=True, exist_ok=True)
        entry = {"site": site, "at": datetime.now(UTC).isoformat(), "rules": body}
        self._path(site).write_bytes(orjson.dumps(entry))
        return body

    def _cached(self, site: str) -> str | None:
        try:
            entry = orjson.loads(self._path(site).read_bytes())
            age = datetime.now(UTC) - datetime.fromisoformat(entry["at"])
            rules: str = entry["rules"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return rules if timedelta(0) <= age < MAX_AGE else None

    def _path(self, site: str):  # noqa: ANN202 - a path
        return self._folder / hashlib.sha256(site.encode()).hexdigest()[:32]
