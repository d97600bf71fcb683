"""Real answers through their parsers and cleaning, against plain counts over the same records."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl
import pytest

from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.simulator.source_apis import Request
from arb_pipeline.simulator.source_apis import cardkingdom as cardkingdom_speaker
from arb_pipeline.sources.cleaning import Quoted, amazon, amazon_sp, cardkingdom, cardmarket, ebay
from arb_pipeline.sources.parsing import amazon as amazon_parsing
from arb_pipeline.sources.parsing import amazon_sp as amazon_sp_parsing
from arb_pipeline.sources.parsing import ebay as ebay_parsing
from arb_pipeline.sources.parsing.cardkingdom import price_list
from arb_pipeline.sources.parsing.cardmarket import price_guide
from arb_pipeline.sources.raw_frames import Batch

pytestmark = pytest.mark.slow

NOW = datetime(2026, 9, 1, tzinfo=UTC)
# Ours for the test, not the ECB's: 1 EUR = 1.0562 USD.
RATES = Rates.from_records([{"time": "2024-11-29", "currency": "USD", "rate": "1.0562"}])
SINGLE = 1


def reported(name: str, quoted: Quoted, seconds: float) -> Quoted:
    """Prints what came of it, by reason; the balance holds."""
    print(  # noqa: T201 - the counts are what the test is for
        f"\n{name}: {quoted.raw:,} records in {seconds:.2f} s: {quoted.quoted:,} gave {quoted.quotes.height:,} "
        f"quotes, {dict(quoted.unquoted)} gave none, {quoted.duplicates:,} copies, "
        f"{dict(Counter(quoted.rejected['reason']))} refused"
    )
    assert quoted.balances
    return quoted


def timed(name: str, cleaner: Any, batches: list[Batch], **options: Any) -> Quoted:
    start = perf_counter()
    result = cleaner(batches, rates=RATES, now=NOW, **options)
    return reported(name, result, perf_counter() - start)


@pytest.fixture(scope="module")
def guide(data: Path) -> tuple[list[dict[str, Any]], Quoted]:
    path = data / "cardmarket/raw/price_guide_1_2024-12-01.json.gz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    download = price_guide(gzip.decompress(path.read_bytes()))
    batch = Batch(path.name, download.created_at, download.records, "mtg")
    return download.records, timed("cardmarket", cardmarket.clean, [batch])


@pytest.fixture(scope="module")
def lists(data: Path) -> tuple[dict[str, list[dict[str, Any]]], list[Batch]]:
    records, batches = {}, []
    for kind, path in (("single", "/api/v2/pricelist"), ("sealed", "/api/sealed_pricelist")):
        answer = cardkingdom_speaker.answer(data, Request("GET", path=path))
        if not answer.body:
            pytest.skip(f"no Card Kingdom data in {data}")
        result = price_list(answer.body)
        records[kind] = list(result.records)
        batches.append(Batch(f"{kind}.json", result.created_at, records[kind], "mtg", kind))
    return records, batches


def test_every_record_of_a_real_guide_is_accounted_for(guide):
    records, result = guide
    silent = [
        record
        for record in records
        if not any(
            record.get(price + ending)
            for price in ("low", "trend", "avg7", "avg30")
            for ending in ("", *(["-foil"] if record["idCategory"] == SINGLE else []))
        )
    ]

    assert result.raw == len(records)
    assert result.unquoted == {"no_price": len(silent)}
    assert (result.duplicates, result.rejected.height) == (0, 0)


@pytest.mark.parametrize(("price", "ending", "printing"), [("low", "", "normal"), ("trend", "-foil", "foil")])
def test_a_real_guides_prices_are_those_of_its_records(guide, price, ending, printing):
    records, result = guide
    due = {
        str(record["idProduct"]): record[price + ending]
        for record in records
        if record.get(price + ending) and (not ending or record["idCategory"] == SINGLE)
    }
    rows = result.quotes.filter(price_type=price, printing=printing)

    assert {row[0]: float(row[1]) for row in rows.select("source_product_id", "amount_text").rows()} == due
    for row in rows.sample(200, seed=1).iter_rows(named=True):
        # Half a cent more than float arithmetic could be off by.
        assert abs(row["price_cents"] - due[row["source_product_id"]] * 105.62) <= 0.5 + 1e-6


def test_the_guides_first_card_is_as_worked_by_hand(guide):
    """`low` 0.02, `trend` 0.07, `low-foil` 0.04, `trend-foil` 0.31: x 1.0562 = 0.021, 0.074, 0.042, 0.327."""
    _, result = guide
    rows = result.quotes.filter(source_product_id="1").select("printing", "price_type", "price_cents").rows()
    due = [("foil", "low", 4), ("foil", "trend", 33), ("normal", "low", 2), ("normal", "trend", 7)]

    assert sorted(rows) == due


def test_no_sealed_product_of_the_guide_is_foil(guide):
    records, result = guide
    artefacts = sum(bool(r.get("trend-foil")) for r in records if r["idCategory"] != SINGLE)

    assert artefacts > 2_000  # they are there, and not taken
    sealed = result.quotes.filter(condition="sealed")
    assert sealed["printing"].unique().to_list() == ["normal"]
    assert sealed["source_product_id"].n_unique() > 3_700


def test_every_record_of_card_kingdoms_lists_is_accounted_for(lists):
    records, batches = lists
    everything = [*records["single"], *records["sealed"]]
    sold = sum(float(r["price_retail"]) > 0 and r["qty_retail"] > 0 for r in everything)
    wanted = sum(float(r["price_buy"]) > 0 and r["qty_buying"] > 0 for r in everything)
    neither = sum(
        not (float(r["price_retail"]) > 0 and r["qty_retail"] > 0)
        and not (float(r["price_buy"]) > 0 and r["qty_buying"] > 0)
        for r in everything
    )
    result = timed("cardkingdom", cardkingdom.clean, batches)

    assert result.raw == len(everything)
    assert dict(Counter(result.quotes["price_type"])) == {"retail": sold, "buylist": wanted}
    assert result.unquoted == {"no_offer": neither}
    assert (result.duplicates, result.rejected.height) == (0, 0)
    print(result.quotes["printing"].value_counts().rows(), result.quotes["language"].value_counts().rows())  # noqa: T201


def test_real_etched_cards_are_neither_foil_nor_normal(lists):
    records, batches = lists
    etched = {r["sku"] for r in records["single"] if "etched" in r["variation"].lower()}
    result = cardkingdom.clean(batches, rates=RATES, now=NOW)
    of_etched = result.quotes.filter(pl.col("source_product_id").is_in(etched))

    assert len(etched) > 100
    assert of_etched["printing"].unique().to_list() == ["etched"]


def test_card_kingdoms_prices_are_exact(lists):
    records, batches = lists
    result = cardkingdom.clean(batches, rates=RATES, now=NOW)
    due = {r["sku"]: round(float(r["price_buy"]) * 100) for r in records["single"]}
    rows = result.quotes.filter(price_type="buylist").select("source_product_id", "price_cents").rows()

    assert all(due[sku] == cents for sku, cents in rows if sku in due)


def test_the_samples_of_ebay_and_amazon_are_quoted_or_rejected_with_a_reason(data):
    samples = data / "api_samples"
    if not samples.is_dir():
        pytest.skip(f"no {samples}")
    body = (samples / "ebay_browse_item_summary_sandbox.json").read_bytes()
    offers = list(ebay_parsing.listings(ebay_parsing.redacted(body, ebay_parsing.Sellers()), query=""))
    result = timed("ebay", ebay.clean, [Batch("search", NOW, offers)])
    assert [reason.partition(":")[0] for reason in result.rejected["reason"]] == ["no_title"]
    titled = [{**offer, "title": "A box"} for offer in offers]
    result = timed("ebay, with a title", ebay.clean, [Batch("search", NOW, titled)])
    assert result.quotes.select("price_cents", "shipping_cents").rows() == [(678000, 0)]

    body = (samples / "amazon_creators_searchItems.json").read_bytes()
    result = timed("amazon", amazon.clean, [Batch("search", NOW, amazon_parsing.offers(body))])
    assert sorted(result.quotes.select("price_type", "price_cents").rows()) == [
        ("low", 5949),
        ("offer", 5949),
    ]

    answers = json.loads((samples / "amazon_spapi_product_pricing_v0_samples.json").read_bytes())
    requested = answers["GET /products/pricing/v0/items/{Asin}/offers"]["sample"]["static"]
    batches = []
    for number, entry in enumerate(requested):
        if "payload" not in entry["response"]:
            continue
        body = json.dumps(entry["response"]).encode()
        kinds = {"lowest": "LowestPrices", "buy_box": "BuyBoxPrices"}
        records = [{**offer, "kind": "offer"} for offer in amazon_sp_parsing.offers(body)]
        for kind, key in kinds.items():
            records += [{**summary, "kind": kind} for summary in amazon_sp_parsing.summary(body, key)]
        batches.append(Batch(f"offers-{number}.json", NOW, records))
    result = timed("amazon_sp", amazon_sp.clean, batches)
    print(result.quotes.select("source_product_id", "price_type", "price_cents", "shipping_cents").rows())  # noqa: T201
    assert result.quoted > 0
