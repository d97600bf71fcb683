"""Magic's sealed products and what is in them."""

from collections.abc import Iterable
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.mtg_sealed_content import FILE, contents, products
from scrapy_project.spiders.base import SourceSpider


class MtgSealedContentSpider(SourceSpider):
    """The main branch of mtgjson/mtg-sealed-content as one archive: one request rather than 1,400."""

    name = "mtg_sealed_content"
    required: ClassVar = {"product": ("code", "name", "category"), "contents": ("code", "name")}
    streams: ClassVar[bool] = True
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """The archive."""
        yield self.keep("/mtgjson/mtg-sealed-content/tar.gz/refs/heads/main", FILE)

    def parse(self, response: Response) -> None:
        """Counts products and contents."""
        if self.is_known(response):
            return
        with response.meta["file"].open("rb") as file:
            self.count("product", products(file))
            self.count("contents", contents(file))
