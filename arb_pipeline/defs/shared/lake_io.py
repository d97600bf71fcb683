"""I/O manager: passes frames between assets through the lake.

A frame with a `category` column is one file per category of the run's scope, so that a run of one game
leaves the others' files alone.
"""

from datetime import date

import dagster as dg
import polars as pl
from pydantic import Field

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.settings import settings
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.reference import corrected

CATALOGUE = frozenset(
    ("catalog/sealed_products", "catalog/printings", *(f"catalog/{game}/printings" for game in CATEGORIES))
)
"""Tables of products and their marketplace ids."""
BY_CATEGORY = "by_category"
"""Definition metadata of an asset whose frame has a `category` column."""
KEEPS_TIME = "keeps_time"
"""Definition metadata of an asset without categories: rewriting equal content makes no asset stale."""


class LakeIO(dg.ConfigurableIOManager):
    """Parquet files under the lake, named by the asset's key and partition."""

    categories: list[str] = Field(default=list(CATEGORIES), description="Games of this run.")

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame | None) -> None:
        """Writes a frame; None where the asset has its effect elsewhere."""
        if obj is None:
            return
        lake, table, day = Lake(settings().lake), "/".join(context.asset_key.path), _day(context)
        if context.definition_metadata.get(BY_CATEGORY):
            for category in self.categories:
                part = obj.filter(pl.col("category") == category)
                lake.write(part, table, category=category, day=day, keeps_time=True)
        else:
            lake.write(obj, table, day=day, keeps_time=bool(context.definition_metadata.get(KEEPS_TIME)))

    def load_input(self, context: dg.InputContext) -> pl.DataFrame:
        """Reads the upstream frame of the same partition."""
        upstream = context.upstream_output
        lake, table = Lake(settings().lake), "/".join(context.asset_key.path)
        day = _day(context) if context.has_asset_partitions else None
        if upstream is not None and upstream.definition_metadata.get(BY_CATEGORY):
            frame = pl.concat(lake.read(table, category=category, day=day) for category in self.categories)
        else:
            frame = lake.read(table, day=day)
        return _with_corrections(frame) if table in CATALOGUE else frame


def _with_corrections(products: pl.DataFrame) -> pl.DataFrame:
    """The catalogue with ids corrected since it was written: a run that does not renew it uses them too."""
    with connected(settings()) as engine, engine.connect() as connection:
        return corrected(connection, products, key="product_id")


def _day(context: dg.OutputContext | dg.InputContext) -> date | None:
    return date.fromisoformat(context.asset_partition_key) if context.has_asset_partitions else None
