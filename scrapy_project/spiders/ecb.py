"""ECB: one file with the reference rates of 90 days, the newest among them."""

from collections.abc import Iterator

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.ecb import newest, rates
from arb_pipeline.sources.parsing.published import not_of_the_future
from scrapy_project.spiders.base import SourceSpider

FILE = "eurofxref-hist-90d.xml"


class EcbSpider(SourceSpider):
    """The 90 days hold the last working day before a weekend or holiday, which has no rate of its own."""

    name = "ecb"
    accept = "application/xml"
    required = {"rate": ("time", "currency", "rate")}  # noqa: RUF012 - a ClassVar of the base

    def requests(self) -> Iterator[Request]:
        """The file."""
        yield self.keep(f"/stats/eurofxref/{FILE}", FILE)

    def parse(self, response: Response) -> None:
        """Counts the rates; the package is for the newest day."""
        records = rates(response.body)
        day = not_of_the_future(newest(records), source=self.name, today=self.order.today)
        self.part = self.order.part or day.isoformat()
        self.count("rate", records)
