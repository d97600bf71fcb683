"""The asset of channels' own prices: it reads what quotes there are of the last days, and none is no failure."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.quotes import Quotes
from arb_pipeline.contracts.valuation import ChannelPrices
from arb_pipeline.defs.shared.lake_io import LakeIO
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.defs.valuation.assets import own_prices
from arb_pipeline.settings import settings
from arb_pipeline.storage.lake import Lake

DAY = date(2025, 10, 10)
Prices = Callable[[], pl.DataFrame]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """A lake of its own."""
    monkeypatch.setenv("ARB_HOME", str(tmp_path))
    settings.cache_clear()
    yield Lake(settings().lake)
    settings.cache_clear()


def prices(lake: Lake) -> pl.DataFrame:
    """Frame that the asset writes to the lake."""
    resources = {"workspace": Workspace(categories=["mtg"]), "io_manager": LakeIO(categories=["mtg"])}
    assert dg.materialize([own_prices], resources=resources, partition_key=DAY.isoformat()).success
    return lake.read("valuation/channel_prices", category="mtg", day=DAY)


def land(lake: Lake, day: date, cents: int) -> None:
    """Card Kingdom's list of a day: it wants 7 of the card a."""
    columns = {
        "category": "mtg",
        "source": "cardkingdom",
        "source_product_id": "SKU",
        "id_kind": "scryfall",
        "printing": "normal",
        "condition": "near_mint",
        "language": "English",
        "price_type": "buylist",
        "amount_text": "x",
        "currency": "USD",
        "quality": 1.0,
        "file": "f",
        "record": "r",
    }
    row = columns | {"day": day, "recorded_at": datetime(day.year, day.month, day.day, 5, tzinfo=UTC)}
    row |= {"price_cents": cents, "available_quantity": 7}
    quotes = pl.concat(
        [empty(Quotes), pl.DataFrame([row], schema_overrides=empty(Quotes).schema)], how="diagonal"
    )
    matched = quotes.with_columns(product_id=pl.lit("a"), match_reason=pl.lit("id"), package_id=pl.lit("p"))
    lake.write(matched, "prices/cardkingdom/quotes", day=day)


def test_a_day_without_quotes_has_no_such_channel(home: Lake) -> None:
    result = prices(home)
    assert result.height == 0
    assert result.columns == list(ChannelPrices.to_schema().columns)


def test_the_newest_list_of_the_days_in_reach_counts(home: Lake) -> None:
    land(home, date(2025, 10, 6), 900)  # four days old
    land(home, date(2025, 10, 7), 500)
    land(home, date(2025, 10, 8), 400)
    land(home, date(2025, 10, 11), 700)  # of tomorrow
    result = prices(home).row(0, named=True)
    assert (result["channel"], result["price_cents"], result["quantity_wanted"]) == (
        "cardkingdom_buylist",
        400,
        7,
    )
    assert result["day"] == date(2025, 10, 8)
