"""Valuation of purchases that a buyer considers, on an analysed day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import polars as pl
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.enums import CompetitionLevel, RiskLevel
from arb_pipeline.contracts.errors import InvalidInputError, NotFoundError
from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.outcome.frames import Drawn
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.card_nets import transient_card_nets
from arb_pipeline.core.pricing.channel_prices import own_priced
from arb_pipeline.core.pricing.offers import sealed_offers
from arb_pipeline.core.valuation.what_if import MOST_PIECES, Answer, Figures, Frames, Purchase, what_if
from arb_pipeline.services import catalogue
from arb_pipeline.services.view import Dollars, Percent, Share, View, dollars, percent
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.params import own_files, parameters
from arb_pipeline.storage.quotes import prices_of_channels, quotes_of_channels

ANALYSED = "valuation/card_nets"
"""The table by which a day of a game is known to be analysed."""


MOST_DOLLARS = 10_000_000
"""Bound of an amount, as of a price list's."""


class Quote(BaseModel):
    """A price that a buyer is offered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product: str = Field(description="Product id, TCGplayer id, or part of the name.")
    price: Decimal = Field(
        gt=0, lt=MOST_DOLLARS, allow_inf_nan=False, description="US dollars per piece, landed."
    )
    quantity: int = Field(1, ge=1, le=MOST_PIECES, description="Pieces.")
    shipping: Decimal = Field(
        Decimal(0),
        ge=0,
        lt=MOST_DOLLARS,
        allow_inf_nan=False,
        description="US dollars for the whole order.",
    )
    channels: tuple[str, ...] = Field((), description="Exit channels; none: as the parameters name them.")
    day: date | None = Field(None, description="An analysed day; none: the newest of the game.")
    chance: float = Field(0.8, gt=0, lt=1, description="P(profit) of the break-even price beside 0.5.")


class Refusal(StrEnum):
    """Kind of reason that a purchase has no figures."""

    NOT_ANALYSED = "not_analysed"
    NO_CHANNEL_PRICES = "no_channel_prices"
    NOT_ENOUGH_DATA = "not_enough_data"


class BreakEven(View):
    """Highest cost at which P(profit) reaches a chance; None: no cost does."""

    chance: Share
    cost: Dollars | None
    """Cost of all pieces."""
    per_piece: Dollars | None


class OutcomeBar(View):
    """Chance that the net value lies in a range."""

    low: Dollars
    high: Dollars
    chance: Share


class FiguresView(View):
    """Cost, value and outcome of so many pieces together."""

    pieces: int
    cost: Dollars
    gross: Dollars
    net: Dollars
    profit: Dollars
    mean: Dollars
    sd: Dollars
    contents_sd: Dollars
    """Standard deviation from the contents alone."""
    price_sd: Dollars
    """Standard deviation from the movement of prices up to the sale alone."""
    horizon_days: int
    """Days to the sale that the distribution is for."""
    p5: Dollars
    p50: Dollars
    p95: Dollars
    margin_percentage: Percent
    p_profit: Share
    quick_sale: Dollars | None = None
    """Net of all cards sold at once at their lowest ask."""
    cash: Dollars | None = None
    """Net of the copies that buylists take today; None: no buylist is known."""
    resale: Dollars | None = None
    """Net of the pieces resold unopened."""
    break_even: tuple[BreakEven, ...]
    outcome: tuple[OutcomeBar, ...]

    def per_piece(self, chance: float) -> Decimal | None:
        """The break-even price of one piece at a chance."""
        return next(level.per_piece for level in self.break_even if level.chance == chance)


class WhatIfView(View):
    """A purchase valued on an analysed day, or the reason that it has no figures.

    Without figures the fields from `one` on are None.
    """

    product_id: str
    name: str
    set_code: str | None
    category: Category
    as_of: date | None
    """The analysed day; None where the game has none."""
    quantity: int
    cost: Dollars
    """Landed cost of all pieces."""
    cost_per_piece: Dollars
    refusal: Refusal | None
    reason: str | None
    one: FiguresView | None = None
    """One piece alone, at its share of the cost."""
    all: FiguresView | None = None
    """All pieces."""
    market_price: Dollars | None = None
    cheapest_offer: Dollars | None = None
    cheapest_source: str | None = None
    priced_share: Share | None = None
    confidence_score: float | None = None
    price_stability: Share | None = None
    seller_count_factor: Share | None = None
    volume_history: Share | None = None
    margin_size: Share | None = None
    missing_factors: tuple[str, ...] = ()
    seller_count: int | None = None
    risk_level: RiskLevel | None = None
    competition_level: CompetitionLevel | None = None
    flags: tuple[str, ...] = ()
    is_suspect: bool = False
    """True if the price is so far under the market price that the product may be another."""
    is_worth_buying: bool = False
    """True if the purchase meets the limits of publication."""
    is_worth_closed: bool = False
    """Resold unopened, the purchase meets the thresholds of profit and margin."""
    why: str | None = None


def value_quote(settings: Settings, connection: sa.Connection, quote: Quote) -> WhatIfView:
    """A quote for one product, valued.

    Raises the refusals of `catalogue.resolve`, and `InvalidInputError` for an unknown channel or a price
    under half a cent.
    """
    product = catalogue.resolve(connection, quote.product)
    price, shipping = (_whole_cents(amount) for amount in (quote.price, quote.shipping))
    if not price:
        raise InvalidInputError("price", value=str(quote.price), allowed="at least half a cent")
    purchase = Purchase(product.product_id, price, quote.quantity, shipping)
    try:
        (valued,) = value_purchases(
            settings, [purchase], day=quote.day, channels=quote.channels, chance=quote.chance
        )
    except KeyError:
        msg = f"{product.name} is no longer in the catalogue."
        raise NotFoundError(msg, next_step="`arb run` brings it up to date.") from None
    return valued


def _whole_cents(amount: Decimal) -> int:
    """Half a cent up, as `Rates.to_cents` rounds."""
    return int(amount.scaleb(2).quantize(Decimal(1), "ROUND_HALF_UP"))


@dataclass(frozen=True, slots=True)
class GameDay:
    """One game on an analysed day: inputs of the valuation of its purchases."""

    as_of: date
    params: Parameters
    frames: Frames


@dataclass(frozen=True, slots=True)
class Unvaluable:
    """Reasons that purchases of a game cannot be valued."""

    kind: Refusal
    reason: str
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Products of a request, and their games' analysed days, read once."""

    products: Mapping[str, catalogue.ProductView]
    games: Mapping[Category, GameDay | Unvaluable]


@dataclass(frozen=True, slots=True)
class Valuation:
    """A purchase of a product with its answer, or the reason that its game cannot be valued."""

    purchase: Purchase
    product: catalogue.ProductView
    as_of: date | None
    answer: Answer | Unvaluable

    @property
    def figures(self) -> Figures | None:
        """Figures of all pieces; None: the purchase has no value."""
        return self.answer.all if isinstance(self.answer, Answer) else None

    @property
    def refusal(self) -> Refusal | None:
        """Kind of reason that there are no figures."""
        if isinstance(self.answer, Unvaluable):
            return self.answer.kind
        return None if self.answer.all else Refusal.NOT_ENOUGH_DATA

    @property
    def reason(self) -> str | None:
        """Reason that there are no figures."""
        if isinstance(self.answer, Unvaluable):
            return self.answer.reason
        return None if self.answer.all else f"not enough data: {'; '.join(self.answer.unknown)}"

    @property
    def is_worth_buying(self) -> bool:
        """True if the purchase meets the limits of publication."""
        return isinstance(self.answer, Answer) and self.answer.is_worth_buying

    def view(self) -> WhatIfView:
        """The view of it."""
        return _view(self)


def value_purchases(
    settings: Settings,
    purchases: Sequence[Purchase],
    *,
    day: date | None = None,
    channels: Sequence[str] = (),
    chance: float,
) -> list[WhatIfView]:
    """Purchases of sealed products of the catalogue, valued, in order.

    `day`: an analysed one, by default the newest of each game. `channels`: where the singles are sold, by
    default as the parameters name them. Raises `InvalidInputError` for an unknown channel, `KeyError` for an
    id that the catalogue lacks.
    """
    snapshot = load(settings, {purchase.product_id for purchase in purchases}, day=day, channels=channels)
    return [valuation.view() for valuation in value(snapshot, purchases, chance=chance)]


def load(
    settings: Settings, product_ids: Collection[str], *, day: date | None, channels: Sequence[str]
) -> Snapshot:
    """Reads the inputs for valuing purchases of these products."""
    lake = Lake(settings.lake)
    sealed = lake.read(SEALED_PRODUCTS).filter(pl.col("product_id").is_in(list(product_ids)))
    rows = sealed.select(list(catalogue.ProductView.model_fields)).iter_rows(named=True)
    products = {row["product_id"]: catalogue.ProductView.model_validate(row) for row in rows}
    categories = sorted({product.category for product in products.values()})
    return Snapshot(
        products,
        {
            category: _load_game(settings, lake, sealed.filter(category=category), category, day, channels)
            for category in categories
        },
    )


def value(
    snapshot: Snapshot, purchases: Sequence[Purchase], *, chance: float, is_brief: bool = False
) -> list[Valuation]:
    """Purchases valued on a snapshot, in order. `is_brief`: without single pieces and bars."""
    places: dict[Category, list[int]] = {}
    for at, purchase in enumerate(purchases):
        places.setdefault(snapshot.products[purchase.product_id].category, []).append(at)
    valuations: dict[int, Valuation] = {}
    for category, of_game in places.items():
        game, of_category = snapshot.games[category], [purchases[at] for at in of_game]
        answers: Sequence[Answer | Unvaluable] = [game] * len(of_game) if isinstance(game, Unvaluable) else []
        if isinstance(game, GameDay):
            answers = what_if(
                of_category,
                game.frames,
                chance=chance,
                params=game.params,
                as_of=game.as_of,
                is_brief=is_brief,
            )
        for at, purchase, answer in zip(of_game, of_category, answers, strict=True):
            product = snapshot.products[purchase.product_id]
            valuations[at] = Valuation(purchase, product, game.as_of, answer)
    return [valuations[at] for at in range(len(purchases))]


def _load_game(
    settings: Settings,
    lake: Lake,
    sealed: pl.DataFrame,
    category: Category,
    day: date | None,
    channels: Sequence[str],
) -> GameDay | Unvaluable:
    """One game's analysed day for its products in `sealed`, with the nets of the channels."""
    days = lake.days(ANALYSED, category)
    as_of = day or (days[-1] if days else None)
    if as_of is None or as_of not in days:
        newest = f"; its newest analysed day is {days[-1]}" if days else ""
        reason = f"{category} was not analysed{f' on {day}' if day else ''}{newest}. `arb run` does it."
        return Unvaluable(Refusal.NOT_ANALYSED, reason)
    params = sold_at(parameters(as_of, own_files(settings)), channels)
    own_prices = _channel_prices(settings, params, category, as_of, is_chosen=bool(channels))
    without = [
        name for name in own_priced(params) if channels and not own_prices["channel"].is_in([name]).any()
    ]
    if without:
        sources = sorted({str(params.channels[name].price_source) for name in without})
        reason = (
            f"{', '.join(without)} states no prices of {category} within {params.prices.stale_days} days "
            f"of {as_of}: fetch {', '.join(sources)}, or name other channels."
        )
        return Unvaluable(Refusal.NO_CHANNEL_PRICES, reason, as_of)
    return GameDay(as_of, params, _frames(lake, sealed, category, as_of, params, own_prices))


def sold_at(params: Parameters, channels: Sequence[str]) -> Parameters:
    """The parameters with other exit channels; none named: unchanged. Raises `InvalidInputError`."""
    if not channels:
        return params
    unknown = [name for name in channels if name not in params.channels]
    if unknown:
        known = ", ".join(sorted(params.channels))
        raise InvalidInputError("exit channel", value=", ".join(unknown), allowed=known)
    selling = params.selling.model_copy(update={"channels": tuple(dict.fromkeys(channels))})
    return params.model_copy(update={"selling": selling})


def _channel_prices(
    settings: Settings, params: Parameters, category: str, day: date, *, is_chosen: bool
) -> pl.DataFrame:
    """Prices that the channels state: those of the day's analysis, and of chosen channels it did not use."""
    lake = Lake(settings.lake)
    analysed = lake.read("valuation/channel_prices", category=category, day=day)
    lacking = [
        name for name in own_priced(params) if is_chosen and not analysed["channel"].is_in([name]).any()
    ]
    if not lacking:
        return analysed
    rest = sold_at(params, lacking)
    others = prices_of_channels(quotes_of_channels(lake, rest, day), Landing(settings.landing), rest, day)
    return pl.concat([analysed, others.filter(category=category)])


def _frames(
    lake: Lake,
    sealed: pl.DataFrame,
    category: str,
    day: date,
    params: Parameters,
    own_prices: pl.DataFrame,
) -> Frames:
    """The day's frames of the products, with the nets of the parameters' channels."""
    ids = sealed["product_id"].to_list()
    features = lake.read("valuation/features", category=category, day=day)
    lines = of_products(lake.read("contents/lines"), ids)
    singles = lake.read("contents/singles").join(lines.select("card_id").unique(), on="card_id", how="semi")
    try:
        offers = lake.read("valuation/offers", category=category, day=day)
    except FileNotFoundError:  # a day valued before offers were kept: then they were TCGplayer's
        offers = sealed_offers(sealed, features, params=params, as_of=day)
    return Frames(
        sealed=sealed,
        completeness=lake.read("contents/completeness").filter(pl.col("sealed_product_id").is_in(ids)),
        lines=lines,
        nets=transient_card_nets(singles, features, params, own_prices),
        features=features,
        offers=offers.filter(pl.col("product_id").is_in(ids)),
        drawn=Drawn(lake.read("contents/pack_sheets"), of_products(lake.read("contents/draws"), ids)),
    )


def _view(valuation: Valuation) -> WhatIfView:
    purchase = _of_purchase(valuation.purchase, valuation.product)
    answer, as_of = valuation.answer, valuation.as_of
    if isinstance(answer, Unvaluable) or answer.all is None:
        return WhatIfView(**purchase, as_of=as_of, refusal=valuation.refusal, reason=valuation.reason)
    assessed = answer.assessment
    return WhatIfView(
        **purchase,
        as_of=as_of,
        refusal=None,
        reason=None,
        one=_figures(answer.one) if answer.one else None,
        all=_figures(answer.all),
        market_price=dollars(assessed.market_price_cents),
        cheapest_offer=dollars(answer.market.landed_cents),
        cheapest_source=answer.market.source,
        priced_share=assessed.priced_share,
        confidence_score=assessed.confidence_score,
        price_stability=assessed.price_stability,
        seller_count_factor=assessed.seller_count_factor,
        volume_history=assessed.volume_history,
        margin_size=assessed.margin_size,
        missing_factors=assessed.missing_factors,
        seller_count=assessed.seller_count,
        risk_level=assessed.risk_level,
        competition_level=assessed.competition_level,
        flags=assessed.flags,
        is_suspect=answer.is_suspect,
        is_worth_buying=answer.is_worth_buying,
        is_worth_closed=answer.is_worth_closed,
        why=assessed.why,
    )


def _of_purchase(purchase: Purchase, product: catalogue.ProductView) -> dict[str, Any]:
    """Fields that a view has with and without figures."""
    return {
        "product_id": product.product_id,
        "name": product.name,
        "set_code": product.set_code,
        "category": product.category,
        "quantity": purchase.quantity,
        "cost": dollars(purchase.cost_cents),
        "cost_per_piece": dollars(purchase.piece_cents),
    }


def _figures(figures: Figures) -> FiguresView:
    names = (
        *("cost", "gross", "net", "profit", "mean", "sd", "contents_sd", "price_sd", "p5", "p50", "p95"),
        *("quick_sale", "cash", "resale"),
    )
    return FiguresView(
        pieces=figures.pieces,
        horizon_days=figures.horizon_days,
        **{name: dollars(getattr(figures, f"{name}_cents")) for name in names},
        margin_percentage=percent(figures.margin_bps),
        p_profit=figures.p_profit,
        break_even=tuple(
            BreakEven(chance=chance, cost=dollars(cost), per_piece=dollars(figures.per_piece(chance)))
            for chance, cost in figures.break_even.items()
        ),
        outcome=tuple(
            OutcomeBar(low=dollars(low), high=dollars(high), chance=chance)
            for low, high, chance in figures.bars
        ),
    )
