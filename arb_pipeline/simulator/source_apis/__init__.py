"""Source APIs, one module per source: answers from files of a data folder, in the source's own format.

A module `<source>.py` here has one function, `answer(folder, request)`. It knows nothing of sockets, faults
or caching: those are the replay server's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a source sees it."""

    method: str
    path: str
    """Decoded, without the query."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""
    origin: str = ""
    """The source's own base URL on this server, for links and redirects inside answers."""
    day: str = ""
    """Day of the replayed market, YYYY-MM-DD; '' is the newest in the folder."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Response of a source to a request."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    modified: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    """Becomes Last-Modified; the ETag comes from the body."""


NOT_FOUND = Answer(b'{"error": "not found"}', status=404)
