"""The life of an opportunity: opened, confirmed, expired by analyses; closed by a person (valuation.md 9)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from arb_pipeline.contracts.columns import OPPORTUNITY_FIGURES
from arb_pipeline.core.identity import stable_id
from arb_pipeline.core.params import Publish

VALUES = tuple(column.in_frame for column in OPPORTUNITY_FIGURES)
"""Columns of a valuation that an opportunity takes over at each confirmation."""

FIGURES = ("sealed_price_cents", "singles_value_cents", "profit_cents")
"""Figures of which a change is an event."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Changes by one analysis."""

    current: pl.DataFrame
    """Opportunities that hold: id, sealed_product_id, opened_on, as_of, expires_at, status, and `VALUES`."""
    expired: pl.DataFrame
    """Expired opportunities: id, product_id, why."""
    events: pl.DataFrame
    """id, opportunity_id, product_id, event, as_of, why, and the figures (null for an expiry)."""


def analysed_at(as_of: date) -> datetime:
    """The instant that a day's analysis stands for: when the day's prices are out, 20:00 UTC."""
    return datetime.combine(as_of, time(20), UTC)


def reconcile(
    valuations: pl.DataFrame,
    known: pl.DataFrame,
    *,
    as_of: date,
    publish: Publish,
    now: datetime | None = None,
) -> Reconciled:
    """Reconciles the published valuations of a day with the known opportunities.

    `known`: id, sealed_product_id, status, opened_on, confirmed_on, expires_at, `FIGURES` and events (how
    many it has), of active rows and of rows whose latest analysis is of `as_of`; all of the analysed
    products. A confirmation on the day it already stands for is no event unless a figure changed.

    An opportunity holds for `expires_hours` from `now`, when the analysis is made (None: the instant that the
    day stands for). A day run again keeps the time that it gave: it writes nothing the second time.

    The day that a closed row stands for, run again, never opens its product: neither what a person
    `executed` or `cancelled`, nor what ran out (`expired`, and not by this day's analysis: nothing new was
    learnt). A later day opens a new row. Only what this very day expired, and on better data publishes, is
    reopened.
    """
    closed, earlier = _closed_and_earlier(known, as_of)
    made_at = max(now or analysed_at(as_of), analysed_at(as_of))
    published = valuations.filter("published").select("product_id", *VALUES)
    current = (
        published.join(earlier, on="product_id", how="left")
        .with_columns(
            opens=~pl.col("was_active").fill_null(value=False), opened_on=pl.col("opened_on").fill_null(as_of)
        )
        .with_columns(id=pl.coalesce("id", _opportunity_ids()))
        .join(closed.select(product_id="sealed_product_id"), on="product_id", how="anti")
        .with_columns(
            as_of=pl.lit(as_of),
            status=pl.lit("active"),
            expires_at=pl.coalesce("kept_until", pl.lit(made_at + timedelta(hours=publish.expires_hours))),
        )
    )
    expired = (
        earlier.filter("was_active")
        .join(published, on="product_id", how="anti")
        .join(valuations.select("product_id", "why"), on="product_id", how="left")
        .with_columns(pl.col("why").fill_null("it has no price and no contents any more"))
    )
    columns = ["id", "product_id", "opened_on", "as_of", "status", "expires_at", *VALUES]
    return Reconciled(
        current.select(columns).rename({"product_id": "sealed_product_id"}),
        expired.select("id", "product_id", "why"),
        _events(current, expired, as_of),
    )


def _closed_and_earlier(known: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that the day run again leaves closed, and the row of each product that a publication continues."""
    of_day = pl.col("confirmed_on") == as_of
    # An analysis ends what it expires at its own instant; what merely ran out keeps the time it was given.
    ran_out = (pl.col("status") == "expired") & (pl.col("expires_at") > analysed_at(as_of))
    undone = (pl.col("status") == "expired") & ~ran_out
    closed = known.filter(of_day & (pl.col("status").is_in(["executed", "cancelled"]) | ran_out))
    earlier = (
        known.filter((pl.col("status") == "active") | (of_day & undone))
        .sort(pl.col("status") == "active", "opened_on", "id")
        .unique("sealed_product_id", keep="last", maintain_order=True)
        .select(
            *("id", "opened_on", "confirmed_on", "events"),
            *(pl.col(name).alias(f"{name}_before") for name in FIGURES),
            kept_until=pl.when(of_day & (pl.col("status") == "active")).then("expires_at"),
            product_id="sealed_product_id",
            was_active=pl.col("status") == "active",
        )
    )
    return closed, earlier


def _events(current: pl.DataFrame, expired: pl.DataFrame, as_of: date) -> pl.DataFrame:
    kind = pl.when("opens").then(pl.lit("opened")).otherwise(pl.lit("confirmed"))
    has_changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in FIGURES)
    is_event = pl.col("opens") | (pl.col("confirmed_on") < as_of) | has_changed
    shared = ["product_id", "why", "events"]
    events = pl.concat(
        [
            current.filter(is_event).select(*shared, *FIGURES, opportunity_id="id", event=kind),
            expired.select(*shared, opportunity_id="id", event=pl.lit("expired")),
        ],
        how="diagonal",
    ).with_columns(as_of=pl.lit(as_of))
    # By its place in the opportunity's life: the same change may come twice in a day, with the same figures.
    return events.with_columns(
        id=pl.struct("opportunity_id", "event", "as_of", pl.col("events").fill_null(0)).map_elements(
            lambda e: stable_id("event", *map(str, e.values())), return_dtype=pl.String
        )
    ).drop("events")


def _opportunity_ids() -> pl.Expr:
    return pl.struct("product_id", "opened_on").map_elements(
        lambda o: stable_id("opportunity", o["product_id"], o["opened_on"].isoformat()),
        return_dtype=pl.String,
    )
