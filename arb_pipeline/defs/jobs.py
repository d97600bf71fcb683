"""Jobs: the whole graph for a day, its two halves, and valuation alone for a day whose history changed."""

import dagster as dg

_stages = dg.AssetSelection.groups

everything = dg.define_asset_job(
    "everything", selection=dg.AssetSelection.all(), description="The whole graph, from landing to opportunities, for one day."
)
reference_data = dg.define_asset_job(
    "reference_data",
    selection=dg.AssetSelection.groups("catalog", "contents") | dg.AssetSelection.groups("landing") - dg.AssetSelection.assets(["landing", "tcgcsv", "prices"]),
    description="Catalogue and contents: what can be bought, and what is inside.",
)
daily_analysis = dg.define_asset_job(
    "daily_analysis",
    selection=dg.AssetSelection.groups("prices", "valuation", "opportunities") | dg.AssetSelection.assets(["landing", "tcgcsv", "prices"]),
    description="One day's prices, valuations and opportunities, on the catalogue and contents at hand.",
)
revaluation = dg.define_asset_job(
    "revaluation",
    selection=_stages("valuation", "opportunities"),
    description="Values a day again, after prices of a day before it have changed.",
)
