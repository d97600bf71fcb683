"""Rotation of user agents and proxies. Off unless the settings name some."""

from itertools import cycle

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from arb_pipeline.settings import settings


class RotationMiddleware:
    """Sets the next user agent and proxy. The rate limit per host is unaffected."""

    def __init__(self, user_agents: tuple[str, ...], proxies: tuple[str, ...]) -> None:
        """Either list may be empty. Raises `NotConfigured` if both are."""
        if not user_agents and not proxies:
            raise NotConfigured
        self._agents = cycle(user_agents) if user_agents else None
        self._proxies = cycle(proxies) if proxies else None

    @classmethod
    def from_crawler(cls, _crawler: Crawler) -> "RotationMiddleware":
        """Factory called by Scrapy."""
        return cls(settings().user_agents, settings().proxies)

    async def process_request(self, request: Request) -> None:
        """Sets user agent and proxy of one request."""
        if self._agents is not None:
            request.headers["User-Agent"] = next(self._agents)
        if self._proxies is not None:
            request.meta["proxy"] = next(self._proxies)
