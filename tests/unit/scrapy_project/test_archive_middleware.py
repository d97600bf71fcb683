"""Archive of answers: whole ones only, archives under their own name, gzip of the transfer by its own."""

import asyncio
import gzip
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from arb_pipeline.contracts.crawling import Order
from scrapy_project.crawl_archive import Archive
from scrapy_project.middlewares.archive import ArchiveMiddleware
from scrapy_project.spiders import spider_of

SEVEN = b"7z\xbc\xaf\x27\x1c and the rest"


def taken(folder: Path, body: bytes, *, source: str = "tcgcsv", status: int = 200, **said: Any) -> Any:
    """Result of the middleware, and the archived files: (answer, [(file, bytes, is_gzip)])."""
    spider = spider_of(source)(Order(source, date(2026, 3, 4)))
    spider.archive = Archive(folder, max_expanded=10**6, now=datetime.now(UTC))
    file = said.get("file", "prices-2026-03-03.ppmd.7z")
    request = Request("https://tcgcsv.com/a", meta={"keep_as": file, "keep_key": "k"})
    headers = {"Content-Encoding": said["encoding"]} if "encoding" in said else {}
    response = Response(request.url, status=status, headers=headers, body=body, request=request)
    middleware = ArchiveMiddleware(SimpleNamespace(spider=spider))
    answer = asyncio.run(middleware.process_response(request, response))
    kept = [(k.file, spider.archive.path(k).read_bytes(), k.is_gzip) for k in spider.archive.used]
    return SimpleNamespace(answer=answer, kept=kept)


@pytest.mark.parametrize("status", [201, 202, 203, 204, 206])
def test_a_success_that_is_no_whole_answer_is_a_failed_request(tmp_path: Path, status: int) -> None:
    with pytest.raises(HttpError, match=f"status {status}"):
        taken(tmp_path, b"{}", status=status)
    assert not any((tmp_path / "files").iterdir())


@pytest.mark.parametrize("status", [304, 404, 500])
def test_what_is_no_success_is_handed_on_and_not_kept(tmp_path: Path, status: int) -> None:
    result = taken(tmp_path, b"", status=status)
    assert (result.answer.status, result.kept) == (status, [])


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_an_archive_is_kept_without_the_gzip_of_its_transfer(tmp_path: Path, encoding: str) -> None:
    result = taken(tmp_path, gzip.compress(SEVEN), encoding=encoding)
    assert result.kept == [("prices-2026-03-03.ppmd.7z", SEVEN, False)]


def test_a_file_whose_own_gzip_is_declared_as_that_of_the_transfer_is_kept_as_it_came(tmp_path: Path) -> None:
    body = gzip.compress(b'{"id": 1}\n')
    result = taken(tmp_path, body, source="scryfall", encoding="gzip", file="default-cards.jsonl.gz")
    assert result.kept == [("default-cards.jsonl.gz", body, False)]


def test_a_file_that_is_gzip_and_was_gzipped_again_loses_the_second_only(tmp_path: Path) -> None:
    body = gzip.compress(b'{"id": 1}\n')
    twice = gzip.compress(body)
    result = taken(tmp_path, twice, source="scryfall", encoding="gzip", file="default-cards.jsonl.gz")
    assert result.kept == [("default-cards.jsonl.gz", body, False)]


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
def test_any_other_answer_is_kept_as_gzip_and_read_as_what_it_holds(tmp_path: Path, encoding: str) -> None:
    body = gzip.compress(b"{}")
    result = taken(tmp_path, body, source="cardkingdom", encoding=encoding, file="sealed.json")
    assert (result.kept, result.answer.body) == ([("sealed.json.gz", body, True)], b"{}")
