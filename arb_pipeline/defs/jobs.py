"""Jobs: the whole graph for a day, its parts, and the tasks that schedules and people start."""

from typing import Any

import dagster as dg

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.defs.shared.product_selection import OF_NAMED_PRODUCTS
from arb_pipeline.sources.registry import PRICED_AS

QUOTE_TABLES = ("quotes", "rejected", "balance", "history")
TCGCSV = dg.AssetSelection.assets(["landing", "tcgcsv", "prices"])
RETRIES = dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""Of a step that fails while nobody looks: a database that restarts, a disk that is full for a moment."""
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
"""Of a job about some products: the launchpad shows where to name them, a run that names none fails."""


everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="The whole graph, from landing to opportunities, for one day.",
)
fetch_sources = dg.define_asset_job(
    "fetch_sources",
    selection=dg.AssetSelection.groups("landing") - TCGCSV,
    description="Every source but the day's TCGplayer prices. One that fails leaves the others.",
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
    description="Catalogue and contents: what can be bought, and what is inside.",
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
    description="Asks every price source, and loads what it says of the day.",
    op_retry_policy=RETRIES,
)
update_product_prices = dg.define_asset_job(
    "update_product_prices",
    selection=_landing(*PER_PRODUCT) | _quotes(*PER_PRODUCT),
    description="Asks the marketplaces that answer per product for some products; run it for today.",
    **OF_PRODUCTS,
)
scrape_new_products = dg.define_asset_job(
    "scrape_new_products",
    selection=reference_data.selection,
    description="Renews catalogue and contents from their sources: new products, new sets, new lists.",
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
    description="Builds the mart beside the one in use, checks it, and puts it in its place.",
)
