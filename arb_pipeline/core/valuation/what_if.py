"""Value of products at prices that a buyer is offered, for a number of pieces (valuation.md 3 to 8).

A purchase of N pieces is valued as one product that holds everything N times: so a buylist's cap binds over
all of it, N openings are independent, and the error of measured pull rates is common to them. What the price
is in the market does not matter here; the answer states it too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from math import ceil
from typing import Any

import numpy as np
import polars as pl

from arb_pipeline.contracts.frame_models import SEALED_IDS
from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.outcome.frames import FIGURES, Drawn, by_grid, rounded_figures, spread
from arb_pipeline.core.outcome.predictive import Predictive
from arb_pipeline.core.outcome.product import Transforms, outcome
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.offers import best_offers
from arb_pipeline.core.valuation.buylist_cap import with_line_nets
from arb_pipeline.core.valuation.flags import is_likely_enough
from arb_pipeline.core.valuation.sealed import movements_of, value_sealed

EVEN = 0.5
"""Chance for which a break-even price is always computed."""
BARS = 24
"""Bars of a distribution: as many as a terminal shows without scrolling."""
MOST_PIECES = 10_000
DIGITS = 6
"""Cents differ further down by the noise of sums."""
TIE = 1e-9
"""Sums of chances differ from the fractions they stand for by less."""
SUMS = (
    "sealed_price_cents",
    "gross_singles_value_cents",
    "singles_value_cents",
    "profit_cents",
    "margin_bps",
)
DRAWN = [name for name in FIGURES if name != "log_growth"]
"""Figures of the distribution that a purchase shows."""
EXITS = {
    "quick_sale_cents": "quick_sale_value_cents",
    "cash_cents": "cash_value_cents",
    "resale_cents": "resale_value_cents",
}
"""Exits beside the patient sale: field of `Figures` -> column of the contract `Valuations`."""
OFFER = "your offer"
"""Source of the offer, in sentences."""
OUTBID = "not_bought_here"
"""Exclusion reason of the market's offers: the buyer considers another one."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A number of pieces of a product at a price, in US cents."""

    product_id: str
    price_cents: int
    """Price of one piece, landed except for `shipping_cents`."""
    quantity: int = 1
    shipping_cents: int = 0
    """Shipping of the order, shared by all pieces."""

    @property
    def cost_cents(self) -> int:
        """Landed cost of all pieces, US cents."""
        return self.price_cents * self.quantity + self.shipping_cents

    @property
    def piece_cents(self) -> int:
        """Landed cost of one piece, US cents: its share of the order, half a cent up."""
        return (2 * self.cost_cents + self.quantity) // (2 * self.quantity)


@dataclass(frozen=True, slots=True)
class Frames:
    """A day's frames of one game, for at least the purchased products."""

    sealed: pl.DataFrame
    completeness: pl.DataFrame
    lines: pl.DataFrame
    nets: pl.DataFrame
    """Nets at the channels to sell at."""
    features: pl.DataFrame
    offers: pl.DataFrame
    """The market's: how many sell it, and how it trades."""
    drawn: Drawn


@dataclass(frozen=True, slots=True)
class Figures:
    """Cost, net value and distribution of all pieces of a purchase together, in US cents."""

    pieces: int
    cost_cents: int
    gross_cents: int
    net_cents: int
    profit_cents: int
    margin_bps: int
    mean_cents: int
    sd_cents: int
    p5_cents: int
    p50_cents: int
    p95_cents: int
    contents_sd_cents: int
    price_sd_cents: int
    p_profit: float
    break_even: Mapping[float, int | None]
    """Chance -> the highest cost in whole cents at which P(profit) reaches it; None: none does."""
    bars: tuple[tuple[float, float, float], ...]
    """(low, high, chance) in cents: the distribution as it can be drawn."""
    horizon_days: int = 0
    """Days to the sale that the distribution is for."""
    quick_sale_cents: int | None = None
    """Net of the cards sold at once at their lowest ask; None: not known."""
    cash_cents: int | None = None
    """Net of the copies that buylists take today; None: no buylist is known."""
    resale_cents: int | None = None
    """Net of the pieces resold unopened, each in an order of its own; None: no market price."""

    def per_piece(self, chance: float) -> int | None:
        """The break-even of one piece, whole cents, such that all of them keep to it."""
        highest = self.break_even[chance]
        return None if highest is None or highest < self.pieces else highest // self.pieces


@dataclass(frozen=True, slots=True)
class Assessment:
    """A valuation of the whole purchase beside its figures. US cents."""

    market_price_cents: int | None
    priced_share: float | None
    confidence_score: float
    price_stability: float
    seller_count_factor: float
    volume_history: float
    margin_size: float
    missing_factors: tuple[str, ...]
    seller_count: int | None
    risk_level: str
    competition_level: str
    flags: tuple[str, ...]
    published: bool
    why: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Assessment":
        """From a row of the contract `Valuations`."""
        values: dict[str, Any] = {name: row[name] for name in ASSESSED}
        lists = {name: tuple(values[name]) for name in ("missing_factors", "flags")}
        return cls(**values | lists)


ASSESSED = tuple(field.name for field in fields(Assessment))


@dataclass(frozen=True, slots=True)
class MarketOffer:
    """The market's cheapest sound offer of one piece; None: there is none."""

    landed_cents: int | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Value of a purchase; without figures where there is not enough data."""

    purchase: Purchase
    assessment: Assessment
    one: Figures | None
    """One piece alone, at its share of the cost."""
    all: Figures | None
    market: MarketOffer
    unknown: tuple[str, ...]
    """Reasons that there are no figures."""
    is_suspect: bool
    """True if the price is so far under the market price that the product may be another."""
    is_likely: bool = True
    """True if P(profit) and the expected profit reach the limits of publication."""

    @property
    def is_worth_closed(self) -> bool:
        """Would the purchase be published as one to resell unopened?"""
        return "worth_closed" in self.assessment.flags and not self.is_suspect

    @property
    def is_worth_buying(self) -> bool:
        """True if the purchase would be published as an opportunity."""
        is_sound = self.assessment.published and self.all is not None
        return is_sound and self.is_likely and not self.is_suspect


def what_if(
    purchases: Sequence[Purchase],
    frames: Frames,
    *,
    chance: float,
    params: Parameters,
    as_of: date,
    is_brief: bool = False,
) -> list[Answer]:
    """The answers, in order. `chance`: of profit, for a break-even price beside the even one.

    `is_brief`: without the figures of a single piece of several, and without bars. Products of which
    `frames.sealed` has no row raise `KeyError`.
    """
    rows = _purchases(purchases, is_brief=is_brief)
    held = _multiplied(frames, rows)
    valuations = value_sealed(
        held.sealed,
        held.completeness,
        held.lines,
        held.nets,
        held.features,
        drawn=None,
        params=params,
        as_of=as_of,
        offers=held.offers,
        pieces=rows.select("pieces", "contents", product_id="purchase"),
    )
    valued = {row["product_id"]: row for row in valuations.to_dicts()}
    figures = _figures(held, rows, valued, sorted({EVEN, chance}), params, with_bars=not is_brief)
    market = {row["product_id"]: row for row in best_offers(frames.offers).collect().to_dicts()}
    return [
        _answer(
            purchase,
            valued[_name(at, purchase.quantity)],
            figures,
            market.get(purchase.product_id, {}),
            at,
            params,
        )
        for at, purchase in enumerate(purchases)
    ]


def _answer(
    purchase: Purchase,
    row: dict[str, Any],
    figures: Mapping[str, Figures],
    offer: Mapping[str, Any],
    at: int,
    params: Parameters,
) -> Answer:
    paid, landed = row["market_price_cents"], offer.get("sealed_price_cents")
    whole = figures.get(_name(at, purchase.quantity))
    return Answer(
        purchase=purchase,
        assessment=Assessment.of(row),
        one=figures.get(_name(at, 1)),
        all=whole,
        market=MarketOffer(landed, None if landed is None else offer["sealed_source"]),
        unknown=() if whole else _unknown(row),
        is_suspect=paid is not None and purchase.price_cents < paid * params.guards.suspect_offer,
        is_likely=whole is not None
        and is_likely_enough(whole.p_profit, whole.mean_cents - whole.cost_cents, params),
    )


def _name(at: int, pieces: int) -> str:
    """A purchase as a product: of one row the single piece, and all."""
    return f"purchase {at} x{pieces}"


def _purchases(purchases: Sequence[Purchase], *, is_brief: bool) -> pl.DataFrame:
    """A row per purchase, and unless brief one more for its single piece where it is of several.

    `contents` names what so many pieces of the product hold, whatever they cost.
    """
    rows: list[tuple[str, str, int, int]] = []
    for at, purchase in enumerate(purchases):
        rows.append(
            (purchase.product_id, _name(at, purchase.quantity), purchase.quantity, purchase.cost_cents)
        )
        if purchase.quantity > 1 and not is_brief:
            rows.append((purchase.product_id, _name(at, 1), 1, purchase.piece_cents))
    schema = {"product_id": pl.String, "purchase": pl.String, "pieces": pl.Int64, "cost_cents": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(contents=pl.format("{} x{}", "product_id", "pieces"))


def _multiplied(frames: Frames, purchases: pl.DataFrame) -> Frames:
    """The frames of the purchases: contents once per number of pieces, products and offers per purchase."""
    pieces = pl.col("pieces")
    keyed = purchases.select("pieces", "contents", sealed_product_id="product_id").unique()
    as_category = keyed.with_columns(pl.col("sealed_product_id", "contents").cast(SEALED_IDS))

    def of_each(frame: pl.DataFrame, keys: pl.DataFrame, **scaled: pl.Expr) -> pl.DataFrame:
        joined = frame.join(keys, on="sealed_product_id")
        return joined.with_columns(sealed_product_id="contents", **scaled).select(frame.columns)

    is_own = pl.col("bundle") == 0
    draws = of_each(
        frames.drawn.draws,
        as_category,
        quantity=pl.when(is_own).then(pl.col("quantity") * pieces).otherwise("quantity").cast(pl.Int32),
        repeats=pl.when(pl.col("parent") == 0)
        .then(pl.col("repeats") * pieces)
        .otherwise("repeats")
        .cast(pl.Int32),
    )
    sealed = frames.sealed.join(purchases, on="product_id").with_columns(product_id="purchase")
    others = frames.offers.join(purchases, on="product_id").with_columns(
        product_id="purchase", objection=pl.col("objection").fill_null(OUTBID)
    )
    own = purchases.select(
        product_id="purchase",
        source=pl.lit(OFFER),
        list_price_cents="cost_cents",
        landed_cents="cost_cents",
        objection=pl.lit(None, pl.String),
    )
    return Frames(
        sealed=sealed.select(frames.sealed.columns),
        completeness=of_each(frames.completeness, keyed, unlisted_copies=pl.col("unlisted_copies") * pieces),
        lines=of_each(frames.lines, as_category, expected_copies=pl.col("expected_copies") * pieces),
        nets=frames.nets,
        features=frames.features.join(
            frames.sealed.select("category", source_product_id="tcg_product_id"),
            on=["category", "source_product_id"],
            how="semi",
        ),
        offers=pl.concat([others.select(frames.offers.columns), own], how="diagonal"),
        drawn=Drawn(frames.drawn.pack_sheets, draws),
    )


def _figures(
    held: Frames,
    purchases: pl.DataFrame,
    valued: Mapping[str, dict[str, Any]],
    chances: Sequence[float],
    params: Parameters,
    *,
    with_bars: bool,
) -> dict[str, Figures]:
    """Figures by purchase, of those whose singles have a value and whose draws are known."""
    known = [name for name, row in valued.items() if row["singles_value_cents"] is not None]
    valuable = purchases.filter(pl.col("purchase").is_in(known))
    categories = held.sealed.select("category", purchase="product_id")
    contents = valuable.join(categories, on="purchase").select("category", product_id="contents").unique()
    lines = of_products(with_line_nets(held.lines, held.nets), contents["product_id"])
    moved = movements_of(contents, lines, held.nets, params)
    bought = dict(
        valuable.group_by("contents").agg(pl.struct("purchase", "pieces", "cost_cents")).iter_rows()
    )
    transforms, rows, undrawn = Transforms(grids=1), [], {}
    for like, bundle in by_grid(lines, held.drawn):
        try:
            predictive = Predictive(outcome(bundle, transforms), moved[like])
        except ArithmeticError:
            continue  # no grid holds it: this purchase has no figures, the others do
        highest = highest_costs(predictive, chances)
        bars, whatever_cost = tuple(predictive.bars(BARS)) if with_bars else (), spread(predictive)
        costs = np.array([buy["cost_cents"] for buy in bought[like]], dtype=np.float64)
        for buy, p_profit in zip(bought[like], predictive.chances_above(costs).tolist(), strict=True):
            rows.append((buy["purchase"], *whatever_cost, p_profit, None))
            undrawn[buy["purchase"]] = (buy["pieces"], highest, bars)
    figures_of = {}
    for name, *drawn in rounded_figures(rows).select("product_id", *DRAWN).iter_rows():
        row, (pieces, *rest) = valued[name], undrawn[name]
        figures: list[Any] = [pieces, *(row[column] for column in SUMS), *drawn, *rest]
        others: dict[str, Any] = {exit_: row[column] for exit_, column in EXITS.items()}
        others["horizon_days"] = params.movement.horizon_days
        figures_of[name] = Figures(*figures, **others)
    return figures_of


def highest_costs(predictive: Predictive, chances: Sequence[float]) -> dict[float, int | None]:
    """Chance -> the highest cost in whole cents at which P(profit) is at least that; None: not even a cent.

    A profit is a net value above the cost: so the last whole cent under the quantile of 1 - chance. Where a
    value is not exceeded with just that chance, costs up to the next value have it too. A chance that the
    sample behind the distribution cannot show is reached at no cost.
    """
    most = predictive.p_above(0.0) + TIE
    even = predictive.quantiles(1 - (np.array(chances) - TIE)).tolist()
    cents = [ceil(round(value, DIGITS)) - 1 for value in even]
    return {
        chance: cost if cost > 0 and chance <= most else None
        for chance, cost in zip(chances, cents, strict=True)
    }


def _unknown(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Reasons that a product has no figures."""
    if not row["contents_complete"]:
        return tuple(row["unknown_parts"]) or ("its contents are not known",)
    if row["singles_value_cents"] is not None:
        return ("how its packs are drawn is not known",)
    if not row["priced_share"]:
        return ("none of its cards has a price",)
    return (f"only {row['priced_share']:.0%} of its cards have a price",)
