"""Mapping files: what is said of a wrong one, and which file is the newest; and the crawl that reads them."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from scrapy import Request
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.sources.mappings import (
    MappingError,
    mapping_files,
    newest_file,
    read_mapping,
    watched_files,
)
from scrapy_project.crawl_archive import Archive
from scrapy_project.spiders.distributor import DistributorSpider

GOOD = {"file": "drop/alpha-*.csv", "currency": "USD", "columns": {"sku": "SKU", "price": "Price"}}
LIST = "SKU,Price\nA-1,89.95\nA-2,ask\nA-3,5\n"


def write(folder: Path, name: str = "alpha", **changed: object) -> Path:
    path = folder / f"{name}.yaml"
    given = {key: value for key, value in (GOOD | changed).items() if value is not None}
    path.write_text(yaml.safe_dump(given), "utf-8")
    return path


def drop(folder: Path, name: str, *, age: int = 0, content: str = LIST) -> Path:
    path = folder / "drop" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, "utf-8")
    os.utime(path, (1_760_000_000 - age,) * 2)
    return path


def test_a_mapping_is_named_by_its_file_and_its_list_by_its_suffix(tmp_path):
    result = read_mapping(write(tmp_path, file=None, url="https://alpha.example/list.XLSX?x=1"))

    assert (result.name, result.format, result.decimal, result.header_row) == ("alpha", "xlsx", ".", 1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"decimal": ";"}, "alpha.yaml: decimal is ';'; allowed: . or ,"),
        ({"currency": "usd"}, "currency is 'usd'; allowed: three capital letters"),
        ({"currency": None}, "currency is missing"),
        ({"category": "chess"}, "category is 'chess'; allowed: mtg, yugioh, pokemon"),
        ({"file": "../../etc/passwd"}, "file is '../../etc/passwd'; allowed: a path or pattern inside"),
        ({"file": "/etc/passwd"}, "a path or pattern inside"),
        ({"file": "a**.csv"}, "a path or pattern inside"),
        ({"file": "list.pdf"}, "format is 'pdf'; allowed: csv or xlsx"),
        ({"url": "https://a.example/l.csv"}, "file or url, one of them"),
        ({"file": None, "format": "csv"}, "file or url, one of them"),
        ({"file": None, "url": "http://a.example/l.csv"}, "https://host/path"),
        ({"file": None, "url": "https://me:secret@a.example/l.csv"}, "without a user or password"),
        ({"encoding": "klingon"}, "encoding is 'klingon'; allowed: a text encoding"),
        ({"encoding": "base64"}, "a text encoding"),
        ({"date_format": "%d.%m."}, "a format with day, month and year"),
        ({"delimiter": "||"}, "delimiter is '||'"),
        ({"header_row": 0}, "header_row is 0"),
        ({"seperator": ";"}, "seperator is unknown; allowed: name, category, file"),
        ({"columns": {"sku": "SKU"}}, "columns.price is missing"),
        ({"columns": {"price": "P"}}, "sku or upc"),
        (
            {"columns": {"sku": "S", "price": "P", "ean": "E"}},
            "columns.ean is unknown; allowed: price, sku, upc",
        ),
    ],
)
def test_a_wrong_mapping_names_file_key_value_and_what_was_allowed(tmp_path, changed, message):
    with pytest.raises(MappingError) as caught:
        read_mapping(write(tmp_path, **changed))

    assert "alpha.yaml: " in str(caught.value)
    assert message in str(caught.value)


def test_a_name_other_than_the_files_is_refused(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text("utf-8") + "name: beta", "utf-8")

    with pytest.raises(MappingError, match=r"alpha\.yaml: name is 'beta'; allowed: the file's own name"):
        read_mapping(path)


def test_a_password_in_an_address_is_not_reported(tmp_path):
    with pytest.raises(MappingError) as caught:
        read_mapping(write(tmp_path, file=None, url="https://me:secret@a.example/l.csv"))

    assert "a.example" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["a: [", "just words", "", "!!python/object/apply:os.system ['true']"])
def test_a_file_that_is_no_mapping_is_reported(tmp_path, text):
    path = tmp_path / "alpha.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(MappingError, match=r"alpha\.yaml"):
        read_mapping(path)


def test_a_key_given_twice_is_refused_and_its_text_not_reported(tmp_path):
    path = write(tmp_path)
    again = "url: https://me:secret@a.example/l.csv\nurl: https://me:secret@b.example/l.csv\n"
    path.write_text(path.read_text("utf-8") + again, "utf-8")

    with pytest.raises(
        MappingError, match=r"alpha\.yaml .*line \d+: 'url' is there twice; keep one"
    ) as caught:
        read_mapping(path)
    assert "secret" not in str(caught.value)


def test_a_date_that_is_none_is_refused_by_name(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text("utf-8") + "day: 2025-02-30\n", "utf-8")

    with pytest.raises(MappingError, match=r"alpha\.yaml .*'2025-02-30' is no date or number"):
        read_mapping(path)


def test_the_newest_file_is_the_one_that_changed_last(tmp_path):
    mapping = read_mapping(write(tmp_path))
    newest = drop(tmp_path, "alpha-1.csv", age=1)
    drop(tmp_path, "alpha-2.csv", age=2)
    drop(tmp_path, ".alpha-3.csv")
    drop(tmp_path, "beta-1.csv")
    (tmp_path / "drop/alpha-4.csv").symlink_to("/etc/hostname")

    assert newest_file(tmp_path, mapping) == newest


def test_a_watched_folder_lists_what_a_crawl_would_read(tmp_path):
    newest = drop(tmp_path, "alpha-1.csv")
    write(tmp_path)
    write(tmp_path, "beta")
    write(tmp_path, "gamma", currency="usd")
    write(tmp_path, "delta", file=None, url="https://a.example/l.csv")

    assert [path.name for path in mapping_files(tmp_path)] == [
        f"{n}.yaml" for n in ("alpha", "beta", "delta", "gamma")
    ]
    assert watched_files(tmp_path) == [newest, newest]


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(MappingError, match="ARB_SOURCE_DISTRIBUTOR_MAPPINGS"):
        mapping_files(tmp_path / "none")


def test_mappings_are_read_without_scrapy():
    code = "import sys, arb_pipeline.sources.mappings; print({'scrapy', 'twisted'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


@pytest.fixture
def crawl(tmp_path, monkeypatch):
    """A crawl of the folder, by the options of its order."""
    monkeypatch.setenv("ARB_SOURCE_DISTRIBUTOR_MAPPINGS", str(tmp_path))
    monkeypatch.delenv("ARB_SOURCE_DISTRIBUTOR_URL", raising=False)

    def crawl_of(**order: object) -> tuple[DistributorSpider, list]:
        spider = DistributorSpider(Order(source="distributor", today=date(2025, 10, 10), **order))
        spider.archive = Archive(tmp_path / "crawl", max_expanded=10**6, now=datetime.now(UTC))

        async def started() -> list:
            return [result async for result in spider.start()]

        return spider, asyncio.run(started())

    return crawl_of


def test_a_local_list_is_archived_and_its_offers_are_handed_on(tmp_path, crawl):
    write(tmp_path)
    drop(tmp_path, "alpha-1.csv")
    spider, result = crawl()

    assert [(r["kind"], r["sku"], r["price"]) for r in result] == [
        ("offer", "A-1", "89.95"),
        ("offer", "A-2", None),
        ("offer", "A-3", "5"),
    ]
    assert (tmp_path / "crawl/files/alpha.csv").read_text("utf-8") == LIST
    assert [kept.url for kept in spider.archive.used] == ["file:drop/alpha-1.csv"]
    assert spider.warnings == ["alpha: 1 of 3 rows have a problem"]
    assert (spider.failures, spider.coverage.fault(), spider.part) == ([], "", "2025-10-10")


def test_a_list_at_an_address_is_requested_there_and_nowhere_else(tmp_path, crawl):
    write(tmp_path, file=None, url="https://alpha.example/lists/today.csv")
    spider, (request,) = crawl()
    assert isinstance(request, Request)
    spider.guard.check(request.url)
    result = list(
        spider.parse(TextResponse(request.url, body=LIST.encode(), request=request), **request.cb_kwargs)
    )

    assert (request.url, request.meta["keep_as"]) == ("https://alpha.example/lists/today.csv", "alpha.csv")
    assert len(result) == 3


def test_a_mapping_that_fails_leaves_the_others(tmp_path, crawl):
    drop(tmp_path, "alpha-1.csv")
    write(tmp_path)
    write(tmp_path, "beta", file="drop/beta-*.csv")
    write(tmp_path, "gamma", decimal="x")
    write(tmp_path, "delta", file=None, url="list.csv")
    write(tmp_path, "epsilon", columns={"sku": "SKU", "price": "Cost"})
    spider, result = crawl()

    assert len(result) == 3
    assert spider.failures == []
    assert [kept.file for kept in spider.archive.used] == ["alpha.csv"]
    output = " | ".join(spider.warnings)
    assert "beta: no file matches 'drop/beta-*.csv'" in output
    assert "delta: url is 'list.csv'; allowed: a whole https address" in output
    assert "epsilon's list has no column 'Cost'" in output
    assert "gamma.yaml: decimal is 'x'" in output


def test_the_crawl_fails_when_no_mapping_worked(tmp_path, crawl):
    write(tmp_path)
    write(tmp_path, "beta", file=None, url="https://beta.example/l.csv")
    spider, (request,) = crawl()
    assert spider.failures == []

    spider.failed(SimpleNamespace(request=request, value=OSError("connection lost"), type=OSError))

    assert "no price list could be read" in spider.failures[0]
    assert "no file matches" in spider.failures[0]
    assert "connection lost" in spider.failures[0]


def test_an_order_may_name_distributors_and_games(tmp_path, crawl):
    drop(tmp_path, "alpha-1.csv")
    for name, category in {"alpha": "mtg", "beta": "pokemon", "gamma": None}.items():
        write(tmp_path, name, category=category)

    def read(**order: object) -> set[str]:
        return {record["distributor"] for record in crawl(**order)[1]}

    assert read() == {"alpha", "beta", "gamma"}
    assert read(categories=("mtg",)) == {"alpha", "gamma"}
    assert read(options={"distributor": ["beta"]}) == {"beta"}
    assert (
        "no mapping file for delta; there are: alpha, beta"
        in crawl(options={"distributor": ["delta"]})[0].failures[0]
    )
    assert crawl(options={"distributor": ["beta"]}, categories=("mtg",))[0].failures == [
        "no mapping file is for mtg"
    ]


def test_a_list_of_today_is_not_passed_off_as_one_of_another_day(tmp_path, crawl):
    write(tmp_path)
    drop(tmp_path, "alpha-1.csv")
    spider, _ = crawl(days=(date(2025, 1, 1),))

    assert spider.part == "2025-10-10"
    assert spider.warnings[0] == "2025-01-01 was requested; lists are read as they are today"


def test_a_file_that_is_too_large_is_not_read(tmp_path, crawl):
    write(tmp_path)
    with drop(tmp_path, "alpha-1.csv").open("ab") as opened:
        opened.truncate(33 * 1024 * 1024)

    assert "more than 33,554,432 bytes" in crawl()[0].failures[0]
