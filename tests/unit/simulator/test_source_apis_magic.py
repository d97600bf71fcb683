"""Simulated TCGCSV and Magic sources, over a small folder made by hand, and over real data if present."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from arb_pipeline.simulator.replay.archives import unpack_7z
from arb_pipeline.simulator.source_apis import (
    Answer,
    Request,
    mtg_boosters,
    mtg_decks,
    mtg_sealed_content,
    mtgjson,
    scryfall,
    tcgcsv,
    tcgcsv_products,
)

BOOSTERS, DECKS, SEALED = mtg_boosters.PATH, mtg_decks.PATH, mtg_sealed_content.PATH
POLITE = {"user-agent": "arb", "accept": "*/*"}
DECK = {
    "name": "Kazz's First Deck",
    "type": "Intro Pack",
    "set_code": "abc",
    "release_date": "2020-01-01",
    "cards": [["abc", "1", 0, 4], ["abc", 9, 1, 1]],
    "commander": [["abc", "2", 1, 1]],
}
FILES: dict[str, Any] = {
    "tcgcsv/raw/2026-01-01/1/7/prices": {"success": True, "errors": [], "results": []},
    "tcgcsv/raw/2026-01-02/1/7/prices": {"success": True, "errors": [], "results": [{"productId": 1}]},
    "tcgcsv/mtg_groups.csv": "categoryId,groupId,set\n1,7,abc\n1,8,xyz\n",
    "tcgcsv/sealed_products.csv": "tcgplayerProductId,set,name\n11,abc,ABC & Co. Booster Box\n12,def,Other Box\n",
    "tcgcsv/products/2/5/products": {"totalItems": 0, "success": True, "errors": [], "results": []},
    "pokemon/tcgplayer/Groups_category3.csv": '604,"Base Set",3,,"2025-09-23T14:11:13.133"\n',
    "pokemon/tcgplayer/BaseSetProductsAndPrices.csv": (
        "productId,name,cleanName,imageUrl,categoryId,groupId,url,modifiedOn,extNumber,extCardType,lowPrice,subTypeName\n"
        "42,Alakazam,Alakazam,i,3,604,u,2025-05-16T14:44:24,001/102,Psychic,3,Holofoil\n"
        "42,Alakazam,Alakazam,i,3,604,u,2025-05-16T14:44:24,001/102,Psychic,9,1st Edition\n"
    ),
    "pokemon/sealed_daily/sealed_products_tracking.csv": (
        "productId,name,cleanName,imageUrl,earliestDate,set_code,url\n"
        "50,Base Set Booster Box,Base Set Booster Box,i,2024-01-01,604,u\n51,Tin,Tin,i,2024-01-01,605,u\n"
    ),
    "pokemon/tcgdex/zz01.json": {
        "set": {"name": "Tidal", "abbreviations": {"official": "TDL"}, "thirdParty": {"tcgplayer": 605}}
    },
    "mtg/mtgjson/slim/ABC.json": {"meta": {"date": "2022-04-25", "version": "5.2"}, "data": {"code": "ABC"}},
    "mtg/precon_decks/a.json": [DECK],
    "mtg/precon_decks/b.json": [{**DECK, "release_date": "2021-01-01"}],
    "mtg/sealed_content/data/products/ABC.yaml": "code: abc\nproducts: {}\n",
    "mtg/sealed_content/data/contents/ABC.yaml": "code: abc\nproducts: {}\n",
    "mtg/boosters/booster/abc-play.json": {"code": "other", "boosters": [], "sheets": {}},
    "mtg/scryfall/abc.json": [
        {"object": "card", "id": "s1", "name": "A", "set": "abc", "collector_number": "1"}
    ],
    "mtg/id_map/mtg_id_map.csv": (
        "set,number,name,rarity,finishes,uuid,scryfallId,mcmId,tcgplayerProductId,tcgplayerEtchedProductId\n"
        "abc,1,A,rare,nonfoil|foil,u1,s1,,11,\nabc,2,B,mythic,foil|etched|signed,u2,s2,5,12,13\n"
        "abc,3,B,rare,nonfoil,u3,,,,\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A little of everything."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return tmp_path


def get(speaker: Any, folder: Path, path: str, day: str = "", **headers: str) -> Answer:
    """Answer of a simulated source to a GET."""
    return speaker.answer(folder, Request("GET", path, headers=headers, origin="http://here", day=day))


def results(answer: Answer) -> list[dict[str, Any]]:
    """TCGCSV's envelope, opened."""
    body = json.loads(answer.body)
    assert (body["success"], body["totalItems"]) == (True, len(body["results"]))
    return body["results"]


def members(body: bytes) -> dict[str, bytes]:
    """Members of a tar, however compressed."""
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}


def test_tcgcsv_builds_the_archive_of_an_unpacked_day(folder: Path) -> None:
    path = "/archive/tcgplayer/prices-2026-01-02.ppmd.7z"
    answer = get(tcgcsv, folder, path)
    inside = unpack_7z(answer.body)
    assert list(inside) == ["2026-01-02/1/7/prices"]
    assert json.loads(inside["2026-01-02/1/7/prices"])["results"] == [{"productId": 1}]
    assert (answer.content_type, str(answer.modified.date())) == ("application/x-7z-compressed", "2026-01-02")
    assert get(tcgcsv, folder, path).body == answer.body


@pytest.mark.parametrize(("day", "status"), [("2026-01-02", 200), ("2026-01-01", 404)])
def test_tcgcsv_has_no_day_that_has_not_come(folder: Path, day: str, status: int) -> None:
    assert get(tcgcsv, folder, "/archive/tcgplayer/prices-2026-01-02.ppmd.7z", day).status == status


def test_tcgcsv_prices_are_those_of_the_day_the_market_stands_at(folder: Path) -> None:
    today, yesterday = (get(tcgcsv, folder, "/tcgplayer/1/7/prices", d) for d in ("", "2026-01-01"))
    assert [json.loads(answer.body)["results"] for answer in (today, yesterday)] == [[{"productId": 1}], []]


def test_an_archive_counts_where_the_day_is_unpacked_too(folder: Path) -> None:
    day, other = "2026-01-02", folder / "other"
    (other / f"tcgcsv/raw/{day}/1/7").mkdir(parents=True)
    (other / f"tcgcsv/raw/{day}/1/7/prices").write_text("{}")
    path = f"/archive/tcgplayer/prices-{day}.ppmd.7z"
    archive = other / f"tcgcsv/archive/prices-{day}.ppmd.7z"
    archive.parent.mkdir()
    archive.write_bytes(get(tcgcsv, folder, path).body)
    assert get(tcgcsv, other, path).body == archive.read_bytes()
    assert b'"productId": 1' in get(tcgcsv, other, "/tcgplayer/1/7/prices").body


def test_groups_come_from_every_file_that_names_one(folder: Path) -> None:
    result = {n: results(get(tcgcsv_products, folder, f"/tcgplayer/{n}/groups")) for n in (1, 2, 3)}
    named = {n: [(g["groupId"], g["name"]) for g in groups] for n, groups in result.items()}
    assert named == {1: [(7, "ABC"), (8, "XYZ")], 2: [(5, "Group 5")], 3: [(604, "Base Set"), (605, "Tidal")]}
    assert result[3][0]["modifiedOn"] == "2025-09-23T14:11:13.133"
    assert get(tcgcsv, folder, "/tcgplayer/3/groups") == get(tcgcsv_products, folder, "/tcgplayer/3/groups")
    assert get(tcgcsv, folder, "/tcgplayer/68/groups").status == 404


def test_categories_are_the_games(folder: Path) -> None:
    result = results(get(tcgcsv, folder, "/tcgplayer/categories"))
    assert [(group["categoryId"], group["name"]) for group in result] == [
        (1, "Magic"),
        (2, "YuGiOh"),
        (3, "Pokemon"),
    ]


def test_products_are_put_together_from_what_the_folder_says(folder: Path) -> None:
    card, box = results(get(tcgcsv_products, folder, "/tcgplayer/3/604/products"))
    assert (card["productId"], box["productId"], box["groupId"]) == (42, 50, 604)
    assert card["extendedData"] == [
        {"name": "Number", "displayName": "Number", "value": "001/102"},
        {"name": "CardType", "displayName": "Card Type", "value": "Psychic"},
    ]
    assert box["extendedData"] == []
    (magic,) = results(get(tcgcsv_products, folder, "/tcgplayer/1/7/products"))
    assert (magic["productId"], magic["cleanName"]) == (11, "ABC and Co Booster Box")
    assert results(get(tcgcsv_products, folder, "/tcgplayer/1/8/products")) == []
    assert get(tcgcsv_products, folder, "/tcgplayer/1/9/products").status == 404


def test_listings_of_the_folder_are_answered_as_they_are(folder: Path) -> None:
    path = "tcgcsv/products/2/5/products"
    assert get(tcgcsv_products, folder, "/tcgplayer/2/5/products").body == (folder / path).read_bytes()


@pytest.mark.parametrize("compression", ["xz", "gz"])
def test_mtgjson_packs_sets_and_tells_their_checksum(folder: Path, compression: str) -> None:
    path = f"/api/v5/AllSetFiles.tar.{compression}"
    body = get(mtgjson, folder, path).body
    assert json.loads(members(body)["AllSetFiles/ABC.json"]) == FILES["mtg/mtgjson/slim/ABC.json"]
    assert get(mtgjson, folder, f"{path}.sha256").body.decode() == hashlib.sha256(body).hexdigest()


def test_mtgjson_writes_decks_in_its_own_format(folder: Path) -> None:
    inside = members(get(mtgjson, folder, "/api/v5/AllDeckFiles.tar.xz").body)
    assert list(inside) == ["AllDeckFiles/KazzsFirstDeck_ABC.json", "AllDeckFiles/KazzsFirstDeck_ABC_.json"]
    deck = json.loads(inside["AllDeckFiles/KazzsFirstDeck_ABC.json"])["data"]
    assert (deck["code"], deck["type"], deck["releaseDate"], deck["sideBoard"]) == (
        "ABC", "Intro Pack", "2020-01-01", [],
    )  # fmt: skip
    known = {"count": 4, "isFoil": False, "name": "A", "number": "1", "setCode": "ABC", "uuid": "u1"}
    assert deck["mainBoard"][0] == known
    assert (deck["mainBoard"][1]["number"], deck["mainBoard"][1]["isFoil"]) == ("9", True)
    assert deck["commander"][0]["uuid"] == "u2"
    assert json.loads(get(mtgjson, folder, "/api/v5/Meta.json").body)["data"]["date"] == "2022-04-25"


def test_sealed_content_is_packed_as_github_does(folder: Path) -> None:
    inside = members(get(mtg_sealed_content, folder, SEALED).body)
    top = "mtg-sealed-content-main/data"
    assert list(inside) == [f"{top}/products/ABC.yaml", f"{top}/contents/ABC.yaml"]
    assert get(mtg_sealed_content, folder, SEALED).body == get(mtg_sealed_content, folder, SEALED).body


def test_boosters_carry_the_name_of_their_file_and_decks_are_verbatim(folder: Path) -> None:
    assert json.loads(get(mtg_boosters, folder, BOOSTERS).body)[0]["code"] == "abc-play"
    assert json.loads(get(mtg_decks, folder, DECKS).body)[0] == DECK


def test_scryfall_lists_its_files_to_those_who_name_themselves(folder: Path) -> None:
    refused = get(scryfall, folder, "/bulk-data", accept="*/*")
    assert (refused.status, json.loads(refused.body)["details"]) == (
        400, "All requests must include a User-Agent header.",
    )  # fmt: skip
    answer = scryfall.answer(folder, Request("GET", "/bulk-data", headers=POLITE, origin="http://here"))
    listed = {entry["type"]: entry for entry in json.loads(answer.body)["data"]}
    assert set(listed) == {"default_cards", "oracle_cards"}
    assert listed["default_cards"]["download_uri"] == "http://here/file/default-cards-20260101.json"
    assert listed["default_cards"]["size"] == len(
        get(scryfall, folder, "/file/default-cards-20260101.json").body
    )


def test_scryfalls_file_has_a_line_per_card_own_ones_first(folder: Path) -> None:
    body = get(scryfall, folder, "/file/default-cards-20260101.json").body
    first, *lines, last = body.decode().splitlines()
    own, etched, unnamed = (json.loads(line.removesuffix(",")) for line in lines)
    assert (first, last, own["id"]) == ("[", "]", "s1")
    assert (etched["tcgplayer_id"], etched["tcgplayer_etched_id"], etched["finishes"]) == (
        12, 13, ["foil", "etched"],
    )  # fmt: skip
    assert "tcgplayer_id" not in unnamed
    assert len(unnamed["id"]) == 36
    assert len(json.loads(get(scryfall, folder, "/file/oracle-cards-20260101.json").body)) == 2


@pytest.mark.parametrize(
    ("speaker", "path"),
    [
        (tcgcsv, "/last-updated.txt"),
        (tcgcsv, "/archive/tcgplayer/prices-2026-01-01.ppmd.7z"),
        (tcgcsv_products, "/tcgplayer/3/groups"),
        (mtgjson, "/api/v5/AllSetFiles.tar.xz"),
        (mtgjson, "/api/v5/AllDeckFiles.tar.xz.sha256"),
        (mtg_sealed_content, SEALED),
        (mtg_boosters, BOOSTERS),
        (mtg_decks, DECKS),
        (scryfall, "/file/default-cards-20260101.json"),
    ],
)
def test_what_a_folder_lacks_is_not_found(speaker: Any, path: str, tmp_path: Path, folder: Path) -> None:
    assert get(speaker, tmp_path / "none", path).status == 404
    assert get(speaker, folder, "/private/x").status == 404


def test_real_tcgcsv(real: Path) -> None:
    assert get(tcgcsv, real, "/last-updated.txt").body == b"2025-10-17T20:05:31+0000"
    assert get(tcgcsv, real, "/last-updated.txt", "2025-10-10").body == b"2025-10-10T20:05:31+0000"
    assert len(results(get(tcgcsv_products, real, "/tcgplayer/3/groups"))) >= 210
    assert len(results(get(tcgcsv_products, real, "/tcgplayer/3/604/products"))) == 109
    boxes = [product["name"] for product in results(get(tcgcsv_products, real, "/tcgplayer/1/2494/products"))]
    assert "Throne of Eldraine Draft Booster Box" in boxes


def test_real_magic(real: Path) -> None:
    sealed = members(get(mtg_sealed_content, real, SEALED).body)
    product = yaml.safe_load(sealed["mtg-sealed-content-main/data/products/ELD.yaml"])
    assert product["code"] == "eld"
    assert len(json.loads(get(mtg_boosters, real, BOOSTERS).body)) > 500
    assert len(json.loads(get(mtg_decks, real, DECKS).body)) == 809 + 329
    assert len(members(get(mtgjson, real, "/api/v5/AllDeckFiles.tar.gz").body)) == 809 + 329
    sets = gzip.decompress(get(mtgjson, real, "/api/v5/AllSetFiles.tar.gz").body)
    assert b"AllSetFiles/ELD.json" in sets
    cards = json.loads(get(scryfall, real, "/file/default-cards-20260101.json").body)
    assert len({(card["set"], card["collector_number"]) for card in cards}) == len(cards) > 59_000
