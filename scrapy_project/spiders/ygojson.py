"""YGOJSON: one zip of everything, rebuilt every night."""

import zlib
from collections.abc import Iterable
from typing import ClassVar
from zipfile import BadZipFile, ZipFile

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.contracts.sources import MEBIBYTE
from arb_pipeline.sources.archives import check_zip
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.ygojson import FILES, SOURCE
from scrapy_project.spiders.base import SourceSpider

RELEASE = "iconmaster5326/YGOJSON/releases/download/v1"
MAX_MEMBER = 1024 * MEBIBYTE
"""Bytes of one file of the zip; it is read in pieces."""


class YgojsonSpider(SourceSpider):
    """The aggregate release."""

    name = "ygojson"
    required = {  # noqa: RUF012 - a ClassVar of the base
        "card": ("id",),
        "set": ("id",),
        "contents": ("set", "formats"),
        "printing": ("id", "card"),
        "distribution": ("id", "slots"),
        "sealed_product": ("id",),
        "pack": ("product",),
    }
    streams = True
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """The zip."""
        yield self.keep(f"{RELEASE}/aggregate.zip", "aggregate.zip", self.aggregate)

    def aggregate(self, response: Response) -> None:
        """Counts what each file of the zip holds."""
        try:
            with ZipFile(response.meta["file"]) as archive:
                check_zip(archive)
                for kind, (name, records) in FILES.items():
                    if archive.getinfo(name).file_size > MAX_MEMBER:
                        msg = f"{SOURCE}'s {name} has {archive.getinfo(name).file_size:,} bytes"
                        raise LayoutError(msg)
                    with archive.open(name) as file:
                        self.count(kind, records(file))
        except (BadZipFile, KeyError, OSError, zlib.error) as error:
            msg = f"{SOURCE}'s aggregate.zip does not open: {error}"
            raise LayoutError(msg) from error
