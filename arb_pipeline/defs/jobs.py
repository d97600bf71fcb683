"""Jobs: the whole graph for a day, its parts, and the tasks of schedules and persons."""

from typing import Any

import dagster as dg

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.defs.shared.product_selection import OF_NAMED_PRODUCTS
from arb_pipeline.sources.registry import PRICED_AS

QUOTE_TABLES = ("quotes", "rejected", "balance", "history")
TCGCSV = dg.AssetSelection.assets(["landing", "tcgcsv", "prices"])
RETRIES = dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""Retries of an unattended step: a database restart or a full disk may be temporary."""
RATES = "ecb"
PER_PRODUCT = tuple(name for name, source in SOURCES.items() if source.asks_for and name in PRICED_AS)
"""Sources that answer per product."""


def _quotes(*sources: str) -> dg.AssetSelection:
    names = [PRICED_AS[source] for source in sources]
    return dg.AssetSelection.assets(*(["prices", name, table] for name in names for table in QUOTE_TABLES))


def _landing(*sources: str) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(["landing", source] for source in sources))


QUOTES = _quotes(*PRICED_AS)
PRICES = dg.AssetSelection.groups("prices")
ANALYSIS = dg.AssetSelection.groups("valuation", "opportunities")
MART = dg.AssetSelection.groups("mart")


OF_PRODUCTS: dict[str, Any] = {
    "config": {"resources": {"workspace": {"config": {"products": []}}}},
    "tags": {OF_NAMED_PRODUCTS: "yes"},
    "op_retry_policy": RETRIES,
}
"""Configuration of a job for named products: the launchpad shows it, and a run without names fails."""


everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="The whole graph, from landing to opportunities, for one day.",
)
fetch_sources = dg.define_asset_job(
    "fetch_sources",
    selection=dg.AssetSelection.groups("landing") - TCGCSV,
    description="Every source except the day's TCGplayer prices. A failure does not affect the others.",
)
fetch_distributors = dg.define_asset_job(
    "fetch_distributors",
    selection=dg.AssetSelection.assets(["landing", "distributor"]),
    description="The price lists of distributors; started when a file is dropped into their folder.",
    op_retry_policy=RETRIES,
)
reference_data = dg.define_asset_job(
    "reference_data",
    selection=dg.AssetSelection.groups("catalog", "contents").upstream(),
    description="Catalogue and contents of sealed products.",
)
market_quotes = dg.define_asset_job(
    "market_quotes",
    selection=QUOTES,
    description="Quotes of other marketplaces on a day: cleaned, matched, loaded into the price history.",
)
daily_analysis = dg.define_asset_job(
    "daily_analysis",
    selection=((PRICES | ANALYSIS) - QUOTES) | TCGCSV,
    description="One day's prices, valuations and opportunities, on the catalogue and contents at hand.",
)
analyze_new_day = dg.define_asset_job(
    "analyze_new_day",
    selection=daily_analysis.selection | MART,
    description="A new day from its prices to the published mart.",
    op_retry_policy=RETRIES,
)
day_prices = dg.define_asset_job(
    "day_prices",
    selection=(PRICES - QUOTES) | TCGCSV,
    description="One day's prices alone: history for the days after it.",
)
revaluation = dg.define_asset_job(
    "revaluation",
    selection=ANALYSIS,
    description="Values a day again, after prices of a day before it have changed.",
)

update_all_prices = dg.define_asset_job(
    "update_all_prices",
    selection=PRICES | TCGCSV | _landing(*PRICED_AS, RATES),
    description="Requests every price source, and loads its prices of the day.",
    op_retry_policy=RETRIES,
)
update_product_prices = dg.define_asset_job(
    "update_product_prices",
    selection=_landing(*PER_PRODUCT) | _quotes(*PER_PRODUCT),
    description="Requests some products from the marketplaces that answer per product; run it for today.",
    **OF_PRODUCTS,
)
scrape_new_products = dg.define_asset_job(
    "scrape_new_products",
    selection=reference_data.selection,
    description="Updates catalogue and contents from their sources: new products, sets and lists.",
    op_retry_policy=RETRIES,
)
analyze_all_products = dg.define_asset_job(
    "analyze_all_products",
    selection=ANALYSIS | MART,
    description="Values every product on a day's prices; publishes the opportunities, then the mart.",
    op_retry_policy=RETRIES,
)
analyze_product_arbitrage = dg.define_asset_job(
    "analyze_product_arbitrage",
    selection=ANALYSIS | MART,
    description="Values some products again on a day's prices; the others' opportunities stay as they are.",
    **OF_PRODUCTS,
)
mart = dg.define_asset_job(
    "mart",
    selection=MART,
    description="Builds the mart beside the one in use, checks it, and publishes it.",
)
