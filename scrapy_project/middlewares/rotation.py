"""Other user agents and proxies, one after the other. Off unless the settings name some."""

from itertools import cycle

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from arb_pipeline.settings import settings


class RotationMiddleware:
    """Sets the next user agent and the next proxy. The rate stays: turns go by the site's host."""

    def __init__(self, user_agents: tuple[str, ...], proxies: tuple[str, ...]) -> None:
        """Either may be empty. Raises `NotConfigured` where both are."""
        if not user_agents and not proxies:
            raise NotConfigured
        self._agents = cycle(user_agents) if user_agents else None
        self._proxies = cycle(proxies) if proxies else None

    @classmethod
    def from_crawler(cls, _crawler: Crawler) -> "RotationMiddleware":
        """Scrapy's way to make one."""
        return cls(settings().user_agents, settings().proxies)

    async def process_request(self, request: Request) -> None:
        """Changes headers and meta of one request."""
        if self._agents is not None:
            request.headers["User-Agent"] = next(self._agents)
        if self._proxies is not None:
            request.meta["proxy"] = next(self._proxies)
