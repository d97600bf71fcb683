"""What the sources answer when nothing is wrong: robots.txt and the speakers, kept in memory once asked."""

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
from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Asked

CACHED_BYTES = 256 * 1024 * 1024
_OF_ONE_REQUEST = {"if-none-match", "if-modified-since", "referer", "cookie", "connection", "accept-encoding"}
"""Headers that no speaker answers by."""
_TRAP = "User-agent: *\nDisallow: /private/\n"
"""A path of every source that no polite client asks for."""
_OWN_RULES = {"mtgjson": ("/404.html", "/links/", "/api/v5_backup/", "/api/v5/*.json")}


def robots(source: str) -> Answer:
    """The source's own rules and the trap; all else is allowed."""
    rules = "".join(f"Disallow: {path}\n" for path in _OWN_RULES.get(source, ())) or "Allow: /\n"
    return Answer((_TRAP + rules).encode(), "text/plain")


@dataclass(frozen=True, slots=True)
class Response:
    """What goes over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Prepared:
    """An answer, with what is derived from its body once."""

    answer: Answer

    @cached_property
    def etag(self) -> str:
        """Quoted."""
        return f'"{sha256(self.answer.body).hexdigest()[:32]}"'

    @cached_property
    def _packed(self) -> bytes:
        return gzip.compress(self.answer.body, 5, mtime=0)

    def response(self, headers: Mapping[str, str], *, plain: bool = False) -> Response:
        """To a request with these headers: not modified, or whole, in gzip if it takes that.

        `plain`: whole and as it is, whatever was asked.
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
    """The speakers over one folder. A GET that went well is kept, the least recently asked dropped first."""

    folder: Path
    _kept: OrderedDict[object, Prepared] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)
    _building: defaultdict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))

    def get(self, source: str, asked: Asked) -> Prepared:
        """The right answer of a source."""
        if asked.path == ROBOTS:
            return Prepared(robots(source))
        if asked.method not in {"GET", "HEAD"}:
            return Prepared(_spoken(source, self.folder, asked))
        headers = frozenset(item for item in asked.headers.items() if item[0] not in _OF_ONE_REQUEST)
        key = (source, asked.path, frozenset(asked.query.items()), asked.day, headers)
        with self._building[source]:  # so that two who ask at once have one archive built
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            prepared = Prepared(_spoken(source, self.folder, asked))
            if prepared.answer.status == HTTPStatus.OK:
                self._keep(key, prepared)
            return prepared

    def forget(self) -> None:
        """Asks the speakers anew from here on."""
        with self._lock:
            self._kept.clear()

    def _keep(self, key: object, prepared: Prepared) -> None:
        with self._lock:
            self._kept[key] = prepared
            while sum(len(each.answer.body) for each in self._kept.values()) > CACHED_BYTES:
                self._kept.popitem(last=False)


def _spoken(source: str, folder: Path, asked: Asked) -> Answer:
    name = f"arb_pipeline.simulator.source_apis.{source}"
    try:
        speaker = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return NOT_FOUND
    return speaker.answer(folder, asked)
