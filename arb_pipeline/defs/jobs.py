"""Jobs: the whole graph for a day, its two halves, and valuation alone for a day whose history changed."""

import dagster as dg

from arb_pipeline.defs.prices.quotes import PRICED_AS

QUOTE_TABLES = ("quotes", "rejected", "balance", "history")
QUOTES = dg.AssetSelection.assets(
    *(["prices", name, table] for name in PRICED_AS.values() for table in QUOTE_TABLES)
)
TCGCSV = dg.AssetSelection.assets(["landing", "tcgcsv", "prices"])

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
)
reference_data = dg.define_asset_job(
    "reference_data",
    selection=dg.AssetSelection.groups("catalog", "contents").upstream(),
    description="Catalogue and contents: what can be bought, and what is inside.",
)
market_quotes = dg.define_asset_job(
    "market_quotes",
    selection=QUOTES,
    description="What the other marketplaces said on a day: cleaned, matched, into the price history.",
)
daily_analysis = dg.define_asset_job(
    "daily_analysis",
    selection=(dg.AssetSelection.groups("prices", "valuation", "opportunities") - QUOTES) | TCGCSV,
    description="One day's prices, valuations and opportunities, on the catalogue and contents at hand.",
)
day_prices = dg.define_asset_job(
    "day_prices",
    selection=(dg.AssetSelection.groups("prices") - QUOTES) | TCGCSV,
    description="One day's prices alone: history for the days after it.",
)
revaluation = dg.define_asset_job(
    "revaluation",
    selection=dg.AssetSelection.groups("valuation", "opportunities"),
    description="Values a day again, after prices of a day before it have changed.",
)
mart = dg.define_asset_job(
    "mart",
    selection=dg.AssetSelection.groups("mart"),
    description="Builds the mart beside the one in use, checks it, and puts it in its place.",
)
