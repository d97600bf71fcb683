"""Ingestion: sources and days to fetch, load and analyse. Runs of the asset graph are the runner's."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.errors import InvalidInputError, NotEnoughDataError
from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.fetching.crawls import Fetched, Status, fetch
from arb_pipeline.fetching.watchlist import KNOWN_BY, watched
from arb_pipeline.games.registry import REFERENCE
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.landing import CURRENT, Landing, Package
from arb_pipeline.storage.marketplace_files import to_load
from arb_pipeline.storage.postgres import queries

EVERYTHING = "all"
AT_ONCE = 4
"""Sources fetched side by side. Requests to one host are still one at a time."""
BY_PRODUCT = frozenset(KNOWN_BY)
"""Sources that answer one product at a time: they are fetched once the catalogue has products."""
ARCHIVED = "tcgplayer"
"""Name of TCGCSV's archives in the ledger of loads."""


class PackageView(View):
    """A landing package of a fetch."""

    part: str
    """Its day, or `current`."""
    package_id: str
    new: bool
    """False: it had landed before."""
    path: Path


class FetchView(View):
    """Result of fetching one source."""

    source: str
    status: Status
    reason: str
    """Error, or missing settings; '' when landed or unchanged."""
    packages: tuple[PackageView, ...]
    records: Mapping[str, int]
    """Kind of record -> how many."""
    stats: Mapping[str, float]
    """Requests, bytes, retries, seconds."""
    warnings: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """True if the landing is up to date with the source."""
        return self.status in {"landed", "unchanged"}


@dataclass(frozen=True, slots=True)
class FetchEvent:
    """Progress of fetching one source."""

    source: str
    kind: str
    """started, answer, wait or ended."""
    url: str = ""
    """URL of an answer."""
    host: str = ""
    """Host that a crawl waits for."""
    seconds: float = 0.0
    """Seconds of a wait."""
    result: FetchView | None = None
    """At the end."""


def source_names(names: Sequence[str], categories: Collection[str]) -> list[str]:
    """Names of sources, each once; `all` stands for those of the games. Raises `InvalidInputError`."""
    unknown = sorted(set(names) - set(SOURCES) - {EVERYTHING})
    if unknown:
        allowed = f"{', '.join(SOURCES)}, and '{EVERYTHING}'"
        raise InvalidInputError(f"{', '.join(unknown)}: no such source", allowed=allowed)
    if EVERYTHING not in names:
        return list(dict.fromkeys(names))
    return [name for name, source in SOURCES.items() if set(source.categories) & set(categories)]


def check_days(names: Sequence[str], days: Sequence[date]) -> None:
    """Raises `InvalidInputError` where days are requested of sources that publish the newest alone."""
    if days and not any(SOURCES[name].is_archived for name in names):
        msg = f"{', '.join(names)} publishes only its newest day."
        raise InvalidInputError(msg, next_step="Leave the date out.")


def fetch_sources(
    settings: Settings,
    names: Sequence[str],
    *,
    categories: Sequence[str] = tuple(CATEGORIES),
    days: Sequence[date] = (),
    options: Mapping[str, Sequence[str]] | None = None,
    listener: Callable[[FetchEvent], None] = lambda _event: None,
) -> tuple[FetchView, ...]:
    """Fetches sources side by side into landing packages; one that fails leaves the others.

    `days`: of sources with archives; none: the newest. `options`: of the spiders, by default the watch list.
    `listener` is called from several threads.
    """

    def one(name: str) -> FetchView:
        listener(FetchEvent(name, "started"))
        try:
            fetched = fetch(
                name,
                settings=settings,
                days=days if SOURCES[name].is_archived else (),
                categories=[c for c in categories if c in SOURCES[name].categories],
                options=options or watched(Lake(settings.lake), name, categories),
                listener=lambda event: listener(_event(name, event)),
            )
        except (OSError, ValueError) as error:
            fetched = Fetched(name, "failed", str(error))
        view = fetch_view(fetched)
        listener(FetchEvent(name, "ended", result=view))
        return view

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(one, names))


def fetch_view(fetched: Fetched) -> FetchView:
    """The view of a fetch."""
    return FetchView(
        source=fetched.source,
        status=fetched.status,
        reason=fetched.reason,
        packages=tuple(
            PackageView(part=p.part, package_id=p.package_id, new=p.is_new, path=p.root)
            for p in fetched.packages
        ),
        records=dict(fetched.counts),
        stats=dict(fetched.stats),
        warnings=tuple(fetched.warnings),
    )


def _event(name: str, event: Mapping[str, object]) -> FetchEvent:
    return FetchEvent(
        name,
        str(event["event"]),
        url=str(event.get("url", "")),
        host=str(event.get("host", "")),
        seconds=float(str(event.get("seconds", 0))),
    )


@dataclass(frozen=True, slots=True)
class Supply:
    """Origin of a run's price days."""

    folder: Path | None
    """A folder of dumps; None: the landing."""
    days: tuple[date, ...]
    """Days that have prices, in order; at least one."""
    stray: tuple[str, ...] = ()
    """Files and folders of days on which there can be no prices: before the first archive, or to come."""

    def __str__(self) -> str:
        return str(self.folder or "what has landed")


@dataclass(frozen=True, slots=True)
class Span:
    """Requested days of a run. All None: the newest day."""

    day: date | None = None
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        """Raises `InvalidInputError` for a day beside a range, and for a range that ends before it starts."""
        if self.day and (self.since or self.until):
            raise InvalidInputError(
                "A day and a range are given.", next_step="Give --date, or --from and --to."
            )
        if self.since and self.until and self.since > self.until:
            raise InvalidInputError(f"{self.since} is after {self.until}.")

    def days(self, supply: Supply) -> list[date]:
        """Days to analyse. A range includes days that the supply lacks: a gap is an error of the run."""
        if self.day:
            return [self.day]
        first = self.since or supply.days[0 if self.until else -1]
        last = self.until or supply.days[-1]
        if first > last:
            raise InvalidInputError(f"{first} is after {last}.")
        return days_between(first, last)

    def to_fetch(self, history: int) -> list[date]:
        """Days to fetch, with `history` days before them; none: the newest alone."""
        if not self.day and not self.since and not self.until and not history:
            return []
        last = self.day or self.until
        if not last:
            msg = "More than the newest day is to be fetched, and no day is named."
            raise InvalidInputError(msg, next_step="Say which: --date, or --from and --to.")
        return days_between((self.day or self.since or last) - timedelta(days=history), last)


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def supply_of(
    settings: Settings,
    folder: Path | None,
    *,
    is_fetched: bool = False,
    is_priced: Callable[[date], bool] = lambda _day: True,
) -> Supply:
    """The folder, else that of ARB_DATA, else the landing. Raises `NotEnoughDataError` without any day.

    `is_fetched`: the run has just fetched, so the landing. `is_priced`: whether there can be prices of a day;
    files of other days are left out as stray.
    """
    source = None if is_fetched else folder or settings.data
    if source is None:
        days, _ = _parted(Landing(settings.landing).days("tcgcsv"), is_priced)
        if not days:
            next_step = "Fetch them (--fetch), or name a folder of dumps (--data, ARB_DATA)."
            raise MissingPricesError("No prices have landed.", next_step=next_step)
        return Supply(None, days)
    data = DataFolder(source.expanduser().resolve())
    days, others = _parted(data.days(), is_priced)
    stray = tuple(data.where(day.isoformat()) for day in others)
    if not days:
        beside = f": {', '.join(stray)} is of no day that has prices" if stray else ""
        where = "tcgcsv/archive/prices-DATE.ppmd.7z or tcgcsv/raw/DATE/"
        raise MissingPricesError(
            f"{data.root} has no prices{beside}.", next_step=f"Add {where}, or name another."
        )
    return Supply(data.root, days, stray)


def _parted(
    texts: Iterable[str], is_priced: Callable[[date], bool]
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Days that can have prices, and the others."""
    days = [date.fromisoformat(text) for text in texts]
    return tuple(filter(is_priced, days)), tuple(day for day in days if not is_priced(day))


class MissingPricesError(NotEnoughDataError):
    """Neither folder nor landing has a day of prices: wrong use of the command."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Landed:
    """A source's package from a folder of dumps, or the reason that it has none."""

    package: Package | None
    reason: str


def land_from_folder(landing: Landing, folder: Path, source: str, day: date | None = None) -> Landed:
    """Lands a reference source, or a day of TCGCSV's prices, from a folder of dumps."""
    data, part = DataFolder(folder, REFERENCE), day.isoformat() if day else CURRENT
    files = data.prices(part) if day else data.reference(source) if source in REFERENCE else {}
    if files:
        return Landed(landing.land(source, files, part=part, origin=str(data.root)), "")
    is_known = day is not None or source in REFERENCE
    return Landed(None, data.missing(source, part) if is_known else "the folder has no part of it")


def missing_days(settings: Settings, source: str, days: Sequence[date]) -> list[date]:
    """Days of these whose archives have not landed."""
    landed = set(Landing(settings.landing).days(source))
    return [day for day in days if day.isoformat() not in landed]


def check_archived(source: str) -> None:
    """Raises `InvalidInputError` for a source without archives of past days."""
    if source not in SOURCES or not SOURCES[source].is_archived:
        archived = ", ".join(name for name, declared in SOURCES.items() if declared.is_archived)
        raise InvalidInputError(f"{source!r} has no archives", allowed=archived)


def days_to_load(
    settings: Settings, connection: sa.Connection, days: Sequence[date], categories: Sequence[str]
) -> list[date]:
    """Days of these whose landed archive is not loaded for every game."""
    loaded = queries.loaded_packages(connection)
    landing = Landing(settings.landing)
    landed = set(landing.days("tcgcsv"))

    def is_loaded(day: date) -> bool:
        if day.isoformat() not in landed:
            return False
        package = landing.latest("tcgcsv", part=day.isoformat()).package_id
        return all((ARCHIVED, category, day, package) in loaded for category in categories)

    return [day for day in days if not is_loaded(day)]


def quote_days(
    settings: Settings, connection: sa.Connection, *, again: Collection[date] | None = None
) -> list[date]:
    """Days on which other marketplaces' quotes have landed and are not loaded, in order.

    `again`: of these days all, loaded or not.
    """
    landing = Landing(settings.landing)
    if again is not None:
        return sorted(to_load(landing, set()).keys() & set(again))
    loaded = {(day, package) for *_, day, package in queries.loaded_packages(connection)}
    return sorted(to_load(landing, loaded))
