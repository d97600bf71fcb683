"""Fault-free responses of all sources: robots.txt and the source APIs, cached in memory."""

import gzip
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, mktime_tz, parsedate_tz
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from importlib import import_module
from pathlib import Path
from threading import Lock

from arb_pipeline.simulator.replay.faults import ROBOTS
from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request

CACHED_BYTES = 256 * 1024 * 1024
_OF_ONE_REQUEST = {"if-none-match", "if-modified-since", "referer", "cookie", "connection", "accept-encoding"}
"""Request headers that do not change the answer of any source API."""
_TRAP = "User-agent: *\nDisallow: /private/\n"
"""A path of every source that no polite client requests."""
_OWN_RULES = {"mtgjson": ("/404.html", "/links/", "/api/v5_backup/", "/api/v5/*.json")}


def robots(source: str) -> Answer:
    """The source's own rules and the trap; all else is allowed."""
    rules = "".join(f"Disallow: {path}\n" for path in _OWN_RULES.get(source, ())) or "Allow: /\n"
    return Answer((_TRAP + rules).encode(), "text/plain")


@dataclass(frozen=True, slots=True)
class Response:
    """Response as sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Prepared:
    """An answer with cached derivatives of its body: ETag and gzip."""

    answer: Answer

    @cached_property
    def etag(self) -> str:
        """Quoted."""
        return f'"{sha256(self.answer.body).hexdigest()[:32]}"'

    @cached_property
    def _packed(self) -> bytes:
        return gzip.compress(self.answer.body, 5, mtime=0)

    def response(self, headers: Mapping[str, str], *, plain: bool = False) -> Response:
        """The response to a request with these headers: 304, or the whole body, in gzip where accepted.

        `plain`: uncompressed and unconditional, whatever the request headers.
        """
        answer = self.answer
        own = {"Server": "replay", "Date": format_datetime(datetime.now(UTC), usegmt=True)}
        if answer.status == HTTPStatus.OK:
            modified = answer.modified.astimezone(UTC).replace(microsecond=0)
            own |= {"ETag": self.etag, "Last-Modified": format_datetime(modified, usegmt=True)}
            if not plain and self._is_known(headers, modified):
                return Response(304, own, b"")
        own |= {"Content-Type": answer.content_type, **answer.headers}
        takes_gzip = "gzip" in headers.get("accept-encoding", "") and "Content-Encoding" not in own
        if plain or not takes_gzip or not answer.body or not _is_text(answer.content_type):
            return Response(answer.status, own, answer.body)
        return Response(answer.status, own | {"Content-Encoding": "gzip"}, self._packed)

    def _is_known(self, headers: Mapping[str, str], modified: datetime) -> bool:
        if tags := headers.get("if-none-match"):
            return tags == "*" or self.etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        since = parsedate_tz(headers.get("if-modified-since", ""))
        return since is not None and modified.timestamp() <= mktime_tz(since)


def _is_text(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip()
    return kind.startswith("text/") or kind in {"application/json", "application/xml"}


@dataclass
class Answers:
    """Source APIs over one data folder. Successful GETs are cached, least recently used dropped first."""

    folder: Path
    _kept: OrderedDict[object, Prepared] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _building: defaultdict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))

    def get(self, source: str, request: Request) -> Prepared:
        """The fault-free answer of a source to a request."""
        if request.path == ROBOTS:
            return Prepared(robots(source))
        if request.method not in {"GET", "HEAD"}:
            return Prepared(_answered(source, self.folder, request))
        headers = frozenset(item for item in request.headers.items() if item[0] not in _OF_ONE_REQUEST)
        key = (source, request.path, frozenset(request.query.items()), request.day, headers)
        with self._building[source]:  # so that two simultaneous requests build one archive
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            prepared = Prepared(_answered(source, self.folder, request))
            if prepared.answer.status == HTTPStatus.OK:
                self._keep(key, prepared)
            return prepared

    def forget(self) -> None:
        """Empties the cache."""
        with self._lock:
            self._kept.clear()

    def _keep(self, key: object, prepared: Prepared) -> None:
        with self._lock:
            self._kept[key] = prepared
            while sum(len(kept.answer.body) for kept in self._kept.values()) > CACHED_BYTES:
                self._kept.popitem(last=False)


def _answered(source: str, folder: Path, request: Request) -> Answer:
    name = f"arb_pipeline.simulator.source_apis.{source}"
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return NOT_FOUND
    return module.answer(folder, request)
