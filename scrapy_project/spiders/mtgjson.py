"""MTGJSON's set files and deck lists."""

import gzip
import hashlib
from collections.abc import Iterable
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.mtgjson import DECKS, SETS, decks, sets, sha256_in
from scrapy_project.middlewares.conditional import REUSE
from scrapy_project.spiders.base import SourceSpider


class MtgjsonSpider(SourceSpider):
    """The one-shot archives, each against its SHA-256: robots.txt keeps robots from the single JSON files."""

    name = "mtgjson"
    required: ClassVar = {
        "set": ("code", "name"),
        "card": ("uuid", "set", "number", "name"),
        "sealed_product": ("uuid", "set", "name"),
        "deck": ("code", "name", "cards"),
    }
    streams: ClassVar[bool] = True
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """The check sums."""
        for file in (SETS, DECKS):
            yield self.ask(f"/api/v5/{file}.sha256", self.read_sum, cb_kwargs={"file": file})

    def read_sum(self, response: Response, file: str) -> Iterable[Request]:
        """Requests the archive that the check sum belongs to."""
        expected = sha256_in(response.body)
        request = self.keep(f"/api/v5/{file}", file, self.read_archive, cb_kwargs={"expected": expected})
        known = self.order.known.get(request.url)
        request.meta[REUSE] = known is not None and known.sha256 == expected
        yield request

    def read_archive(
        self, response: Response, expected: str, *, is_second: bool = False
    ) -> Iterable[Request]:
        """Checks the archive and counts what is in it; one of another build is requested again, once."""
        path, is_gzip = response.meta["file"], response.meta.get("is_gzip", False)
        with gzip.open(path) if is_gzip else path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest != expected:
            # Maybe of a crawl interrupted before the nightly build: archived, it would be reused for hours.
            self.archive.discard(response.meta["keep_key"])
            if not is_second:
                again = {"expected": expected, "is_second": True}
                url = response.meta.get("redirect_urls", [response.url])[0]
                yield self.keep(url, response.meta["keep_as"], self.read_archive, cb_kwargs=again)
                return
            self.fail(f"{response.url} has SHA-256 {digest}, its .sha256 file says {expected}. Fetch again.")
            return
        if self.is_known(response):
            return
        with path.open("rb") as file:
            if response.url.endswith(SETS):
                for kind, record in sets(file):
                    self.count(kind, [record])
            else:
                self.count("deck", decks(file))
