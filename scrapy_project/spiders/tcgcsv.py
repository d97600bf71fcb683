"""TCGplayer's prices through TCGCSV: one archive a day, rather than 1,300 groups.

Where TCGCSV refuses its archive (403, as in 2026-09), the newest day is read group by group: one
request per group and host delay, archived at once, so that an interrupted crawl continues.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.tcgcsv import REQUIRED, day_of_last_update, prices
from arb_pipeline.sources.parsing.tcgcsv_products import groups
from arb_pipeline.sources.unpack import ArchiveUnreadableError, unpack
from scrapy_project.spiders.base import SourceSpider

ARCHIVE = "prices-{day}.ppmd.7z"


class TcgcsvSpider(SourceSpider):
    """A day's archive; `last-updated.txt` gives the newest day."""

    name = "tcgcsv"
    required = REQUIRED
    streams = True
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """Archives of the requested days, else of the newest; with option `poll` only its date."""
        if self.option("poll"):
            plain = {"Accept-Encoding": "identity"}  # read from the landing
            yield self.keep("last-updated.txt", "last-updated.txt", self.parse_poll, headers=plain)
            return
        for day in self.order.days:
            yield self._archive(day)
        if not self.order.days:
            yield self.ask("last-updated.txt", self.parse_last_update)

    def parse_last_update(self, response: Response) -> Iterable[Request]:
        """The archive of the day that was updated last."""
        yield self._archive(date.fromisoformat(day_of_last_update(response.body)), is_newest=True)

    def parse_poll(self, response: Response) -> None:
        """Checks that it is a time."""
        with response.meta["file"].open("rb") as file:
            day_of_last_update(whole(file))
        self.coverage.is_known = True

    def parse_archive(self, response: Response, day: date, *, is_newest: bool) -> Iterable[Request]:
        """Counts the prices of every group; all must be of the day."""
        if response.status == HTTPStatus.FORBIDDEN:
            if not is_newest:
                yield self.ask("last-updated.txt", self.parse_is_newest, cb_kwargs={"day": day})
            else:
                yield from self._by_group(day)
        elif response.status != HTTPStatus.OK:
            if is_newest:  # the day is announced before its archive is there
                yield self._archive(day - timedelta(days=1))
            else:
                tell = self.warnings.append if len(self.order.days) > 1 else self.fail
                tell(f"tcgcsv has no archive of {day}; its first is of 2024-02-08")
        elif not self.is_known(response):
            try:
                self._count(response.meta["file"], day.isoformat())
            except LayoutError as error:
                if len(self.order.days) <= 1:
                    raise
                self.discard(response, str(error))

    def parse_is_newest(self, response: Response, day: date) -> Iterable[Request]:
        """Requests the groups of a day whose archive is refused, if it is the newest; others have none."""
        newest = day_of_last_update(self._text(response))
        if newest == day.isoformat():
            yield from self._by_group(day)
            return
        tell = self.warnings.append if len(self.order.days) > 1 else self.fail
        tell(
            f"tcgcsv refuses the archive of {day} (status 403). Group by group it has {newest} alone:"
            " fetch tcgcsv without a day, daily. Archives kept elsewhere load with `arb run --data DIR`"
        )

    def _by_group(self, day: date) -> Iterable[Request]:
        """Groups of every requested game; their prices land in the layout of an unpacked day."""
        self.warnings.append(f"tcgcsv refuses the archive of {day} (status 403): read group by group")
        self.part = day.isoformat()
        games = [CATEGORIES[name] for name in self.order.categories or CATEGORIES]
        yield self._groups(day, games)

    def _groups(self, day: date, games: Sequence[int]) -> Request:
        """Requests the groups of the first game; at the end, checks that the day is still the newest."""
        if not games:  # requested last: prices of two days must not be in one package
            return self.ask("last-updated.txt", self.parse_end, cb_kwargs={"day": day}, priority=-1000)
        about = {"day": day, "games": games}
        return self.ask(f"tcgplayer/{games[0]}/groups", self.parse_groups, allow=(404,), cb_kwargs=about)

    def parse_groups(self, response: Response, day: date, games: Sequence[int]) -> Iterable[Request]:
        """Requests the prices of each group of a game, then the next game."""
        is_there = response.status == HTTPStatus.OK
        for group in groups(self._text(response)) if is_there else ():
            number = group["groupId"]
            if isinstance(number, int) and not isinstance(number, bool) and number > 0:
                path = f"{games[0]}/{number}/prices"
                part = {"part": day.isoformat()}
                yield self.keep(f"tcgplayer/{path}", path, self.parse_group, meta=part, optional=True)
        if not is_there:
            self.warnings.append(f"{response.url}: status {response.status}")
        yield self._groups(day, games[1:])

    def parse_group(self, response: Response) -> None:
        """Counts the prices of a group. An unreadable group is left out; the others stay."""
        try:
            self.count("price", prices(response.url, self._text(response)))
        except LayoutError as error:
            self.discard(response, str(error))

    def parse_end(self, response: Response, day: date) -> None:
        """Fails where a new day came while groups were read."""
        if (newest := day_of_last_update(self._text(response))) != day.isoformat():
            self.fail(f"tcgcsv went from {day} to {newest} while its groups were read. Fetch it again.")

    @staticmethod
    def _text(response: Response) -> bytes:
        """The body of an answer, which a streaming spider has in a file of the archive."""
        if "file" not in response.meta:
            return response.body
        with response.meta["file"].open("rb") as file:
            return whole(file)

    def _archive(self, day: date, *, is_newest: bool = False) -> Request:
        self.part = day.isoformat()
        name = ARCHIVE.format(day=day)
        return self.keep(
            f"archive/tcgplayer/{name}",
            name,
            self.parse_archive,
            allow=(403, 404),
            meta={"part": day.isoformat()},
            cb_kwargs={"day": day, "is_newest": is_newest},
        )

    def _count(self, archive: Path, day: str) -> None:
        with TemporaryDirectory(prefix="arb-unpack-") as scratch:
            try:
                unpack(archive, Path(scratch), r".*/prices")
            except ArchiveUnreadableError as error:
                raise LayoutError(str(error)) from error
            days = sorted(path.name for path in Path(scratch).iterdir())
            if days != [day]:
                msg = f"tcgcsv: {archive.name} holds {days or 'no price file'}, not {day}"
                raise LayoutError(msg)
            for path in sorted(Path(scratch).glob("*/*/*/prices")):
                self.count("price", prices(path.relative_to(scratch).as_posix(), path.read_bytes()))
