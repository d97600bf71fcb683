"""Data of a report, read from the tables and the landing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from arb_pipeline.core.opportunities.freshness import age_days
from arb_pipeline.core.portfolio.performance import Performance, Purchase, performance, unsold_value
from arb_pipeline.core.portfolio.records import record
from arb_pipeline.settings import Settings
from arb_pipeline.storage.params import own_files, parameters
from arb_pipeline.storage.postgres.alert_queries import PAGE
from arb_pipeline.storage.postgres.portfolio_queries import purchase_rows
from arb_pipeline.storage.postgres.queries import frame_of, valuations
from arb_pipeline.storage.postgres.tables import price_history, sealed_valuations
from arb_pipeline.storage.source_ages import source_ages

NEAR_MISSES = 20
WORTH_TELLING = 0.10
"""Smallest relative change of profit that is reported."""
TCGPLAYER = "tcgplayer"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Change of a product since the previous analysis."""

    kind: str
    """new, gone, better or worse."""
    row: Row
    before: Row | None


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase: the product's names, and its figures in cents."""

    row: Row
    figures: Purchase
    unsold_cents: int | None

    @property
    def forecast_profit_cents(self) -> int | None:
        """At the purchase."""
        value = self.figures.forecast_value_cents
        return None if value is None else value - self.figures.cost_cents

    @property
    def result_cents(self) -> int | None:
        """Realised profit; of an open purchase proceeds + unsold value - cost."""
        if self.unsold_cents is None:
            return None
        return self.figures.proceeds_cents + self.unsold_cents - self.figures.cost_cents


@dataclass(frozen=True, slots=True)
class Findings:
    """One analysis: rows of `sealed_valuations` with product names, money in dollars."""

    day: date
    written_at: datetime
    valued: int
    published: list[Row]
    near: list[Row]
    """Highest margins among unpublished valuations."""
    closed: list[Row]
    """Worth buying to resell unopened, the highest return first."""
    margins: list[float]
    """Margins in percent, one per product that has one."""
    flags: list[tuple[str, int, int]]
    """Flag, number of valued products and of published ones with it."""
    sources: list[tuple[str, float, datetime]]
    """Source, hours, counted from; as of `written_at`."""
    previous: date | None
    changes: list[Change]
    purchases: list[Bought] = field(default_factory=list)
    """All purchases, newest first."""
    performance: Performance | None = None
    """Results of these purchases; None: there are none."""

    @property
    def age_days(self) -> int:
        """Days from the prices to the writing of the report."""
        return age_days(self.day, self.written_at)

    @property
    def is_old(self) -> bool:
        """True if the analysis had expired when the report was written."""
        return (self.written_at.date() - self.day) > timedelta(days=1)


def findings(connection: sa.Connection, settings: Settings, day: date, now: datetime) -> Findings:
    """Findings of the report of a day."""
    frame = frame_of(connection, valuations(connection, day=day))
    rows = frame.to_dicts()
    published = [row for row in rows if row["published"]]
    priced = frame.filter(pl.col("margin_percentage").is_not_null())
    near = priced.filter(~pl.col("published")).sort(
        "margin_percentage", "name", "product_id", descending=[True, False, False]
    )
    near_rows = near.head(NEAR_MISSES).to_dicts()
    stale_days = parameters(day, own_files(settings)).prices.stale_days
    closed = [row for row in rows if "worth_closed" in (row["flags"] or ())]
    closed.sort(key=lambda row: (-row["resale_value"] / row["sealed_price"], row["product_id"]))
    shown = [*published, *near_rows, *closed]
    pages = _pages(connection, shown, day, stale_days)
    for row in shown:
        row["page"] = _page(row, pages)
    previous = connection.scalar(
        sa.select(sa.func.max(sealed_valuations.c.as_of)).where(sealed_valuations.c.as_of < day)
    )
    before = (
        frame_of(connection, valuations(connection, day=previous)).filter("published").to_dicts()
        if previous
        else []
    )
    everything, kept = _flags(rows), _flags(published)
    bought = [_bought(row) for row in purchase_rows(connection, None)]
    return Findings(
        day=day,
        written_at=now,
        valued=frame.height,
        published=published,
        near=near_rows,
        closed=closed,
        margins=[float(margin) for margin in priced["margin_percentage"]],
        flags=[(flag, n, kept[flag]) for flag, n in sorted(everything.items(), key=lambda f: (-f[1], f[0]))],
        sources=[(name, hours, since) for name, (hours, since) in sorted(source_ages(settings, now).items())],
        previous=previous,
        changes=changes(before, published, {row["product_id"] for row in rows}) if previous else [],
        purchases=bought,
        performance=performance([purchase.figures for purchase in bought]) if bought else None,
    )


def _bought(row: Row) -> Bought:
    figures = record(row)
    return Bought(row, figures, unsold_value(figures))


def changes(before: Sequence[Row], now: Sequence[Row], valued: set[str]) -> list[Change]:
    """Published products that are new or gone, or whose profit moved by 10 % or more, largest first.

    `valued`: products of today's analysis. Other products are not reported as gone.
    """
    earlier = {row["product_id"]: row for row in before}
    today = {row["product_id"]: row for row in now}
    listed = []
    for product, row in today.items():
        then = earlier.get(product)
        if then is None:
            listed.append(Change("new", row, None))
            continue
        moved = float(row["profit"] - then["profit"])
        if abs(moved) >= WORTH_TELLING * abs(float(then["profit"])) and moved:
            listed.append(Change("better" if moved > 0 else "worse", row, then))
    listed += [
        Change("gone", row, row)
        for product, row in earlier.items()
        if product in valued and product not in today
    ]
    order = ("new", "better", "worse", "gone")
    return sorted(listed, key=lambda c: (order.index(c.kind), -float(c.row["profit"]), c.row["product_id"]))


def _flags(rows: Sequence[Row]) -> Counter[str]:
    return Counter(flag for row in rows for flag in row["flags"] or ())


def _pages(
    connection: sa.Connection, rows: Sequence[Row], day: date, stale_days: int
) -> dict[tuple[str, str], str]:
    """(product, source) -> the page of its newest offer up to the day."""
    wanted = [row for row in rows if row["sealed_source"] not in (None, TCGPLAYER)]
    if not wanted:
        return {}
    table = price_history.c
    query = (
        sa.select(table.product_id, table.source, table.source_url)
        .ext(distinct_on(table.product_id, table.source))
        .where(
            table.product_id.in_([UUID(row["product_id"]) for row in wanted]),
            table.recorded_at >= day - timedelta(days=stale_days + 1),
            table.recorded_at < day + timedelta(days=1),
            table.source_url.is_not(None),
        )
        .order_by(table.product_id, table.source, table.recorded_at.desc())
    )
    return {(str(row.product_id), row.source): row.source_url for row in connection.execute(query)}


def _page(row: Row, pages: dict[tuple[str, str], str]) -> str:
    """URL of the price's page; '' where unknown or not a web page."""
    source = row["sealed_source"]
    if source in (None, TCGPLAYER):
        number = str(row["tcg_product_id"] or "")
        return PAGE.format(number) if number.isdigit() else ""
    url = pages.get((row["product_id"], source), "")
    return url if urlsplit(url).scheme in ("http", "https") else ""
