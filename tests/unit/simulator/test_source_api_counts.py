"""Simulated sources over the simulated market and over real data: their answers equal the files."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from asking import (
    EBAY_SEARCH,
    OFFERS,
    PRICELIST,
    TAGGED,
    ask,
    on_amazon,
    on_amazon_sp,
    on_ebay,
    on_tcgplayer,
    response_to,
    rows,
)

if TYPE_CHECKING:
    from conftest import Market


@pytest.fixture(params=["simulated", "real"])
def folder(request: pytest.FixtureRequest) -> Path:
    """The simulated market, then the real one."""
    return (
        request.getfixturevalue("market").folder
        if request.param == "simulated"
        else request.getfixturevalue("real")
    )


def files(folder: Path, pattern: str) -> list[Path]:
    result = sorted(folder.glob(pattern))
    assert result, pattern
    return result


def test_cardmarkets_guide_and_lists_hold_what_the_files_do(folder: Path) -> None:
    guide = files(folder, "cardmarket/raw/price_guide_1_*")[-1]
    answer = ask(folder, "cardmarket", "/productCatalog/priceGuide/price_guide_1.json")
    assert answer.body == gzip.decompress(guide.read_bytes())
    for kind, name in (("singles", "products_singles_names"), ("nonsingles", "sealed_products")):
        body = response_to(folder, "cardmarket", f"/productCatalog/productList/products_{kind}_1.json")
        assert len(body["products"]) == len(rows(folder / f"cardmarket/{name}.csv"))


def test_card_kingdoms_lists_hold_every_row_of_the_files(folder: Path) -> None:
    daily = {row["sku"] for row in rows(files(folder, "cardkingdom/daily_singles_csv/*")[-1])}
    everything = {row["sku"] for row in rows(files(folder, "cardkingdom/all_singles_*")[-1])}
    assert {row["sku"] for row in response_to(folder, "cardkingdom", PRICELIST)["data"]} == daily | everything
    sealed = rows(files(folder, "cardkingdom/daily_sealed_csv/*")[-1])
    listed = response_to(folder, "cardkingdom", "/api/sealed_pricelist")["data"]
    assert len({row["id"] for row in listed}) == len(listed) == len(sealed)


def test_ygoprodeck_has_each_card_of_its_dumps_once(folder: Path) -> None:
    dumps = [json.loads(path.read_text("utf-8")) for path in files(folder, "yugioh/ygoprodeck_sets/*.json")]
    cards = response_to(folder, "ygoprodeck", "/api/v7/cardinfo.php")["data"]
    assert {card["id"] for card in cards} == {card["id"] for dump in dumps for card in dump}
    one = response_to(folder, "ygoprodeck", f"/api/v7/cardinfo.php?{urlencode({'name': cards[0]['name']})}")
    assert one["data"] == cards[:1]
    assert ask(folder, "ygoprodeck", "/api/v7/cardinfo.php?name=Nobody").status == 400
    assert response_to(folder, "ygoprodeck", "/api/v7/checkDBVer.php")[0]["last_update"][:2] == "20"
    sets = ask(folder, "ygoprodeck", "/api/v7/cardsets.php").body
    assert sets == (folder / "yugioh/cardsets.json").read_bytes()


def test_ygojsons_zip_comes_after_a_redirect(folder: Path) -> None:
    release = "/iconmaster5326/YGOJSON/releases/download/v1/aggregate.zip"
    redirect = ask(folder, "ygojson", release)
    assert redirect.status == 302
    asset = ask(folder, "ygojson", redirect.headers["Location"].removeprefix("http://replay/ygojson"))
    with zipfile.ZipFile(io.BytesIO(asset.body)) as archive:
        assert len(json.loads(archive.read("sets.json"))) == len(files(folder, "yugioh/ygojson/sets/*"))
        lookup = json.loads((folder / "yugioh/ygojson/cards_lookup.json").read_text("utf-8"))
        assert json.loads(archive.read("cards.json")) == list(lookup.values())


def test_tcgdex_knows_its_sets_and_cards(folder: Path) -> None:
    listed = response_to(folder, "tcgdex", "/v2/en/sets")
    assert [row["id"] for row in listed] == [path.stem for path in files(folder, "pokemon/tcgdex/*.json")]
    body = response_to(folder, "tcgdex", f"/v2/en/sets/{listed[0]['id']}")
    assert len(body["cards"]) == listed[0]["cardCount"]["total"]
    card = response_to(folder, "tcgdex", f"/v2/en/cards/{body['cards'][-1]['id']}")
    assert card["set"] == {"id": body["id"], "name": body["name"]}
    assert ask(folder, "tcgdex", "/v2/en/sets/none").status == 404
    assert ask(folder, "tcgdex", f"/v2/en/cards/{card['id']}9").status == 404


def test_the_pokemon_tcg_api_pages_through_its_cards(folder: Path) -> None:
    priced = rows(files(folder, "pokemon/tcgplayer/pokemontcg_io_prices_*.csv")[-1])
    wanted = priced[0]["Set ID"]
    body = response_to(folder, "pokemontcg", f"/v2/cards?q=set.id:{wanted}&pageSize=10")
    assert body["totalCount"] == sum(row["Set ID"] == wanted for row in priced)
    assert (body["page"], body["count"], len(body["data"])) == (1, 10, 10)
    assert response_to(folder, "pokemontcg", "/v2/sets")["totalCount"] == len(
        {row["Set ID"] for row in priced}
    )
    assert ask(folder, "pokemontcg", "/v2/cards?pageSize=251").status == 400


@pytest.mark.parametrize(
    "pattern",
    [
        "cardmarket/products_singles_names.csv",
        "cardmarket/sealed_products.csv",
        "cardmarket/expansions.csv",
        "cardkingdom/singles_catalog.csv",
        "cardkingdom/all_singles_*.csv",
        "cardkingdom/daily_singles_csv/*.csv",
        "cardkingdom/daily_sealed_csv/*.csv",
        "pokemon/tcgplayer/pokemontcg_io_prices_*.csv",
    ],
)
def test_a_simulated_table_has_the_real_columns(market: "Market", real: Path, pattern: str) -> None:
    ours, theirs = (files(root, pattern)[-1].read_text("utf-8") for root in (market.folder, real))
    assert ours.splitlines()[0] == theirs.splitlines()[0]
    assert len(ours.splitlines()) > 20 or "expansions" in pattern


def test_a_simulated_guide_has_the_real_keys(market: "Market", real: Path) -> None:
    result = []
    for root in (market.folder, real):
        body = json.loads(gzip.decompress(files(root, "cardmarket/raw/price_guide_1_*")[-1].read_bytes()))
        result.append({(tuple(row), tuple(body)) for row in body["priceGuides"]})
    assert result[0] == result[1]


def test_tcgplayer_speaks_a_whole_real_day(real: Path) -> None:
    keys = on_tcgplayer(real)
    raw = json.loads((real / "tcgcsv/raw/2025-10-10/1/2494/prices").read_text())["results"]
    body = response_to(real, "tcgplayer", "/v1.39.0/pricing/group/2494", day="2025-10-10", **keys)
    assert body["results"] == raw
    result = response_to(
        real, "tcgplayer", "/v1.39.0/catalog/groups?categoryId=3&limit=100", day="2025-10-10", **keys
    )
    assert (len(result["results"]), result["totalItems"] > 150) == (100, True)


def test_a_sample_without_titles_matches_every_search(real: Path) -> None:
    page = response_to(real, "ebay", f"{EBAY_SEARCH}?q=bloomburrow", **on_ebay(real))
    assert (page["total"], page["itemSummaries"][0]["itemId"]) == (1, "v1|110587809529|0")
    payload = response_to(real, "amazon_sp", OFFERS.format("B012345678"), **on_amazon_sp(real))["payload"]
    assert payload["ASIN"] == payload["Identifier"]["ASIN"] == "B012345678"
    result = response_to(
        real, "amazon", "/catalog/v1/searchItems", body={"keywords": "potter", **TAGGED}, **on_amazon(real)
    )
    assert len(result["searchResult"]["items"]) == 1
