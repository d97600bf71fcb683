"""The real dumps of Cardmarket and Card Kingdom through their parsers, against plain counts over the files."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.simulator.source_apis import Request, cardkingdom, cardmarket
from arb_pipeline.sources.parsing.cardkingdom import price_list
from arb_pipeline.sources.parsing.cardmarket import price_guide, products
from scrapy_project.spiders.cardmarket import CardmarketSpider

pytestmark = pytest.mark.slow

ROW = b'"idProduct":'
PRICE_FIELDS = ("avg", "low", "trend", "avg1", "avg7", "avg30", "avg-foil", "low-foil", "trend-foil")


def guides(data: Path) -> list[Path]:
    result = sorted((data / "cardmarket/raw").glob("price_guide_*.json.gz"))
    if not result:
        pytest.skip(f"no Cardmarket price guide in {data}")
    return result


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def priced(records: list[dict[str, Any]]) -> dict[str, int]:
    """Field -> how many records carry it."""
    return {field: sum(record.get(field) is not None for record in records) for field in PRICE_FIELDS}


def test_every_price_guide_is_read_whole(data):
    for path in guides(data):
        body = gzip.decompress(path.read_bytes())
        result = price_guide(body)
        records = json.loads(body)["priceGuides"]

        assert len(result.records) == body.count(ROW)
        assert priced(result.records) == priced(records)
        assert Counter(r["idCategory"] for r in result.records) == Counter(r["idCategory"] for r in records)
        # By its name; 02:45 CET is the same day in UTC.
        assert result.created_at.date().isoformat() == path.name.removesuffix(".json.gz").rpartition("_")[2]


def test_the_sealed_prices_of_a_guide_are_those_of_the_daily_csv(data):
    sealed = list(rows(data / "cardmarket/daily_csv/2024-12-01.csv"))
    path = data / "cardmarket/raw/price_guide_1_2024-12-01.json.gz"
    result = {r["idProduct"]: r for r in price_guide(gzip.decompress(path.read_bytes())).records}
    checked = 0
    for row in sealed:
        record = result.get(int(row["idProduct"]))
        if record is not None and row["low"]:
            checked += 1
            assert record["low"] == float(row["low"])

    assert checked > len(sealed) / 2


def test_a_real_guide_passes_the_coverage_check_and_names_the_day(data):
    for path in guides(data):
        day = date.fromisoformat(path.name.removesuffix(".json.gz").rpartition("_")[2])
        spider = CardmarketSpider(Order(source="cardmarket", today=day))
        body = gzip.decompress(path.read_bytes())
        list(spider.guide(TextResponse("https://downloads.s3.cardmarket.com/", body=body), game=1))

        assert spider.coverage.counts["price"] == body.count(ROW)
        assert spider.coverage.fault() == ""
        assert spider.part == day.isoformat()


@pytest.mark.parametrize(
    ("kind", "file"), [("singles", "products_singles_names.csv"), ("nonsingles", "sealed_products.csv")]
)
def test_product_lists_hold_every_row_of_their_csv(data, kind, file):
    path = f"/productCatalog/productList/products_{kind}_1.json"
    result = products(cardmarket.answer(data, Request("GET", path=path)).body).records

    assert len(result) == sum(1 for _ in rows(data / "cardmarket" / file))


def test_card_kingdoms_singles_hold_every_sku_at_its_newest_price(data):
    folder = data / "cardkingdom"
    newest = {row["sku"]: row for row in rows(max((folder / "daily_singles_csv").glob("*.csv")))}
    skus = newest.keys() | {row["sku"] for path in folder.glob("all_singles_*.csv") for row in rows(path)}
    result = price_list(cardkingdom.answer(data, Request("GET", path="/api/v2/pricelist")).body)
    records = {record["sku"]: record for record in result.records}

    assert records.keys() == skus
    for sku, row in newest.items():
        assert float(records[sku]["price_retail"]) == pytest.approx(float(row["retailUsd"]), abs=0.005)
        assert records[sku]["qty_buying"] == int(row["qtyBuying"])


def test_card_kingdoms_sealed_list_holds_every_row_of_its_day(data):
    path = max((data / "cardkingdom/daily_sealed_csv").glob("*.csv"))
    result = price_list(cardkingdom.answer(data, Request("GET", path="/api/sealed_pricelist")).body)

    assert result.created_at.date().isoformat() == path.stem
    assert Counter(record["name"] for record in result.records) == Counter(row["name"] for row in rows(path))
