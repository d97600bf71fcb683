"""Spiders of sources with keys, and answers to feed them. No network."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from scrapy import Request
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.settings import setting_of, settings
from scrapy_project.oauth import OAuthSpider
from scrapy_project.spiders import spider_of

TODAY = date(2026, 3, 4)
TOKEN = {"access_token": "canary-token", "expires_in": 7200, "token_type": "bearer"}


def configure(monkeypatch: pytest.MonkeyPatch, home: Any, source: str, **keys: str) -> None:
    """Settings with keys `canary-<key>`, or those given."""
    monkeypatch.setenv("ARB_HOME", str(home))
    for key in SOURCES[source].keys:
        monkeypatch.setenv(setting_of(source, key), keys.get(key, f"canary-{key}"))
    settings.cache_clear()


def spider(
    source: str, *, days: tuple[date, ...] = (), categories: tuple[str, ...] = (), **options: Any
) -> Any:
    """The source's spider with an order."""
    given = {name: [values] if isinstance(values, str) else values for name, values in options.items()}
    order = Order(source, TODAY, days=days, categories=categories, options=given)
    return spider_of(source)(order)


def answer(request: Request, body: Any, status: int = 200) -> TextResponse:
    """Answer of the source to a request."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return TextResponse(request.url, status=status, body=content, request=request, encoding="utf-8")


def said(asked: Request, body: Any, status: int = 200) -> list[Any]:
    """Items and requests that a callback makes of an answer."""
    return list(asked.callback(answer(asked, body, status), **asked.cb_kwargs))


def refused(asked: Request, status: int, body: Any = b"") -> Any:
    """Results of the errback for a refusal."""
    problem = SimpleNamespace(response=answer(asked, body, status))
    return asked.errback(SimpleNamespace(request=asked, value=problem, type=RuntimeError))


def first_calls(crawl: OAuthSpider) -> list[Request]:
    """The calls of an order, with a token."""
    (token,) = crawl.requests()
    return said(token, TOKEN)
