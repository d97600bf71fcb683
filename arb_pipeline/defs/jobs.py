"""Jobs: the whole graph for a day, its two halves, and valuation alone for a day whose history changed."""

import dagster as dg

everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="The whole graph, from landing to opportunities, for one day.",
)
reference_data = dg.define_asset_job(
    "reference_data",
    selection=dg.AssetSelection.groups("catalog", "contents")
    | dg.AssetSelection.groups("landing") - dg.AssetSelection.assets(["landing", "tcgcsv", "prices"]),
    description="Catalogue and contents: what can be bought, and what is inside.",
)
daily_analysis = dg.define_asset_job(
    "daily_analysis",
    selection=dg.AssetSelection.groups("prices", "valuation", "opportunities")
    | dg.AssetSelection.assets(["landing", "tcgcsv", "prices"]),
    description="One day's prices, valuations and opportunities, on the catalogue and contents at hand.",
)
day_prices = dg.define_asset_job(
    "day_prices",
    selection=dg.AssetSelection.groups("prices") | dg.AssetSelection.assets(["landing", "tcgcsv", "prices"]),
    description="One day's prices alone: history for the days after it.",
)
revaluation = dg.define_asset_job(
    "revaluation",
    selection=dg.AssetSelection.groups("valuation", "opportunities"),
    description="Values a day again, after prices of a day before it have changed.",
)
