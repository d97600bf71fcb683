"""The poll of TCGCSV's last update, which a server may gzip though it was asked not to."""

import gzip
from codecs import BOM_UTF8
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.defs.landing import sensors
from arb_pipeline.sources.parsing import LayoutError
from scrapy_project.spiders.tcgcsv import TcgcsvSpider

SAID = b"2026-03-03T20:05:31+0000"
FILES = {
    "last-updated.txt": [SAID, SAID + b"\n", BOM_UTF8 + SAID],
    "last-updated.txt.gz": [gzip.compress(SAID, mtime=0), gzip.compress(BOM_UTF8 + SAID, mtime=0)],
}
CASES = [(name, body) for name, bodies in FILES.items() for body in bodies]


def polled(path: Path) -> TcgcsvSpider:
    spider = TcgcsvSpider(Order("tcgcsv", date(2026, 3, 4), options={"poll": ["yes"]}))
    request = Request("https://tcgcsv.com/last-updated.txt", meta={"file": path})
    spider.parse_poll(TextResponse(request.url, request=request))
    return spider


@pytest.mark.parametrize(("name", "body"), CASES, ids=range(len(CASES)))
def test_the_spider_and_the_sensor_read_it_however_it_was_sent(
    name: str, body: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(body)
    assert polled(tmp_path / name).coverage.is_known

    fetched: Any = SimpleNamespace(package=SimpleNamespace(files=tmp_path), reason="")
    monkeypatch.setattr(sensors, "fetch", lambda *_given, **_more: fetched)
    assert sensors.newest_prices() == sensors.Newest("2026-03-03", SAID.decode())


def test_what_is_no_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "last-updated.txt.gz"
    path.write_bytes(gzip.compress(b"<html>"))
    with pytest.raises(LayoutError, match="expected a time"):
        polled(path)
