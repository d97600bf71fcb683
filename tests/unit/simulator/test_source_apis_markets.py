"""Simulated marketplaces, over a folder made by hand and over the simulated market."""

import gzip
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from asking import (
    EBAY_SEARCH,
    OFFERS,
    PRICELIST,
    TAGGED,
    ask,
    basic,
    on_amazon,
    on_amazon_sp,
    on_ebay,
    on_tcgplayer,
    put,
    response_to,
    rows,
)

if TYPE_CHECKING:
    from conftest import Market

GESMES = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
SOURCES = "cardmarket cardkingdom ecb ebay amazon amazon_sp tcgplayer ygoprodeck ygojson tcgdex pokemontcg distributor"


@pytest.mark.parametrize("source", SOURCES.split())
@pytest.mark.parametrize("path", ["/", "/token", EBAY_SEARCH, PRICELIST, "/v2/cards", "/../etc/passwd"])
def test_a_folder_without_a_source_has_none_of_its_paths(tmp_path: Path, source: str, path: str) -> None:
    assert ask(tmp_path, source, path).status == 404


def test_cardmarkets_guide_is_the_file_of_the_newest_day_until_the_day(tmp_path: Path) -> None:
    guide = b'{"version":1,"createdAt":"2026-01-02T02:45:36+0100","priceGuides":[]}'
    put(tmp_path / "cardmarket/raw/price_guide_1_2026-01-01.json", "{}")
    (tmp_path / "cardmarket/raw/price_guide_1_2026-01-02.json.gz").write_bytes(gzip.compress(guide))
    sold = "mcmId,set,name,category,subtype\n7,abc,A Box,BOOSTER_BOX,DRAFT\n8,abc,A Tin,OTHER,\n"
    put(tmp_path / "cardmarket/sealed_products.csv", sold)
    put(tmp_path / "cardmarket/expansions.csv", "idExpansion,code\n55,ABC\n")
    url = "/productCatalog/priceGuide/price_guide_{}.json"

    assert ask(tmp_path, "cardmarket", url.format(1)).body == guide
    assert ask(tmp_path, "cardmarket", url.format(1), day="2026-01-01").body == b"{}"
    assert ask(tmp_path, "cardmarket", url.format(1), day="2025-12-31").status == 404
    assert ask(tmp_path, "cardmarket", url.format(6)).status == 404
    listed = response_to(tmp_path, "cardmarket", "/productCatalog/productList/products_nonsingles_1.json")
    assert listed["createdAt"] == "2026-01-02T02:45:36+0100"
    assert [(row["idProduct"], row["idCategory"], row["idExpansion"]) for row in listed["products"]] == [
        (7, 7, 55),
        (8, 19, 55),
    ]


def test_card_kingdoms_prices_are_text_and_a_sku_tells_the_foil(tmp_path: Path) -> None:
    terms = "cashUsd,creditUsd,retailUsd,qtyBuying,qtyRetail"
    put(
        tmp_path / "cardkingdom/daily_singles_csv/2026-01-02.csv",
        f"sku,{terms}\nFFIN-0001,0.5,0.65,1.2,3,0\n",
    )
    everything = "sku,name,buyCashUsd,qtyBuying,retailUsd,qtyRetail\n"
    everything += "FIN-0001,Ada,0,0,0.35,9\nFFIN-0001,Ada,9,9,9,9\nFIN-0002,Bo,0.1,1,1,1\n"
    put(tmp_path / "cardkingdom/all_singles_2026-01-01.csv", everything)
    ids = "set,number,name,scryfallId,cardKingdomId,cardKingdomFoilId\nfin,1,Ada,ada-id,11,12\nfin,2,Cy,cy-id,21,\n"
    put(tmp_path / "mtg/id_map/mtg_id_map.csv", ids)

    body = response_to(tmp_path, "cardkingdom", PRICELIST)
    assert body["meta"]["created_at"] == "2026-01-02 05:00:00"
    cards = {card["sku"]: card for card in body["data"]}
    foil = cards["FFIN-0001"]
    assert (foil["id"], foil["scryfall_id"], foil["is_foil"], foil["name"]) == (12, "ada-id", "true", "Ada")
    assert (foil["price_retail"], foil["price_buy"], foil["qty_retail"]) == ("1.20", "0.50", 0)
    assert (cards["FIN-0001"]["id"], cards["FIN-0001"]["is_foil"]) == (11, "false")
    assert cards["FIN-0002"]["scryfall_id"] == "", "another card has that number at Scryfall"


def test_the_bank_publishes_no_rate_of_a_later_day(market: "Market") -> None:
    friday = ask(market.folder, "ecb", "/stats/eurofxref/eurofxref-daily.xml", day="2026-01-25")
    days = [cube.get("time") for cube in ET.fromstring(friday.body).iter(GESMES) if cube.get("time")]
    assert days == ["2026-01-23"]
    whole = ET.fromstring(ask(market.folder, "ecb", "/stats/eurofxref/eurofxref-hist-90d.xml").body)
    days = [cube.get("time", "") for cube in whole.iter(GESMES) if cube.get("time")]
    assert days[0] == "2026-01-30"
    assert sorted(days, reverse=True) == days
    assert days[-1] < str(market.days[0])


def test_ebay_wants_its_own_token_and_at_most_200_items(market: "Market") -> None:
    token, wrong = "/identity/v1/oauth2/token", {"authorization": basic("wrong")}
    refused = ask(market.folder, "ebay", token, body="grant_type=client_credentials", **wrong)
    assert (refused.status, json.loads(refused.body)["error"]) == (401, "invalid_client")
    assert ask(market.folder, "ebay", EBAY_SEARCH, authorization="Bearer me.forged").status == 401
    assert ask(market.folder, "ebay", f"{EBAY_SEARCH}?limit=201", **on_ebay(market.folder)).status == 400


def test_ebays_pages_hold_every_item_once_and_lead_to_the_next(market: "Market") -> None:
    items = json.loads((market.folder / "ebay/item_summaries.json").read_text())
    keys, url, seen = on_ebay(market.folder), f"{EBAY_SEARCH}?q=&limit=100", []
    while url:
        page = response_to(market.folder, "ebay", url.removeprefix("http://replay/ebay"), **keys)
        seen += page["itemSummaries"]
        url = page.get("next", "")
    assert (seen, page["total"]) == (items, len(items))
    assert all({"username", "feedbackPercentage", "feedbackScore"} == set(item["seller"]) for item in items)
    item = response_to(market.folder, "ebay", f"/buy/browse/v1/item/{items[3]['itemId']}", **keys)
    assert item == items[3]
    assert ask(market.folder, "ebay", "/buy/browse/v1/item/v1|1|0", **keys).status == 404


def test_ebay_searches_words_prices_and_conditions(market: "Market") -> None:
    items = json.loads((market.folder / "ebay/item_summaries.json").read_text())
    query = {
        "q": "collector BOX",
        "limit": 200,
        "filter": "price:[50..300],priceCurrency:USD,conditions:{NEW}",
    }
    page = response_to(market.folder, "ebay", f"{EBAY_SEARCH}?{urlencode(query)}", **on_ebay(market.folder))
    wanted = [
        item
        for item in items
        if "collector" in item["title"].lower() and "box" in item["title"].lower()
        if 50 <= float(item["price"]["value"]) <= 300 and item["condition"] == "New"
    ]
    assert page["itemSummaries"] == wanted
    none = response_to(market.folder, "ebay", f"{EBAY_SEARCH}?q=zeppelin", **on_ebay(market.folder))
    assert (none["total"], none.get("itemSummaries")) == (0, None)


def test_amazon_searches_and_names_what_it_does_not_have(market: "Market") -> None:
    items, keys = json.loads((market.folder / "amazon/items.json").read_text()), on_amazon(market.folder)
    search = "/catalog/v1/searchItems"
    results = response_to(market.folder, "amazon", search, body={"itemPage": 2, **TAGGED}, **keys)[
        "searchResult"
    ]
    assert (results["items"], results["totalResultCount"]) == (items[10:20], len(items))
    result = response_to(
        market.folder,
        "amazon",
        "/catalog/v1/getItems",
        body={"itemIds": [items[0]["asin"], "B000000000"], **TAGGED},
        **keys,
    )
    assert (result["itemsResult"]["items"], len(result["errors"])) == (items[:1], 1)
    assert ask(market.folder, "amazon", search, body=TAGGED).status == 401
    assert ask(market.folder, "amazon", search, body={}, **keys).status == 400


def test_the_selling_partner_api_knows_the_same_items_at_the_same_price(market: "Market") -> None:
    items, keys = json.loads((market.folder / "amazon/items.json").read_text()), on_amazon_sp(market.folder)
    for item in items:
        payload = response_to(market.folder, "amazon_sp", OFFERS.format(item["asin"]), **keys)["payload"]
        lowest = payload["Summary"]["LowestPrices"][0]["LandedPrice"]["Amount"]
        if "offersV2" in item:
            assert item["offersV2"]["listings"][0]["price"]["money"]["amount"] == lowest
    assert ask(market.folder, "amazon_sp", OFFERS.format("B000000000"), **keys).status == 404
    assert ask(market.folder, "amazon_sp", OFFERS.format(items[0]["asin"])).status == 403


def test_tcgplayer_prices_the_newest_day_and_finds_nothing_with_a_404(tmp_path: Path) -> None:
    price = {"productId": 5, "lowPrice": 1.5, "marketPrice": None, "subTypeName": "Normal"}
    for day in ("2026-01-01", "2026-01-02"):
        named = price | {"midPrice": float(day[-1])}
        put(tmp_path / f"tcgcsv/raw/{day}/1/77/prices", {"success": True, "results": [named]})
    put(tmp_path / "tcgcsv/sealed_products.csv", "tcgplayerProductId,set,name\n5,abc,A Box\n6,abc,Unpriced\n")
    keys = on_tcgplayer(tmp_path)

    for url in ("/v1.39.0/pricing/group/77", "/v1.39.0/pricing/product/5,6"):
        body = response_to(tmp_path, "tcgplayer", url, **keys)
        assert (body["totalItems"], body["results"][0]["midPrice"]) == (1, 2.0)
    early = response_to(tmp_path, "tcgplayer", "/v1.39.0/pricing/group/77", day="2026-01-01", **keys)
    assert early["results"][0]["midPrice"] == 1.0
    none = ask(tmp_path, "tcgplayer", "/v1.39.0/pricing/product/6", **keys)
    assert (none.status, json.loads(none.body)["success"]) == (404, False)
    products = "/v1.39.0/catalog/products?categoryId=1&productName=box&limit="
    assert [
        row["name"] for row in response_to(tmp_path, "tcgplayer", f"{products}100", **keys)["results"]
    ] == ["A Box"]
    assert ask(tmp_path, "tcgplayer", f"{products}101", **keys).status == 400
    assert ask(tmp_path, "tcgplayer", f"{products}10").status == 401


def test_distributors_files_come_as_they_are_and_nothing_beside_them(market: "Market") -> None:
    alpha = ask(market.folder, "distributor", "/alpha.csv")
    assert (alpha.body, alpha.content_type) == (
        (market.folder / "distributor/alpha.csv").read_bytes(),
        "text/csv",
    )
    workbook = openpyxl.load_workbook(io.BytesIO(ask(market.folder, "distributor", "/bravo.xlsx").body))
    prices = [row[3].value for row in workbook.active.iter_rows(min_row=2)]
    assert all(re.fullmatch(r"\d{1,3}(\.\d{3})*,\d\d", price) for price in prices)
    assert any("." in price for price in prices)
    assert ask(market.folder, "distributor", "/../planted.json").status == 404


def test_no_place_sells_a_sealed_product_for_less_than_tcgplayer(market: "Market") -> None:
    """The planted opportunities have to stay the whole truth."""
    asks = {
        row["name"]: market.lowest_visible(int(row["tcgplayerProductId"]), market.days[-1])
        for row in rows(market.folder / "tcgcsv/sealed_products.csv")
    }
    items = json.loads((market.folder / "ebay/item_summaries.json").read_text())
    genuine = re.compile(r"(?:.*MTG:? )?(.*?)(?: Factory Sealed| - NEW SEALED.*| English Brand New)")
    checked = 0
    for item in items:
        named = genuine.fullmatch(item["title"])
        if named and named[1] in asks:
            checked += 1
            assert float(item["price"]["value"]) >= market.landed(asks[named[1]])
    for row in rows(market.folder / f"cardkingdom/daily_sealed_csv/{market.days[-1]}.csv"):
        assert float(row["retailUsd"]) >= market.landed(asks[row["name"]])
    for row in rows(market.folder / "distributor/alpha.csv"):
        if row["Product Name"] in asks:
            assert float(row["Wholesale Price"]) >= market.landed(asks[row["Product Name"]])
    assert checked > 100
    gone = [trap.name for trap in market.planted.traps if trap.why.startswith("its own price")]
    assert gone
    assert not [item for item in items for name in gone if name in item["title"]]
