"""Explanation of a valuation: contents, cards, offers, confidence, outcome, events."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.enums import OpportunityEvent
from arb_pipeline.contracts.errors import NotEnoughDataError
from arb_pipeline.contracts.frame_models import SEALED_IDS
from arb_pipeline.core.outcome.frames import Drawn, outcome_of
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.exits import resale_nets, resale_price
from arb_pipeline.core.pricing.offers import best_offers
from arb_pipeline.core.valuation.buylist_cap import with_line_nets
from arb_pipeline.core.valuation.confidence import FACTORS
from arb_pipeline.core.valuation.sealed import movements_of
from arb_pipeline.core.valuation.top_cards import top_cards
from arb_pipeline.services import catalogue
from arb_pipeline.services.valuations import ValuationView, analysed_day
from arb_pipeline.services.view import Dollars, View, dollars
from arb_pipeline.services.what_if import OutcomeBar
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.params import own_files, parameters
from arb_pipeline.storage.postgres import queries

BARS = 24
"""Bars of the outcome: as many as a terminal shows without scrolling."""
TOP_CARDS = 12


class ContentsPart(View):
    """A part of a product's contents, with its own parts."""

    kind: str
    """card, pack, deck, sealed, other or copy."""
    label: str
    count: int
    chance: str
    """'' for certain; `95 of 100` or `1 of 5` for an alternative of a mixture."""
    parts: tuple["ContentsPart", ...]


class PartValue(View):
    """A kind of pack, or the guaranteed cards, with the value of its cards."""

    part: str
    copies: float
    """Expected copies of all its cards."""
    gross: Dollars | None
    net: Dollars | None


class CardValue(View):
    """A top card of a product, with its value."""

    name: str
    is_foil: bool
    guaranteed: bool
    rarity: str | None
    expected_copies: float
    channel: str | None
    """Best exit channel; None: no price."""
    price: Dollars | None
    net: Dollars | None
    value: Dollars | None


class OfferView(View):
    """An offer of a product, and its exclusion reason."""

    source: str
    source_product_id: str
    is_shipping_told: bool
    """False: the shipping is the default of the price's band."""
    sellers: int | None
    quantity: int | None
    moq: int | None
    recorded_at: datetime
    source_url: str | None
    objection: str | None
    """Exclusion reason; None: it can be bought."""
    price: Dollars
    shipping: Dollars
    landed: Dollars
    is_price: bool
    """The cheapest offer without an exclusion reason: the product's price."""


class FactorView(View):
    """A factor of the confidence."""

    name: str
    score: float
    """0 to 1; the neutral value where it has no data."""
    weight: float
    is_missing: bool
    """It has no data."""


class ProductEvent(View):
    """A change of one of a product's opportunities."""

    as_of: date
    event: OpportunityEvent
    why: str | None


class ExitView(View):
    """A way to sell the contents, or the closed product."""

    name: str
    """patient, quick, cash, or resale."""
    meaning: str
    channel: str | None
    value: Dollars | None
    """Null: not enough data."""


class ExplanationView(View):
    """A product on an analysed day."""

    valuation: ValuationView
    tree: tuple[ContentsPart, ...]
    parts: tuple[PartValue, ...]
    cards: tuple[CardValue, ...]
    """Best first."""
    offers: tuple[OfferView, ...]
    """Cheapest first; none on a day that was valued before offers were kept."""
    weights: Mapping[str, float]
    """Confidence factor -> its weight."""
    factors: tuple[FactorView, ...]
    outcome: tuple[OutcomeBar, ...]
    """Bars of the net value at the sale; empty where the product has no value."""
    exits: tuple[ExitView, ...]
    """Ways to sell, the patient one first."""
    handling_per_order: Dollars
    """Supplies and time of an order of singles, within every net above."""
    handling_per_card: Dollars
    """Supplies and time of a listed card, within every net above."""
    events: tuple[ProductEvent, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Frames of one product on an analysed day, read once."""

    lines: pl.DataFrame
    nets: pl.DataFrame
    parts: pl.DataFrame
    """Parts of all products: a part may be a product itself."""
    drawn: Drawn
    offers: pl.DataFrame | None


def explain(
    settings: Settings,
    connection: sa.Connection,
    product: catalogue.ProductView,
    *,
    day: date | None = None,
    top: int = TOP_CARDS,
) -> ExplanationView:
    """A product's valuation of a day, by default the newest analysed, with its inputs.

    `top`: cards to list. Raises `NotEnoughDataError` where the game was not analysed, or the product has no
    valuation.
    """
    valuation = valuation_of(connection, product, day)
    events = queries.events(connection, product.product_id)
    snapshot = load(settings, product, valuation.as_of)
    params = parameters(valuation.as_of, own_files(settings))
    weights = params.confidence.weights
    has_value = valuation.p50 is not None
    return ExplanationView(
        valuation=valuation,
        tree=contents_tree(snapshot.parts, product.product_id),
        parts=part_values(snapshot.lines, snapshot.nets),
        cards=card_values(product.product_id, snapshot, top=top),
        offers=offer_views(snapshot.offers),
        weights=weights,
        factors=_factors(valuation, weights),
        outcome=outcome_bars(product, snapshot, params) if has_value else (),
        exits=exits(valuation, snapshot.offers, params),
        handling_per_order=dollars(params.handling.order_cents),
        handling_per_card=dollars(params.handling.card_cents),
        events=tuple(ProductEvent.model_validate(row) for row in events.iter_rows(named=True)),
    )


def valuation_of(
    connection: sa.Connection, product: catalogue.ProductView, day: date | None
) -> ValuationView:
    """The product's valuation of a day, by default its game's newest. Raises `NotEnoughDataError`."""
    of_day = analysed_day(connection, day, product.category)
    query = queries.valuations(connection, day=of_day, product_id=product.product_id)
    rows = queries.rows_of(connection, query)
    if of_day is None or not rows:
        when = f" on {of_day}" if of_day else ""
        msg = f"{product.name} is not valued{when}: no price and no contents are known."
        raise NotEnoughDataError(msg)
    valuation: ValuationView = ValuationView.model_validate(rows[0])
    return valuation


def _factors(valuation: ValuationView, weights: Mapping[str, float]) -> tuple[FactorView, ...]:
    return tuple(
        FactorView(
            name=name,
            score=getattr(valuation, column),
            weight=weights[name],
            is_missing=name in valuation.missing_factors,
        )
        for name, (column, _) in FACTORS.items()
    )


def load(settings: Settings, product: catalogue.ProductView, day: date) -> Snapshot:
    """Reads the frames of one product on an analysed day."""
    lake = Lake(settings.lake)
    key = pl.lit(product.product_id).cast(SEALED_IDS)
    try:
        offers = lake.read("valuation/offers", category=product.category, day=day)
    except FileNotFoundError:
        offers = None
    return Snapshot(
        lines=lake.read("contents/lines").filter(pl.col("sealed_product_id") == key),
        nets=lake.read("valuation/card_nets", category=product.category, day=day),
        parts=lake.read("contents/parts"),
        drawn=Drawn(lake.read("contents/pack_sheets"), lake.read("contents/draws")),
        offers=None if offers is None else offers.filter(product_id=product.product_id),
    )


def contents_tree(
    parts: pl.DataFrame, product_id: str, above: tuple[str, ...] = ()
) -> tuple[ContentsPart, ...]:
    """Parts of a product, nested; a product that contains itself is not followed again."""
    children = []
    for part in parts.filter(sealed_product_id=product_id).iter_rows(named=True):
        child = part["child_product_id"]
        is_new = child and child not in (*above, product_id)
        nested = contents_tree(parts, child, (*above, product_id)) if is_new else ()
        own = {name: part[name] for name in ("kind", "label", "count", "chance")}
        children.append(ContentsPart(**own, parts=nested))
    return tuple(children)


def part_values(lines: pl.DataFrame, nets: pl.DataFrame) -> tuple[PartValue, ...]:
    """Copies and value by kind of pack, the highest net first. `lines`: of one product."""
    kind = (
        pl.when(pl.col("pack") != "")
        .then(pl.format("{} x pack {}", "quantity", "pack"))
        .when("guaranteed")
        .then(pl.lit("guaranteed cards"))
        .otherwise(pl.lit("one of several"))
    )
    copies = pl.col("expected_copies")
    summed = (
        with_line_nets(lines, nets)
        .join(nets.select("card_id", "reference_cents"), on="card_id", how="left")
        .group_by(part=kind)
        .agg(
            copies=copies.sum(),
            gross_cents=(copies * pl.col("reference_cents")).sum(),
            net_cents=(copies * pl.col("net_cents")).sum(),
        )
        .sort("net_cents", descending=True)
    )
    return tuple(
        PartValue(part=part, copies=count, gross=dollars(gross), net=dollars(net))
        for part, count, gross, net in summed.iter_rows()
    )


def card_values(product_id: str, snapshot: Snapshot, *, top: int) -> tuple[CardValue, ...]:
    """The `top` cards of a product by net proceeds."""
    names = ("name", "is_foil", "guaranteed", "rarity", "expected_copies", "channel")
    cards = top_cards(snapshot.lines, snapshot.nets, [product_id], n=top)
    return tuple(
        CardValue(
            **{name: row[name] for name in names},
            price=dollars(row["reference_cents"]),
            net=dollars(row["net_cents"]),
            value=dollars(row["value_cents"]),
        )
        for row in cards.iter_rows(named=True)
    )


def offer_views(offers: pl.DataFrame | None) -> tuple[OfferView, ...]:
    """Offers of one product, cheapest first; none where `offers` is None."""
    if offers is None:
        return ()
    names = (
        *("source", "source_product_id", "is_shipping_told", "sellers", "quantity", "moq", "recorded_at"),
        *("source_url", "objection"),
    )
    usable = offers["objection"].is_null().arg_max() if offers["objection"].null_count() else None
    return tuple(
        OfferView(
            **{name: row[name] for name in names},
            price=dollars(row["list_price_cents"]),
            shipping=dollars(row["shipping_cents"]),
            landed=dollars(row["landed_cents"]),
            is_price=at == usable,
        )
        for at, row in enumerate(offers.iter_rows(named=True))
    )


def exits(valuation: ValuationView, offers: pl.DataFrame | None, params: Parameters) -> tuple[ExitView, ...]:
    """Net proceeds of each way to sell. `offers`: of the product; None: none were kept."""
    horizon = params.movement.horizon_days
    of_singles = (
        ("patient", f"each card at its market price, within {horizon} days", valuation.singles_value),
        ("quick", "each card at once, at the lowest ask", valuation.quick_sale_value),
        ("cash", "the copies that buylists take today", valuation.cash_value),
    )
    views = [ExitView(name=name, meaning=text, channel=None, value=value) for name, text, value in of_singles]
    market = valuation.market_price
    if market is not None:
        kept = None if offers is None else best_offers(offers, params.resale.channels).collect()
        rival = kept["rival_cents"][0] if kept is not None and kept.height else None
        prices = pl.DataFrame({"market": [round(100 * float(market))], "rival": [rival]})
        sold_on = prices.select(price=resale_price(pl.col("market"), pl.col("rival").cast(pl.Int64)))
        nets = sold_on.select(**resale_nets(pl.col("price"), params))
        is_undercut = sold_on["price"][0] < prices["market"][0]
        at = "just under the lowest other ask" if is_undercut else "at its market price"
        text = f"the closed product sold on {at}"
        for channel, net in nets.row(0, named=True).items():
            views.append(
                ExitView(name="resale", meaning=text, channel=channel, value=dollars(max(round(net), 0)))
            )
    return tuple(views)


def outcome_bars(
    product: catalogue.ProductView, snapshot: Snapshot, params: Parameters
) -> tuple[OutcomeBar, ...]:
    """Distribution of the net value at the sale, of one opened; none where its draws are not known."""
    id_ = product.product_id
    one = pl.DataFrame({"product_id": [id_], "category": [product.category]})
    moved = movements_of(one, snapshot.lines, snapshot.nets, params)
    outcome = outcome_of(id_, snapshot.lines, snapshot.nets, snapshot.drawn, moved.get(id_))
    return tuple(
        OutcomeBar(low=dollars(low), high=dollars(high), chance=chance)
        for low, high, chance in (outcome.bars(BARS) if outcome else ())
    )
