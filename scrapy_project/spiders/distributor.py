"""Distributors: price lists from a watched folder or an address, each by its mapping file."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.mappings import (
    MappingError,
    PriceListMapping,
    mapping_files,
    newest_file,
    read_mapping,
)
from arb_pipeline.sources.parsing import LayoutError, Record
from arb_pipeline.sources.parsing.distributor import offers
from scrapy_project.crawl_archive import key_of
from scrapy_project.spiders.base import SourceSpider


class DistributorSpider(SourceSpider):
    """One price list per mapping. A failed list is a warning, and a failure if no list is valid."""

    name = "distributor"
    accept = "*/*"
    writes_records = True
    required = {"offer": ("distributor", "currency", "row")}  # noqa: RUF012 - a ClassVar of the base
    # The parser checks list by list whether enough rows have a price.

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As `SourceSpider`."""
        super().__init__(*args, **kwargs)
        self.part = self.order.part or self.order.today.isoformat()
        if self.order.day not in {None, self.order.today}:
            self.warnings.append(f"{self.order.day} was requested; lists are read as they are today")
        self._waiting: set[str] = set()
        self._good: set[str] = set()

    async def start(self) -> AsyncIterator[Request | Record]:
        """Reads the local lists, requests the others."""
        for item in self._all():
            yield item

    def parse(self, response: Response, mapping: PriceListMapping) -> Iterator[Record]:
        """The offers of a list that was fetched."""
        yield from self._offers(response.body, mapping, key=response.meta["keep_key"])

    def failed(self, failure: Any) -> None:
        """A list that could not be fetched."""
        response = getattr(failure.value, "response", None)
        why = (
            f"status {response.status}"
            if response is not None
            else str(failure.value) or failure.type.__name__
        )
        self._failed(failure.request.cb_kwargs["mapping"].name, f"{failure.request.url}: {why}")

    def _all(self) -> Iterator[Request | Record]:
        folder = Path(self.key("mappings")).expanduser()
        try:
            files = self._selected(mapping_files(folder))
        except MappingError as error:
            self.fail(str(error))
            return
        self._waiting = {path.stem for path in files}
        for path in files:
            try:
                yield from self._first(folder, read_mapping(path))
            except (MappingError, OSError) as error:
                self._failed(path.stem, str(error))
        if not self._waiting and not self._good and not self.failures:
            self.fail(f"no mapping file is for {', '.join(self.order.categories)}")

    def _selected(self, files: list[Path]) -> list[Path]:
        """The mapping files of this crawl."""
        names = self.option("distributor")
        known = {path.stem for path in files}
        if unknown := set(names) - known or not files:
            wrong = f"no mapping file for {', '.join(sorted(unknown))}" if unknown else "no mapping file"
            msg = f"{wrong}; there are: {', '.join(sorted(known)) or 'none'}"
            raise MappingError(msg)
        return [path for path in files if not names or path.stem in names]

    def _first(self, folder: Path, mapping: PriceListMapping) -> Iterator[Request | Record]:
        """The request for a list, or the records of a local one."""
        name, wanted = mapping.name, self.order.categories
        if wanted and mapping.category and mapping.category not in wanted:
            self._waiting.discard(name)
        elif mapping.url:
            if "://" in mapping.url:
                self.guard.allow(mapping.url)
            elif not self.base:
                msg = (
                    f"{name}: url is {mapping.url!r}; allowed: a whole https address. A path alone needs "
                    "ARB_SOURCE_DISTRIBUTOR_URL."
                )
                raise MappingError(msg)
            meta = {"keep_key": self._key(mapping.url, mapping)}
            yield self.keep(mapping.url, self._file(mapping), cb_kwargs={"mapping": mapping}, meta=meta)
        else:
            body, key = self._local(folder, mapping)
            yield from self._offers(body, mapping, key=key)

    def _local(self, folder: Path, mapping: PriceListMapping) -> tuple[bytes, str]:
        """The bytes of a local list, archived, and their key there."""
        path = newest_file(folder, mapping)
        if path is None:
            msg = f"{mapping.name}: no file matches {mapping.file!r} in {folder}"
            raise MappingError(msg)
        if path.stat().st_size > self.source.max_bytes:
            msg = f"{mapping.name}: {path.name} has more than {self.source.max_bytes:,} bytes"
            raise MappingError(msg)
        body = path.read_bytes()
        url = f"file:{path.relative_to(folder).as_posix()}"
        key = self._key(url, mapping)
        self.archive.put(url, self._file(mapping), body, key=key)
        return body, key

    @staticmethod
    def _key(url: str, mapping: PriceListMapping) -> str:
        """Archive key of a list; two mappings may read the same list, e.g. one sheet each."""
        return key_of("GET", url, mapping.name.encode())

    @staticmethod
    def _file(mapping: PriceListMapping) -> str:
        return f"{mapping.name}.{mapping.format}"

    def _offers(self, body: bytes, mapping: PriceListMapping, *, key: str) -> Iterator[Record]:
        try:
            records = offers(body, mapping)
        except LayoutError as error:
            self.archive.discard(key)
            self._failed(mapping.name, str(error))
            return
        yield from self.take("offer", records)
        if bad := sum(bool(record["problem"]) for record in records):
            self.warnings.append(f"{mapping.name}: {bad:,} of {len(records):,} rows have a problem")
        self._good.add(mapping.name)
        self._waiting.discard(mapping.name)

    def _failed(self, name: str, why: str) -> None:
        self.warnings.append(f"{name}: {why}".replace(f"{name}: {name}", name))
        self._waiting.discard(name)
        if not self._waiting and not self._good:
            self.fail("no price list could be read: " + "; ".join(self.warnings))
