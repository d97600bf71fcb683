"""OAuth: a token is requested once, cached until it expires, and renewed when the source refuses it.

Secrets and tokens are only in headers and bodies of requests, which are neither logged nor archived, and in
a cache file of mode 0600. No message quotes the answer of a token endpoint.
"""

import hashlib
import os
from base64 import b64encode
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import time
from typing import Any, ClassVar
from urllib.parse import urlencode
from weakref import WeakSet

import orjson
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.settings import setting_of, settings
from scrapy_project.crawl_archive import DamagedBodyError, expand
from scrapy_project.spiders.base import SourceSpider

RENEW_BEFORE = 60.0
"""Seconds before its expiry that a token is no longer used, since requests may wait for the rate limit."""
ERRORS = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
"""Error codes of a token endpoint (RFC 6749, 5.2). Any other text could hold a secret."""


REFUSED = frozenset({400, 401, 403})
GZIP, MOST_BYTES = b"\x1f\x8b", 64 * 1024
FIRST = 1000
"""Priority of the token request, which the queued requests need."""


class TokenCache:
    """One source's token, in memory and in a file readable by its owner only."""

    def __init__(self, path: Path, *, identity: str) -> None:
        """`identity`: client of the token; another client's token is not used."""
        self._path = path
        self._identity = hashlib.sha256(identity.encode()).hexdigest()
        self._token, self._expires_at = "", 0.0
        try:
            held = orjson.loads(path.read_bytes())
            if held["identity"] == self._identity:
                self._token, self._expires_at = str(held["token"]), float(held["expires_at"])
        except (OSError, ValueError, TypeError, KeyError):
            return  # none yet, or truncated: a new one is requested

    def get(self) -> str:
        """The token; '' without a valid one."""
        return self._token if time() < self._expires_at - RENEW_BEFORE else ""

    def put(self, token: str, seconds: float) -> None:
        """Stores a new token, valid for `seconds`."""
        self._token, self._expires_at = token, time() + seconds
        content = {"identity": self._identity, "token": token, "expires_at": self._expires_at}
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        scratch.unlink(missing_ok=True)
        file = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(orjson.dumps(content))
        scratch.replace(self._path)

    def drop(self) -> None:
        """Forgets the token."""
        self._token, self._expires_at = "", 0.0
        self._path.unlink(missing_ok=True)


class OAuthSpider(SourceSpider):
    """A source whose every request carries a token. A subclass gives its requests in `calls` and `send`."""

    oauth_path: ClassVar[str]
    """Path of the token endpoint, below the token URL."""
    scope: ClassVar[str] = ""
    uses_basic: ClassVar[bool] = False
    """True if client id and secret are in the header (HTTP Basic), instead of the form."""
    refusals: ClassVar[frozenset[int]] = frozenset({401})
    """Statuses that mean that a token is no longer good."""

    def __init__(self, order: Order, **kwargs: Any) -> None:
        """`order`: days, categories and options of this crawl."""
        super().__init__(order, **kwargs)
        self._waiting: list[Request] = []
        self._is_asking = False
        self._number = 0
        """Number of the token in use: several requests may be pending when one is refused."""
        self._signed_ones: WeakSet[Request] = WeakSet()

    def calls(self) -> Iterable[Request]:
        """The first requests, without the token."""
        raise NotImplementedError

    def grant(self) -> dict[str, str]:
        """Form fields of the token request, beside client id and secret."""
        scope = {"scope": self.scope} if self.scope else {}
        return {"grant_type": "client_credentials", **scope}

    def sign(self, request: Request, token: str) -> None:
        """Puts the token into a request's headers."""
        request.headers["Authorization"] = f"Bearer {token}"

    def requests(self) -> Iterator[Request]:
        """The calls, or first the token request."""
        identity = [self.access.token_url, self.key("client_id"), *self.grant().values()]
        cache = settings().crawls / "tokens" / f"{self.name}.json"
        self._tokens = TokenCache(cache, identity="\0".join(identity))
        yield from self.send(*self.calls())

    def send(self, *calls: Request) -> Iterator[Request]:
        """Requests with the token; without one they wait for it."""
        if token := self._tokens.get():
            yield from (self._signed(call, token) for call in calls)
            return
        self._waiting += calls
        if self._waiting and not self._is_asking:
            self._is_asking = True
            yield self._token_request()

    def failed(self, failure: Any) -> list[Request]:  # type: ignore[override]  # requests again
        """Renews a refused token, once per request. Raises `CloseSpider` when a new one is refused too."""
        request: Request = failure.request
        status = getattr(getattr(failure.value, "response", None), "status", None)
        if status not in self.refusals or "token_number" not in request.meta:
            super().failed(failure)
            return []
        if request.meta.get("is_renewed"):
            self.fail(f"{request.url}: status {status}, with a new token too. {self._what_to_check()}")
            # All later requests would be refused as well.
            raise CloseSpider(reason="the source refuses the configured keys")
        if request.meta["token_number"] == self._number and not self._is_asking:
            self._tokens.drop()
        return list(self.send(request.replace(meta={**request.meta, "is_renewed": True})))

    def _signed(self, call: Request, token: str) -> Request:
        # A redirect would carry the token along; an API has none.
        signed = call.replace(meta={**call.meta, "token_number": self._number, "dont_redirect": True})
        self.sign(signed, token)
        self._signed_ones.add(signed)
        return signed

    def _token_request(self) -> Request:
        form, client = self.grant(), (self.key("client_id"), self.key("client_secret"))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self.uses_basic:
            headers["Authorization"] = f"Basic {b64encode(':'.join(client).encode()).decode()}"
        else:
            form |= dict(zip(("client_id", "client_secret"), client, strict=True))
        request = self.ask(
            self.access.token_url + self.oauth_path,
            self._token_came,
            method="POST",
            headers=headers,
            body=urlencode(form).encode(),
            meta={"dont_redirect": True},
            priority=FIRST,
        )
        return request.replace(errback=self._token_refused)

    def _token_came(self, response: Response) -> Iterator[Request]:
        answer = _json(response)
        token, seconds = answer.get("access_token"), str(answer.get("expires_in", ""))
        if not isinstance(token, str) or not token:
            self.fail(f"{response.url} answered without an access_token; it has {sorted(answer)[:8]}.")
            return
        self._tokens.put(token, float(seconds) if seconds.isdecimal() else 0.0)
        self._number += 1
        self._is_asking = False
        for queued in self._signed_ones:  # else each of them would be refused before it is signed anew
            self.sign(queued, token)  # its number stays: it may be pending with the old token
        waiting, self._waiting = self._waiting, []
        # Not through `send`: a token of less than a minute would be requested again without end.
        yield from (self._signed(call, token) for call in waiting)

    def _token_refused(self, failure: Any) -> None:
        response = getattr(failure.value, "response", None)
        if response is None:
            why = str(failure.value) or failure.type.__name__
        elif response.status not in REFUSED:
            why = f"status {response.status}"
        else:
            error = _json(response).get("error")
            why = f"status {response.status}" + (f", {error}" if error in ERRORS else "")
            why += f". {self._what_to_check()}"
        self.fail(f"{failure.request.url}: {why}")

    def _what_to_check(self) -> str:
        return f"Check {', '.join(setting_of(self.name, key) for key in self.source.keys)}."


def _json(response: Response) -> dict[str, Any]:
    body = response.body
    try:
        # Failed answers are not decoded.
        plain = expand(body, MOST_BYTES) if body.startswith(GZIP) else body
        answer = orjson.loads(plain.removeprefix(BOM_UTF8))
    except (orjson.JSONDecodeError, DamagedBodyError):
        return {}
    return answer if isinstance(answer, dict) else {}
