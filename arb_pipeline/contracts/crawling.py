"""Order and result of a crawl: the files that parent and child process exchange."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

ORDER_FILE = "order.json"
RESULT_FILE = "result.json"
JOURNAL_FILE = "journal.jsonl"
RECORDS_FILE = "records.jsonl"
FILES = "files"


@dataclass(frozen=True, slots=True)
class Known:
    """Validators and file of a URL in the last landed package, for conditional requests."""

    path: str
    """The file that the answer was kept in, absolute."""
    sha256: str
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One crawl."""

    source: str
    today: date
    """Day of the order, UTC; a spider uses this day and no clock."""
    days: tuple[date, ...] = ()
    """Requested days, in order; none: the newest."""
    categories: tuple[str, ...] = ()
    options: dict[str, list[str]] = field(default_factory=dict)
    """Further options of a spider: ids, queries, sets."""
    part: str = ""
    """The part of the landing that the package is for; '' leaves it to the spider."""
    known: dict[str, Known] = field(default_factory=dict)
    """By URL."""

    @property
    def day(self) -> date | None:
        """The last of the requested days."""
        return self.days[-1] if self.days else None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        days = [day.isoformat() for day in self.days]
        return {**asdict(self), "today": self.today.isoformat(), "days": days}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Order":
        """Back from `to_json`."""
        return cls(
            source=content["source"],
            today=date.fromisoformat(content["today"]),
            days=tuple(date.fromisoformat(day) for day in content["days"]),
            categories=tuple(content["categories"]),
            options=content["options"],
            part=content["part"],
            known={url: Known(**known) for url, known in content["known"].items()},
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer that was archived."""

    key: str
    """SHA-256 of method, URL and body."""
    url: str
    file: str
    """Path below `files/`, and in its package."""
    sha256: str
    bytes: int
    etag: str = ""
    last_modified: str = ""
    is_gzip: bool = False
    """True if its bytes are gzip that the transfer added (Content-Encoding)."""
    fetched_at: str = ""
    part: str = ""
    """The part of the landing that it is for; '' is the crawl's own."""


@dataclass(frozen=True, slots=True)
class Result:
    """Result of a crawl. Only `finished` ones are landed."""

    finished: bool
    reason: str
    """`finished`, or the error in one line."""
    is_refusal: bool
    """True if the answer itself was invalid (layout, coverage). Then none of it is reused."""
    part: str
    kept: tuple[Kept, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    """Records by kind."""
    coverage: dict[str, dict[str, float]] = field(default_factory=dict)
    """Kind -> field -> share of records that carry it."""
    stats: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Result":
        """Back from `to_json`."""
        kept = tuple(Kept(**entry) for entry in content["kept"])
        return cls(**{**content, "kept": kept, "warnings": tuple(content["warnings"])})
