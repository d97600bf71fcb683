"""What a buyer's own offers are worth on an analysed day. For the command line, and a later API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from arb_pipeline.contracts.errors import InvalidInputError
from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.outcome.frames import Drawn
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.pricing.channel_prices import own_priced
from arb_pipeline.core.pricing.offers import sealed_offers
from arb_pipeline.core.valuation.what_if import Answer, Asked, Figures, Frames, what_if
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.params import parameters
from arb_pipeline.storage.quotes import prices_of_channels, quotes_of_channels

ANALYSED = "valuation/card_nets"
"""The table by which a day of a game is known to be analysed."""


class WhatIfError(InvalidInputError, ValueError):
    """Something asked for cannot be answered; the message says what, and what is allowed."""


@dataclass(frozen=True, slots=True)
class Valued:
    """One purchase on an analysed day, or why there is none of it."""

    asked: Asked
    product: dict[str, Any]
    """Its row of `catalog/sealed_products`."""
    as_of: date | None
    """The analysed day; None where its game has none."""
    answer: Answer | None
    slug: str = ""
    """The kind of reason that there are no figures; '' where there are."""
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON: money in dollars, shares as shares."""
        told: dict[str, Any] = {
            name: self.product[name] for name in ("product_id", "name", "set_code", "category")
        }
        told |= {"as_of": self.as_of, "quantity": self.asked.quantity, "reason": self.reason or None}
        if self.answer is None or self.answer.all is None:
            return told
        row = self.answer.valuation
        names = (
            *("priced_share", "confidence_score", "price_stability", "seller_count_factor", "volume_history"),
            *("margin_size", "missing_factors", "seller_count", "risk_level", "competition_level", "flags"),
        )
        return told | {
            "one": _in_dollars(self.answer.one),
            "all": _in_dollars(self.answer.all),
            "market_price": _dollars(row["market_price_cents"]),
            "cheapest_offer": _dollars(self.answer.market["landed_cents"]),
            "cheapest_source": self.answer.market["source"],
            **{name: row[name] for name in names},
            "is_suspect": self.answer.is_suspect,
            "is_worth_buying": self.answer.is_worth_buying,
            "why": row["why"],
        }


def value_products(
    settings: Settings,
    asked: Sequence[Asked],
    *,
    day: date | None = None,
    channels: Sequence[str] = (),
    chance: float,
) -> list[Valued]:
    """Values purchases of sealed products of the catalogue, in order.

    `day`: an analysed one, by default the newest of each game. `channels`: where the singles are sold, by
    default as the parameters say. Raises `WhatIfError` for an unknown channel, `KeyError` for an id that the
    catalogue lacks.
    """
    lake = Lake(settings.lake)
    sealed = lake.read(SEALED_PRODUCTS)
    wanted = sealed.filter(pl.col("product_id").is_in([each.product_id for each in asked]))
    products = {row["product_id"]: row for row in wanted.to_dicts()}
    found: dict[int, Valued] = {}
    for category in sorted({products[each.product_id]["category"] for each in asked}):
        places = [at for at, each in enumerate(asked) if products[each.product_id]["category"] == category]
        mine = [asked[at] for at in places]
        valued = _of_game(settings, mine, products, category, day, channels, chance)
        found.update(zip(places, valued, strict=True))
    return [found[at] for at in range(len(asked))]


def _of_game(
    settings: Settings,
    asked: Sequence[Asked],
    products: dict[str, dict[str, Any]],
    category: str,
    day: date | None,
    channels: Sequence[str],
    chance: float,
) -> list[Valued]:
    lake = Lake(settings.lake)
    days = lake.days(ANALYSED, category)
    as_of = day or (days[-1] if days else None)
    if as_of is None or as_of not in days:
        newest = f"; its newest analysed day is {days[-1]}" if days else ""
        reason = f"{category} was not analysed{f' on {day}' if day else ''}{newest}. `arb run` does it."
        return [Valued(each, products[each.product_id], None, None, "not_analysed", reason) for each in asked]
    params = sold_at(parameters(as_of, settings.params), channels)
    own = _own_prices(settings, params, category, as_of, is_asked=bool(channels))
    silent = [name for name in own_priced(params) if channels and not own["channel"].is_in([name]).any()]
    if silent:
        sources = sorted({str(params.channels[name].price_source) for name in silent})
        reason = (
            f"{', '.join(silent)} states no prices of {category} within {params.prices.stale_days} days "
            f"of {as_of}: fetch {', '.join(sources)}, or name other channels."
        )
        return [
            Valued(each, products[each.product_id], as_of, None, "no_channel_prices", reason)
            for each in asked
        ]
    frames = _frames(lake, {each.product_id for each in asked}, category, as_of, params, own)
    answers = what_if(asked, frames, chance=chance, params=params, as_of=as_of)
    return [_valued(answer, products[answer.asked.product_id], as_of) for answer in answers]


def _valued(answer: Answer, product: dict[str, Any], as_of: date) -> Valued:
    if answer.all is not None:
        return Valued(answer.asked, product, as_of, answer)
    reason = f"not enough data: {'; '.join(answer.unknown)}"
    return Valued(answer.asked, product, as_of, answer, "not_enough_data", reason)


def sold_at(params: Parameters, channels: Sequence[str]) -> Parameters:
    """The parameters with other exit channels; none named: as they are. Raises `WhatIfError`."""
    if not channels:
        return params
    unknown = [name for name in channels if name not in params.channels]
    if unknown:
        known = ", ".join(sorted(params.channels))
        msg = f"There is no exit channel {', '.join(map(repr, unknown))}. Known: {known}."
        raise WhatIfError(msg)
    selling = params.selling.model_copy(update={"channels": tuple(dict.fromkeys(channels))})
    return params.model_copy(update={"selling": selling})


def _own_prices(
    settings: Settings, params: Parameters, category: str, day: date, *, is_asked: bool
) -> pl.DataFrame:
    """Prices that the channels state: those of the day's analysis, and where asked of channels it had not."""
    lake = Lake(settings.lake)
    known = lake.read("valuation/channel_prices", category=category, day=day)
    lacking = [name for name in own_priced(params) if is_asked and not known["channel"].is_in([name]).any()]
    if not lacking:
        return known
    rest = sold_at(params, lacking)
    found = prices_of_channels(quotes_of_channels(lake, rest, day), Landing(settings.landing), rest, day)
    return pl.concat([known, found.filter(pl.col("category") == category)])


def _frames(
    lake: Lake, wanted: set[str], category: str, day: date, params: Parameters, own: pl.DataFrame
) -> Frames:
    """The day's frames of the products asked about, with the nets of the parameters' channels."""
    sealed = lake.read(SEALED_PRODUCTS).filter(pl.col("product_id").is_in(list(wanted)))
    features = lake.read("valuation/features", category=category, day=day)
    lines = of_products(lake.read("contents/lines"), wanted)
    singles = lake.read("contents/singles").join(lines.select("card_id").unique(), on="card_id", how="semi")
    try:
        offers = lake.read("valuation/offers", category=category, day=day)
    except FileNotFoundError:  # a day valued before offers were kept: then they were TCGplayer's
        offers = sealed_offers(sealed, features, params=params, as_of=day)
    return Frames(
        sealed=sealed.filter(pl.col("category") == category),
        completeness=lake.read("contents/completeness").filter(
            pl.col("sealed_product_id").is_in(list(wanted))
        ),
        lines=lines,
        nets=card_nets(singles, features, params, own),
        features=features,
        offers=offers.filter(pl.col("product_id").is_in(list(wanted))),
        drawn=Drawn(lake.read("contents/pack_sheets"), of_products(lake.read("contents/draws"), wanted)),
    )


def _in_dollars(figures: Figures | None) -> dict[str, Any] | None:
    if figures is None:
        return None
    names = ("cost", "gross", "net", "profit", "mean", "sd", "p5", "p50", "p95")
    return (
        {"pieces": figures.pieces}
        | {name: getattr(figures, f"{name}_cents") / 100 for name in names}
        | {
            "margin_percentage": figures.margin_bps / 100,
            "p_profit": figures.p_profit,
            "break_even": [
                {"chance": chance, "cost": _dollars(cost), "per_piece": _dollars(figures.per_piece(chance))}
                for chance, cost in figures.break_even.items()
            ],
            "outcome": [
                {"low": low / 100, "high": high / 100, "chance": share} for low, high, share in figures.bars
            ],
        }
    )


def _dollars(cents: int | None) -> float | None:
    return None if cents is None else cents / 100
