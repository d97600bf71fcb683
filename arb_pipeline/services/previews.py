"""Previews of a change before it is saved: a parameter, or an alert rule."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import polars as pl
import sqlalchemy as sa
from pydantic import JsonValue, ValidationError

from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError
from arb_pipeline.core.alerting.changes import fits
from arb_pipeline.core.alerting.rules import Rule
from arb_pipeline.core.params import Parameters
from arb_pipeline.services.view import Dollars, Share, View, dollars
from arb_pipeline.settings import Settings
from arb_pipeline.storage import params
from arb_pipeline.storage.lake import SEALED_PRODUCTS, SEALED_VALUATIONS, Lake
from arb_pipeline.storage.postgres.alert_queries import opportunities
from arb_pipeline.storage.postgres.parameter_values import dated_values

UPSTREAM = frozenset({"prices", "outliers", "buying"})
"""Parameter groups that affect features and offers, which only an analysis computes."""
NEXT_ANALYSIS = (
    "This group acts on prices and offers before they are valued. Its effect on them shows with the next "
    "analysis; here only what it changes in the valuation itself is counted."
)


class ProductEffectView(View):
    """A product that would join or leave the list."""

    product_id: str
    name: str
    currency: Literal["USD"] = "USD"
    profit: Dollars | None
    margin_percentage: float | None


class ParameterEffectView(View):
    """The newest day's list under the present parameters, and with another value of one of them."""

    as_of: date
    products: int
    values_changed: int
    """Products with another net value."""
    published_before: int
    published_after: int
    gained: tuple[ProductEffectView, ...]
    lost: tuple[ProductEffectView, ...]
    note: str | None
    """Data that the figures leave out; None: nothing."""


class RuleMatchView(View):
    """An opportunity that would trigger a message."""

    opportunity_id: str
    name: str
    currency: Literal["USD"] = "USD"
    sealed_price: Dollars
    profit: Dollars
    margin_percentage: float
    p_profit: Share | None


class RuleEffectView(View):
    """The opportunities that a rule alerts on, best profit first."""

    opportunities: int
    """Current ones, whether the rule fits them or not."""
    targets: tuple[str, ...]
    items: tuple[RuleMatchView, ...]


def preview_parameter(
    settings: Settings, connection: sa.Connection, *, group: str, key: str, value: JsonValue
) -> ParameterEffectView:
    """The newest analysed day's list under the present parameters, and with another value of one of them."""
    lake, layer = Lake(settings.lake), dated_values(connection)
    days = lake.days(SEALED_VALUATIONS)
    if not days:
        message = "No day is analysed"
        raise ConflictError(message, next_step="`arb run` analyses one.")
    as_of = days[-1]
    with params.layered(layer):
        entries = params.entries(as_of, params.own_files(settings))
        known = {(entry.group, entry.key): entry for entry in entries}
        entry = known.get((group, key))
        if entry is None:
            thing = "parameter"
            raise NotFoundError(thing, value=f"{group}.{key}", next_step="GET /api/v1/parameters lists all.")
        if entry.is_own:
            message = f"{group}.{key} is set by the parameter file, which wins"
            raise ConflictError(message, next_step="Change it in the file that ARB_PARAMS names.")
        present = params.parameters(as_of, params.own_files(settings))
    changed = {name: dict(keys) for name, keys in layer.items()}
    changed.setdefault(group, {})[key] = {**layer.get(group, {}).get(key, {}), as_of: value}
    with params.layered(changed):
        try:
            other = params.parameters(as_of, params.own_files(settings))
        except params.ParameterError as error:
            message = f"{group}.{key} = {value!r} is refused: {error}"[:1000]
            raise InvalidInputError(message) from None
    frames = _frames(lake, as_of)
    before, after = _valued(frames, present, as_of), _valued(frames, other, as_of)
    return _effect(
        before, after, lake.read(SEALED_PRODUCTS), as_of, NEXT_ANALYSIS if group in UPSTREAM else None
    )


Frames = dict[str, pl.DataFrame]


def _frames(lake: Lake, as_of: date) -> Frames:
    categories = lake.read(SEALED_VALUATIONS, day=as_of)["product_id"]
    sealed = lake.read(SEALED_PRODUCTS)
    valued = sealed.filter(pl.col("product_id").is_in(categories.implode()))["category"].unique().to_list()
    return {
        "sealed": sealed.filter(pl.col("category").is_in(valued)),
        "completeness": lake.read("contents/completeness"),
        "lines": lake.read("contents/lines"),
        "pack_sheets": lake.read("contents/pack_sheets"),
        "draws": lake.read("contents/draws"),
        "singles": lake.read("contents/singles"),
        "features": lake.read("valuation/features", day=as_of),
        "channel_prices": lake.read("valuation/channel_prices", day=as_of),
        "offers": lake.read("valuation/offers", day=as_of),
    }


def _valued(frames: Frames, parameters: Parameters, as_of: date) -> pl.DataFrame:
    """The day's valuations, computed by the same two functions as the analysis computes them."""
    from arb_pipeline.core.outcome.frames import Drawn
    from arb_pipeline.core.pricing.card_nets import card_nets
    from arb_pipeline.core.valuation.sealed import value_sealed

    f = frames
    nets = card_nets(f["singles"], f["features"], parameters, f["channel_prices"])
    return value_sealed(
        *(f["sealed"], f["completeness"], f["lines"], nets, f["features"]),
        drawn=Drawn(f["pack_sheets"], f["draws"]),
        params=parameters,
        as_of=as_of,
        offers=f["offers"],
    )


def _effect(
    before: pl.DataFrame, after: pl.DataFrame, sealed: pl.DataFrame, as_of: date, note: str | None
) -> ParameterEffectView:
    columns = ("product_id", "published", "singles_value_cents", "profit_cents", "margin_bps", "rank_score")
    both = (
        after.select(columns)
        .join(before.select(columns), on="product_id", how="full", coalesce=True, suffix="_before")
        .join(sealed.select("product_id", "name"), on="product_id", how="left")
        .with_columns(pl.col("published", "published_before").fill_null(value=False))
        .sort("rank_score", "product_id", descending=[True, False], nulls_last=True)
    )
    value = pl.col("singles_value_cents")
    gained = both.filter(pl.col("published") & ~pl.col("published_before"))
    lost = both.filter(~pl.col("published") & pl.col("published_before"))
    return ParameterEffectView(
        as_of=as_of,
        products=both.height,
        values_changed=both.filter(value.ne_missing(pl.col("singles_value_cents_before"))).height,
        published_before=int(both["published_before"].sum()),
        published_after=int(both["published"].sum()),
        gained=tuple(_row(row) for row in gained.iter_rows(named=True)),
        lost=tuple(_row(row) for row in lost.iter_rows(named=True)),
        note=note,
    )


def _row(row: Mapping[str, Any]) -> ProductEffectView:
    margin = row["margin_bps"]
    return ProductEffectView(
        product_id=row["product_id"],
        name=row["name"],
        profit=dollars(row["profit_cents"]),
        margin_percentage=None if margin is None else round(margin / 100, 2),
    )


def preview_alert_rule(
    connection: sa.Connection, rule: Mapping[str, JsonValue], *, now: datetime
) -> RuleEffectView:
    """The opportunities that a rule alerts on as new, and its targets. Nothing is sent or recorded."""
    try:
        parsed = Rule.model_validate({"name": "dry run", **rule})
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'rule'}: {fault['msg']}" for fault in error.errors()
        )
        message = f"The rule is refused: {faults}"[:1000]
        raise InvalidInputError(message) from None
    current = [opportunity for opportunity in opportunities(connection, now) if opportunity.is_current(now)]
    fitting = sorted(
        (opportunity for opportunity in current if fits(parsed, opportunity)),
        key=lambda opportunity: -opportunity.profit_cents,
    )
    return RuleEffectView(
        opportunities=len(current),
        targets=tuple(parsed.targets),
        items=tuple(
            RuleMatchView(
                opportunity_id=match.id,
                name=match.name,
                sealed_price=Decimal(match.price_cents).scaleb(-2),
                profit=Decimal(match.profit_cents).scaleb(-2),
                margin_percentage=match.margin_bps / 100,
                p_profit=match.p_profit,
            )
            for match in fitting
        ),
    )
