"""YGOJSON's files, read an element at a time, and the zip that holds them."""

import io
import json
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from scrapy import Request
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.sources.parsing import LayoutError, ygojson
from scrapy_project.spiders.ygojson import YgojsonSpider

SET = {
    "id": "set-1",
    "name": {"en": "Legend of Blue Eyes White Dragon", "ja": "青眼の白龍伝説"},
    "locales": {"na": {"language": "en", "date": "2002-03-08"}, "jp": {"language": "ja"}},
    "contents": [
        {
            "locales": ["en"],
            "formats": ["tcg"],
            "editions": ["1st", "unlimited"],
            "distrobution": "dist-1",
            "packsPerBox": 24,
            "cards": [{"id": "p-1", "card": "card-1", "suffix": "001", "rarity": "ultra"}],
            "externalIDs": {"ygoprodeck": "Legend of Blue Eyes White Dragon"},
        },
        {"formats": ["duellinks"], "cards": [{"id": "p-2", "card": "card-1"}]},
    ],
}
CARD = {
    "id": "card-1",
    "text": {"en": {"name": "Blue-Eyes White Dragon"}},
    "cardType": "monster",
    "passwords": ["89631139"],
    "externalIDs": {"ygoprodeck": {"id": 89631139, "name": "blue-eyes-white-dragon"}},
}
DISTRIBUTION = {
    "id": "dist-1",
    "name": "Core",
    "slots": [{"type": "pool", "rarity": [{"rarities": ["common"]}], "qty": 8}],
}
PRODUCT = {
    "id": "box-1",
    "name": {"en": "Legend of Blue Eyes White Dragon (Box)"},
    "boxOf": ["set-1"],
    "contents": [
        {"locales": ["en"], "packs": [{"set": "set-1", "qty": 24}, {"set": "set-2", "card": "card-1"}]}
    ],
}
MEMBERS = {
    "cards.json": [CARD],
    "sets.json": [SET],
    "distributions.json": [DISTRIBUTION],
    "sealedProducts.json": [PRODUCT],
}


def file(*records: object) -> io.BytesIO:
    return io.BytesIO(json.dumps(records, ensure_ascii=False, indent=1).encode())


def test_a_card_leads_to_ygoprodeck():
    (result,) = ygojson.cards(file(CARD))

    assert result["name"] == "Blue-Eyes White Dragon"
    assert result["ygoprodeck"] == 89631139


def test_a_set_has_the_day_of_each_locale():
    (result,) = ygojson.sets(file(SET))

    assert result["name"] == "Legend of Blue Eyes White Dragon"
    assert result["dates"] == {"na": "2002-03-08", "jp": None}


def test_each_contents_of_a_set_is_a_record():
    paper, screen = ygojson.contents(file(SET))

    assert paper == {
        "set": "set-1",
        "index": 0,
        "cards": 1,
        "locales": ["en"],
        "formats": ["tcg"],
        "editions": ["1st", "unlimited"],
        "distrobution": "dist-1",
        "packsPerBox": 24,
        "ygoprodeck": "Legend of Blue Eyes White Dragon",
    }
    assert screen["formats"] == ["duellinks"]
    assert screen["distrobution"] is None


def test_a_printing_says_which_contents_it_is_of():
    assert [
        (printing["contents"], printing["id"], printing["rarity"])
        for printing in ygojson.printings(file(SET))
    ] == [
        (0, "p-1", "ultra"),
        (1, "p-2", None),
    ]


def test_a_distribution_keeps_its_slots_and_a_product_its_packs():
    assert next(iter(ygojson.distributions(file(DISTRIBUTION))))["slots"] == DISTRIBUTION["slots"]
    assert next(iter(ygojson.sealed_products(file(PRODUCT))))["boxOf"] == ["set-1"]
    assert [(pack["set"], pack["qty"]) for pack in ygojson.packs(file(PRODUCT))] == [
        ("set-1", 24),
        ("set-2", None),
    ]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1_000_000])
def test_elements_are_the_same_however_the_file_is_cut_into_pieces(monkeypatch, chunk):
    records = [SET, {}, CARD, {"name": 'a "]},{[ \\ ä', "n": -1.5e3}]
    monkeypatch.setattr(ygojson, "CHUNK", chunk)

    assert list(ygojson.elements(file(*records))) == records


def test_a_list_is_never_held_whole():
    """200 elements of 100 kB: the reader is never more than a piece and an element ahead."""
    stream = file(*({"id": n, "text": "x" * 100_000} for n in range(200)))
    elements = ygojson.elements(stream)

    next(elements)

    assert stream.tell() < 3 * ygojson.CHUNK


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no list of objects"),
        (b"<!doctype html>", "no list of objects"),
        (b'{"cards": []}', "no list of objects"),
        (b"[]", "no list of objects"),
        (b"[1, 2]", "no list of objects"),
        (b'[{"id": 1}, {"id": 2', "cut or no JSON"),
        (b'[{"id": 1}, ', "no list of objects"),
        (b'[{"id": 1},]', "no list of objects"),
        (b'[{"id": 1}', "a list that is cut"),
        (b'[{"id": 1} {"id": 2}]', "no comma"),
        (b'[{"id": 1}] [', "something after its list"),
        (b'[{"id": "\xe9"}]', "no UTF-8"),
    ],
)
def test_what_is_no_whole_list_is_refused(content, message):
    with pytest.raises(LayoutError, match=message):
        list(ygojson.elements(io.BytesIO(content)))


def spider_after(path: Path) -> YgojsonSpider:
    spider = YgojsonSpider(Order("ygojson", date(2026, 6, 1)))
    request = Request("https://github.com/x/aggregate.zip", meta={"file": path})
    spider.aggregate(TextResponse(request.url, request=request))
    return spider


def zipped(path: Path, members: dict) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, records in members.items():
            archive.writestr(name, json.dumps(records))
    return path


def test_the_zip_is_read_by_kind(tmp_path: Path):
    spider = spider_after(zipped(tmp_path / "aggregate.zip", MEMBERS | {"meta.json": {"increment": 1669}}))

    assert spider.coverage.counts == {
        "card": 1,
        "set": 1,
        "contents": 2,
        "printing": 2,
        "distribution": 1,
        "sealed_product": 1,
        "pack": 2,
    }
    assert spider.coverage.fault() == ""


@pytest.mark.parametrize("missing", sorted(MEMBERS))
def test_a_zip_that_lacks_a_file_is_refused(tmp_path: Path, missing):
    members = {name: records for name, records in MEMBERS.items() if name != missing}

    with pytest.raises(LayoutError, match=missing):
        spider_after(zipped(tmp_path / "aggregate.zip", members))


def test_a_zip_that_is_cut_or_none_is_refused(tmp_path: Path):
    whole = zipped(tmp_path / "aggregate.zip", MEMBERS).read_bytes()
    for content in (whole[: len(whole) // 2], b"<html>Sign in</html>", b""):
        (tmp_path / "aggregate.zip").write_bytes(content)
        with pytest.raises(LayoutError, match="does not open"):
            spider_after(tmp_path / "aggregate.zip")


def test_a_damaged_member_is_refused(tmp_path: Path):
    path = zipped(tmp_path / "aggregate.zip", MEMBERS)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(LayoutError):
        spider_after(path)


def test_a_member_that_grows_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("scrapy_project.spiders.ygojson.MAX_MEMBER", 100)

    with pytest.raises(LayoutError, match=r"cards\.json has"):
        spider_after(zipped(tmp_path / "aggregate.zip", MEMBERS))
