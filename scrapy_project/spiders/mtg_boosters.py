"""Magic's booster sheets."""

from collections.abc import Iterable
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.mtg_boosters import FILE, boosters
from scrapy_project.spiders.base import SourceSpider


class MtgBoostersSpider(SourceSpider):
    """One file of taw/magic-sealed-data, rebuilt there from time to time."""

    name = "mtg_boosters"
    required: ClassVar = {"booster": ("code", "set_code", "name", "boosters", "sheets")}
    streams: ClassVar[bool] = True
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """The file."""
        yield self.keep(f"/taw/magic-sealed-data/refs/heads/master/{FILE}", FILE)

    def parse(self, response: Response) -> None:
        """Counts the boosters."""
        if self.is_known(response):
            return
        with response.meta["file"].open("rb") as file:
            self.count("booster", boosters(file))
