"""Prices of the other marketplaces, from the network to `price_history`; quarantine; backfill."""

import csv
import gzip
import json
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest
from arb_command import Arb, home_of
from lxml import etree

from arb_pipeline.simulator.build import build_market
from arb_pipeline.simulator.replay import ReplayServer

FETCHED = ("tcgcsv", "mtg_sealed_content", "mtg_boosters", "mtg_decks", "scryfall", "ecb", "cardmarket")
SOURCES = (*FETCHED, "cardkingdom", "distributor", "ebay")
DAY = "2026-01-31"
BAD_PRICE = "twelve fifty"


@pytest.fixture(scope="module")
def market(place: Path) -> Path:
    """A simulated market in which one row of one distributor's list is damaged."""
    build_market(place / "market", seed=20260101, days=12)
    path = place / "market/distributor/alpha.csv"
    rows = list(csv.reader(path.open(encoding="utf-8")))
    rows[3][3] = BAD_PRICE
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return place / "market"


@pytest.fixture(scope="module")
def server(market: Path) -> Iterator[ReplayServer]:
    with ReplayServer(market, sources=SOURCES) as replay:
        yield replay


@pytest.fixture(scope="module")
def arb(market: Path, server: ReplayServer) -> Iterator[Arb]:
    with home_of(market.parent, "home") as home:
        home.params = None
        home.environment = server.environment() | {
            "ARB_LOOPBACK_DELAY_SECONDS": "0",
            "ARB_SOURCE_DISTRIBUTOR_MAPPINGS": str(market / "distributor/mappings"),
        }
        home("fetch", *SOURCES[:-1])
        home.quick("run", "--category", "mtg")
        yield home


def rate_of(market: Path, day: str) -> Decimal:
    """Dollars for a euro on the last working day up to a day, read from the bank's own file."""
    document = etree.parse(market / "ecb/eurofxref-hist-90d.xml")
    result = {
        cube.getparent().get("time"): Decimal(cube.get("rate"))
        for cube in document.iter("{*}Cube")
        if cube.get("currency") == "USD"
    }
    return result[max(time for time in result if time <= day)]


def test_a_price_in_euro_is_kept_in_dollars_at_the_rate_of_its_day(arb: Arb, market: Path) -> None:
    guide = json.loads(gzip.decompress((market / f"cardmarket/raw/price_guide_1_{DAY}.json.gz").read_bytes()))
    ids = {
        row["mcmId"]: row
        for row in csv.DictReader((market / "mtg/id_map/mtg_id_map.csv").open())
        if row["mcmId"]
    }
    price = next(p for p in guide["priceGuides"] if str(p["idProduct"]) in ids and p.get("trend"))
    cents = (Decimal(str(price["trend"])) * rate_of(market, DAY)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    tcg_id = ids[str(price["idProduct"])]["tcgplayerProductId"]
    (row,) = arb.rows(
        "SELECT price, currency, price_type FROM price_history h JOIN products p ON p.id = h.product_id "
        "WHERE source = 'cardmarket' AND price_type = 'trend' AND printing = 'normal' AND p.tcg_product_id = :id",
        id=tcg_id,
    )
    assert (row["price"], row["currency"]) == (cents, "USD")


def test_every_load_balances_and_is_in_the_ledger(arb: Arb) -> None:
    rows = arb.rows("SELECT * FROM load_ledger ORDER BY source")
    assert {row["source"] for row in rows} >= {"tcgplayer", "cardmarket", "cardkingdom", "distributor"}
    for row in rows:
        assert row["rows_raw"] == row["rows_accepted"] + row["rows_duplicate"] + row["rows_quarantined"]


def test_an_offer_is_matched_by_its_title_or_not_at_all(arb: Arb, market: Path) -> None:
    named = arb.rows(
        "SELECT p.name FROM price_history h JOIN products p ON p.id = h.product_id WHERE source = 'distributor'"
    )
    listed = [row["Product Name"] for row in csv.DictReader((market / "distributor/alpha.csv").open())]
    assert named
    assert {row["name"] for row in named if row["name"] in listed}


def test_the_price_is_the_cheapest_offer_that_nothing_speaks_against(arb: Arb) -> None:
    lake = arb.home / "lake/valuation"
    offers = pl.read_parquet(lake / f"offers/category=mtg/day={DAY}/part.parquet").to_dicts()
    # Distributors were asked by today's clock, long after the market's day.
    assert {offer["source"] for offer in offers} == {"tcgplayer", "cardkingdom", "cardmarket"}
    assert {o["objection"] for o in offers if o["source"] == "cardmarket"} == {"not_bought_here"}
    cheapest: dict[str, int] = {}
    for offer in offers:
        if offer["objection"] is None:
            product = offer["product_id"]
            cheapest[product] = min(offer["landed_cents"], cheapest.get(product, offer["landed_cents"]))
    valued = pl.read_parquet(lake / f"sealed_valuations/day={DAY}/part.parquet")
    priced = valued.drop_nulls("sealed_price_cents")
    assert dict(priced.select("product_id", "sealed_price_cents").iter_rows()) == cheapest


def test_explain_lists_the_offers_and_tells_which_is_the_price(arb: Arb) -> None:
    (row, *_) = arb.rows(
        "SELECT p.name, p.id::text FROM price_history h JOIN products p ON p.id = h.product_id"
        " WHERE h.source = 'cardkingdom' AND h.price_type = 'retail' AND h.condition = 'sealed' ORDER BY p.name"
    )
    offers = arb.json("explain", row["id"])["offers"]
    assert {offer["source"] for offer in offers} >= {"tcgplayer", "cardkingdom"}
    assert [offer["landed"] for offer in offers] == sorted(offer["landed"] for offer in offers)
    shown = arb.quick("explain", row["id"]).stdout
    assert "cardkingdom" in shown
    assert "Is it the price?" in shown


def test_a_second_run_loads_nothing_again(arb: Arb) -> None:
    before = arb.rows("SELECT count(*) AS n FROM price_history")
    again = arb.quick("run", "--category", "mtg")
    assert "quotes of other marketplaces" not in again.stderr
    assert arb.rows("SELECT count(*) AS n FROM price_history") == before


def test_a_refused_record_is_listed_with_its_reason(arb: Arb) -> None:
    (row,) = arb.json("quarantine", "list", "--source", "distributor")
    assert row["value"]
    assert row["file"] == "records.jsonl"
    assert row["parser_version"]
    shown = arb.quick("quarantine", "list").stdout
    assert "1 in quarantine" in shown


def test_a_refused_record_is_explained_by_what_the_source_sent(arb: Arb) -> None:
    (row,) = arb.json("quarantine", "list", "--source", "distributor")
    output = arb.quick("quarantine", "explain", "distributor", row["day"], row["file"], row["record"]).stdout
    assert BAD_PRICE in output
    assert row["advice"][:30] in output


def test_what_is_replayed_is_counted_before_and_after(arb: Arb) -> None:
    done = arb.quick("quarantine", "replay", "--source", "distributor")
    assert "1 were in quarantine, 1 are" in done.stderr


def test_an_empty_quarantine_is_stated(arb: Arb) -> None:
    assert "Nothing is in quarantine" in arb.quick("quarantine", "list", "--source", "cardmarket").stdout


def test_a_backfill_loads_each_day_once_and_tells_how_long_it_takes(arb: Arb) -> None:
    span = ("--from", "2026-01-25", "--to", "2026-01-28", "--category", "mtg")
    first = arb.quick("backfill", "tcgcsv", *span)
    assert "(4 of 4)" in first.stderr
    assert "rows/s" in first.stderr
    assert "4 of 4 days are loaded already" in arb.quick("backfill", "tcgcsv", *span).stderr


def test_a_backfill_names_the_day_that_is_missing_and_loads_the_others(arb: Arb) -> None:
    done = arb.quick(
        "backfill", "tcgcsv", "--from", "2026-01-19", "--to", "2026-01-21", "--category", "mtg", code=1
    )
    assert "no archive of 2026-01-19" in done.stderr
    days = arb.rows(
        "SELECT DISTINCT day::text FROM load_ledger WHERE source = 'tcgplayer' AND category = 'mtg'"
    )
    assert {row["day"] for row in days} >= {"2026-01-20", "2026-01-21"}


def test_a_source_without_archives_cannot_be_backfilled(arb: Arb) -> None:
    done = arb.quick("backfill", "ebay", "--from", DAY, "--to", DAY, code=2)
    assert "no archives" in done.stderr


def test_upkeep_makes_the_next_months_and_finds_nothing_outside_them(arb: Arb) -> None:
    with arb._as_process():
        from arb_pipeline.definitions import defs

        assert defs().resolve_job_def("price_history_upkeep").execute_in_process().success
    months = arb.json("db", "partitions")
    assert len([month for month in months if str(month["month"]) > "2026-11"]) >= 3
