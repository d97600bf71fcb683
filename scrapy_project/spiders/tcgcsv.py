"""TCGplayer's prices through TCGCSV: one archive a day, rather than 1,300 groups."""

from collections.abc import Iterable
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.tcgcsv import REQUIRED, day_of_last_update, prices
from arb_pipeline.sources.unpack import ArchiveUnreadableError, unpack
from scrapy_project.spiders.base import SourceSpider

ARCHIVE = "prices-{day}.ppmd.7z"


class TcgcsvSpider(SourceSpider):
    """A day's archive; the newest day is told by `last-updated.txt`."""

    name = "tcgcsv"
    required = REQUIRED
    streams = True
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """The archives of the days asked for, else of the newest; or only when that was (option `poll`)."""
        if self.option("poll"):
            plain = {"Accept-Encoding": "identity"}  # it is read where it landed
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
        """Only looks whether it is a time."""
        with response.meta["file"].open("rb") as file:
            day_of_last_update(whole(file))
        self.coverage.is_known = True

    def parse_archive(self, response: Response, day: date, *, is_newest: bool) -> Iterable[Request]:
        """Counts the prices of every group; all of them have to be of the day."""
        if response.status != HTTPStatus.OK:
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

    def _archive(self, day: date, *, is_newest: bool = False) -> Request:
        self.part = day.isoformat()
        name = ARCHIVE.format(day=day)
        return self.keep(
            f"archive/tcgplayer/{name}",
            name,
            self.parse_archive,
            allow=(404,),
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
