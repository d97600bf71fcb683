"""The crawl folder: an answer is kept whole or not at all, and a crawl that was cut short is taken up."""

import gzip
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from arb_pipeline.contracts.crawling import JOURNAL_FILE, RECORDS_FILE, Kept
from scrapy_project.crawl_archive import Archive, DamagedBodyError, check_gzip, expand, key_of

URL = "https://tcgcsv.com/tcgplayer/1/groups"
BODY = b'{"results": []}'
MIB = 1024 * 1024


def archive(folder: Path, **changes: Any) -> Archive:
    return Archive(folder, **({"max_expanded": MIB, "now": datetime.now(UTC)} | changes))


def put(of: Archive, **changes: Any) -> Kept:
    given = {"url": URL, "file": "1/groups", "body": BODY} | changes
    return of.put(given.pop("url"), given.pop("file"), given.pop("body"), **given)


def journal(folder: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (folder / JOURNAL_FILE).read_bytes().splitlines()]


def key(url: str = URL) -> str:
    return key_of("GET", url, b"")


def test_an_answer_is_kept_as_its_bytes_and_a_line_of_the_journal(tmp_path: Path) -> None:
    kept = put(archive(tmp_path), etag='"a"', last_modified="then", part="2026-01-31")
    assert (tmp_path / "files/1/groups").read_bytes() == BODY
    (line,) = journal(tmp_path)
    assert (line["url"], line["file"], line["bytes"], line["etag"]) == (URL, "1/groups", 15, '"a"')
    assert (line["last_modified"], line["part"], line["is_gzip"]) == ("then", "2026-01-31", False)
    assert line["key"] == kept.key == key()


def test_a_request_is_known_by_its_method_url_and_body() -> None:
    keys = {key_of(*requested) for requested in (("GET", URL, b""), ("POST", URL, b""), ("POST", URL, b"a"))}
    keys |= {key_of("GET", URL + "b", b""), key_of("GETh", URL[1:], b"")}
    assert len(keys) == 5


def test_the_next_crawl_takes_up_what_was_kept(tmp_path: Path) -> None:
    put(archive(tmp_path))
    again = archive(tmp_path)
    assert again.used == ()  # kept, but not asked for yet
    kept = again.get(key())
    assert kept is not None
    assert again.path(kept).read_bytes() == BODY
    assert again.used == (kept,)
    assert again.get(key("https://tcgcsv.com/other")) is None


def test_a_journal_cut_in_the_middle_of_a_line_loses_that_answer_only(tmp_path: Path) -> None:
    first = archive(tmp_path)
    put(first)
    put(first, url=URL + "2", file="2/groups")
    path = tmp_path / JOURNAL_FILE
    path.write_bytes(path.read_bytes()[:-20])
    again = archive(tmp_path)
    assert again.get(key()) is not None
    assert again.get(key(URL + "2")) is None


def test_an_answer_kept_after_a_cut_line_is_found_by_the_crawl_after_that(tmp_path: Path) -> None:
    put(archive(tmp_path))
    path = tmp_path / JOURNAL_FILE
    path.write_bytes(path.read_bytes() + b'{"key": "cut')
    put(archive(tmp_path), url=URL + "2", file="2/groups")
    assert archive(tmp_path).get(key(URL + "2")) is not None


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"null\n", b'{"key": 1}\n', b"\xff\xfe\n", b'{"surplus": 1}\n']
)
def test_a_line_that_is_none_is_passed_over(tmp_path: Path, line: bytes) -> None:
    put(archive(tmp_path))
    path = tmp_path / JOURNAL_FILE
    path.write_bytes(line + path.read_bytes())
    assert archive(tmp_path).get(key()) is not None


def test_a_file_that_is_not_what_the_journal_says_is_fetched_again(tmp_path: Path) -> None:
    put(archive(tmp_path))
    (tmp_path / "files/1/groups").write_bytes(BODY[:-1])
    assert archive(tmp_path).get(key()) is None


def test_a_file_that_is_gone_is_fetched_again(tmp_path: Path) -> None:
    put(archive(tmp_path))
    (tmp_path / "files/1/groups").unlink()
    assert archive(tmp_path).get(key()) is None


@pytest.mark.parametrize(("hours", "is_kept"), [(11.9, True), (12.1, False)])
def test_an_answer_older_than_twelve_hours_is_fetched_again(
    tmp_path: Path, hours: float, is_kept: bool
) -> None:
    put(archive(tmp_path))
    later = archive(tmp_path, now=datetime.now(UTC) + timedelta(hours=hours))
    assert (later.get(key()) is not None) == is_kept


def test_records_are_written_anew(tmp_path: Path) -> None:
    (tmp_path / RECORDS_FILE).write_bytes(b'{"kind": "listing"}\n{"ki')
    archive(tmp_path)
    assert not (tmp_path / RECORDS_FILE).exists()


def test_an_answer_given_up_is_neither_used_nor_there(tmp_path: Path) -> None:
    of = archive(tmp_path)
    of.discard(put(of).key)
    assert of.used == ()
    assert not (tmp_path / "files/1/groups").exists()
    assert archive(tmp_path).get(key()) is None


def test_used_answers_are_in_the_order_of_their_files(tmp_path: Path) -> None:
    of = archive(tmp_path)
    for name in ("b", "a", "c"):
        put(of, url=URL + name, file=name)
    assert [kept.file for kept in of.used] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "name", ["../evil", "../../evil", "a/../../evil", "/etc/evil", "a/../../files2/evil"]
)
def test_a_name_that_leads_out_of_the_package_is_refused(tmp_path: Path, name: str) -> None:
    of = archive(tmp_path / "crawl")
    with pytest.raises(ValueError, match="leads out of the package"):
        put(of, file=name)
    assert not list(tmp_path.rglob("*evil*"))
    assert not (tmp_path / "crawl" / JOURNAL_FILE).exists()


def test_a_link_in_the_folder_leads_nowhere_either(tmp_path: Path) -> None:
    of = archive(tmp_path / "crawl")
    (tmp_path / "crawl/files/out").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="leads out of the package"):
        put(of, file="out/evil")


# Gzip


def test_gzip_of_the_transfer_is_kept_as_it_came_under_a_name_that_tells(tmp_path: Path) -> None:
    packed = gzip.compress(BODY)
    kept = put(archive(tmp_path), body=packed, is_gzip=True)
    assert (kept.file, kept.is_gzip, kept.bytes) == ("1/groups.gz", True, len(packed))
    assert (tmp_path / "files/1/groups.gz").read_bytes() == packed


def test_gzip_without_its_trailer_is_damaged_wherever_it_is_cut(tmp_path: Path) -> None:
    packed = gzip.compress(BODY * 100)
    for end in range(len(packed)):
        with pytest.raises(DamagedBodyError):
            expand(packed[:end], MIB)
    assert expand(packed, MIB) == BODY * 100
    with pytest.raises(DamagedBodyError, match="ends before its trailer"):
        put(archive(tmp_path), body=packed[:-8], is_gzip=True)
    assert not (tmp_path / JOURNAL_FILE).exists()


@pytest.mark.parametrize("flipped", [-1, -5, 12])
def test_gzip_with_a_wrong_byte_is_damaged(flipped: int) -> None:
    packed = bytearray(gzip.compress(BODY * 100))
    packed[flipped] ^= 0xFF
    with pytest.raises(DamagedBodyError):
        check_gzip(bytes(packed), MIB)


@pytest.mark.parametrize("body", [BODY, b"\x1f", zlib.compress(BODY)])
def test_what_is_no_gzip_is_damaged(body: bytes) -> None:
    with pytest.raises(DamagedBodyError):
        expand(body, MIB)


def test_an_empty_answer_labelled_gzip_is_damaged() -> None:
    with pytest.raises(DamagedBodyError, match="after 0 bytes"):
        expand(b"", MIB)


def test_a_bomb_is_refused_at_the_limit() -> None:
    packed = gzip.compress(bytes(3 * MIB))
    assert len(expand(packed, 3 * MIB)) == 3 * MIB
    with pytest.raises(DamagedBodyError, match=r"3,\d+ bytes of gzip expand beyond 3,145,727"):
        expand(packed, 3 * MIB - 1)


def test_gzip_of_several_members_is_read_to_the_last() -> None:
    packed = gzip.compress(b"one,") + gzip.compress(b"two,") + gzip.compress(b"three")
    assert expand(packed, MIB) == b"one,two,three"
    with pytest.raises(DamagedBodyError):
        expand(packed[:-1], MIB)
    with pytest.raises(DamagedBodyError):
        expand(packed, 12)


def test_what_follows_gzip_and_is_none_is_damage() -> None:
    with pytest.raises(DamagedBodyError, match="does not decode"):
        expand(gzip.compress(BODY) + b"<html>", MIB)
