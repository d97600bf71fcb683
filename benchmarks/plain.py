"""Valuation as a loop in plain Python: the same formulas (valuation.md 1, 4, 5, 7, 8) over dicts and tuples.

Independent of `arb_pipeline.core`, of which it uses only the parameters: the two check each other. Of the
columns it leaves out `why` and the cards named in it, which are texts.

The sums over the lines, where the time goes, come in two ways. `by_line` is the loop as one writes it first:
it looks each line's card up and reads what it needs from the card's dict. `by_card` is the loop once somebody
has tuned it: what one copy adds is worked out once per card, and a line costs one look-up and eight sums.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from arb_pipeline.core.params import Confidence, Parameters
from benchmarks.market import Inputs

BPS = 10_000
SUMS = 8
Row = dict[str, Any]
Sums = dict[str, list[float]]
"""Per product: copies, priced copies, gross, net, unproven, cv weighted, cv weight, held back."""
BLOCKING = {"no_offer", "no_market_price", "untraded_singles", "many_copies", "foreign_language"}
CAPPING = {"incomplete_contents", "presale"}


@dataclass(frozen=True, slots=True)
class Objects:
    """The frames of `Inputs` as a program without frames would hold them."""

    sealed: list[Row]
    completeness: dict[str, Row]
    lines: list[tuple[str, str, float]]
    """(sealed product, card, expected copies)."""
    nets: dict[str, Row]
    """A card whose price hardly moves, or has hardly been seen, has no cv here."""
    offers: dict[str, Row]
    excess_copies: dict[str, float]
    """Sealed product -> net of its copies beyond those that one buyer takes of a card. Of all products: too
    much to be measured, as only those with a profit need it."""


def objects(given: Inputs) -> Objects:
    """Frames -> Python objects. Not part of what is measured."""
    lines = given.lines.select("sealed_product_id", "card_id", "expected_copies")
    offers = given.features.filter(given.features["printing"] == "normal")
    c = given.params.confidence
    nets = {row["card_id"]: row for row in given.nets.iter_rows(named=True)}
    for row in nets.values():
        if (row["days_compared"] or 0) < c.min_days - 1 or (row["days_moved"] or 0) < c.min_moves:
            row["cv"] = None
    return Objects(
        sealed=given.sealed.to_dicts(),
        completeness={row["sealed_product_id"]: row for row in given.completeness.iter_rows(named=True)},
        lines=list(lines.iter_rows()),
        nets=nets,
        offers={row["source_product_id"]: row for row in offers.iter_rows(named=True)},
        excess_copies=_excess_copies(lines.iter_rows(), nets, given.params.guards.many_copies),
    )


def _excess_copies(
    lines: Iterable[tuple[str, str, float]], nets: dict[str, Row], most: int
) -> dict[str, float]:
    copies: dict[tuple[str, str], float] = defaultdict(float)
    for product, card, expected in lines:
        copies[product, card] += expected
    excess: dict[str, float] = defaultdict(float)
    for (product, card), count in copies.items():
        excess[product] += max(count - most, 0.0) * (nets[card]["net_cents"] or 0.0)
    return excess


def value(held: Objects, given: Inputs, summed: Callable[[Objects, int], Sums]) -> dict[str, Row]:
    """Every product with a price or contents, by its id."""
    sums = summed(held, given.params.guards.untraded_days)
    valued = {}
    for product in held.sealed:
        row = _product(product, held, sums.get(product["product_id"]), given)
        if row is not None:
            valued[product["product_id"]] = row
    return valued


def by_line(held: Objects, untraded_days: int) -> Sums:
    """Every figure looked up and worked out by the line."""
    nets = held.nets
    sums: Sums = defaultdict(_nothing)
    for product, card_id, copies in held.lines:
        of_product, card = sums[product], nets[card_id]
        of_product[0] += copies
        price, net, refused = card["reference_cents"], card["net_cents"], card["refused_cents"]
        if price is not None:
            of_product[1] += copies
            of_product[2] += copies * price
        if refused is not None:
            of_product[7] += copies * abs(refused - (price or 0))
        if net is None:
            continue
        of_product[3] += copies * net
        compared = card["days_compared"] or 0
        if card["quality"] < 1 or (compared >= untraded_days and card["days_moved"] == 0):
            of_product[4] += copies * net
        if compared > 0 and card["cv"] is not None:
            of_product[5] += copies * net * card["cv"]
            of_product[6] += copies * net
    return sums


def by_card(held: Objects, untraded_days: int) -> Sums:
    """Sums with the part of a copy computed once per card, then eight additions per line."""
    cards = {card: _card(net, untraded_days) for card, net in held.nets.items()}
    sums: Sums = defaultdict(_nothing)
    for product, card, copies in held.lines:
        is_priced, gross, net, unproven, cv_cents, cv_known, held_back = cards[card]
        of_product = sums[product]
        of_product[0] += copies
        of_product[1] += copies * is_priced
        of_product[2] += copies * gross
        of_product[3] += copies * net
        of_product[4] += copies * unproven
        of_product[5] += copies * cv_cents
        of_product[6] += copies * cv_known
        of_product[7] += copies * held_back
    return sums


def _card(card: Row, untraded_days: int) -> tuple[float, ...]:
    """Contribution of one copy to each sum but the first."""
    price, net, refused = card["reference_cents"], card["net_cents"] or 0.0, card["refused_cents"]
    compared = card["days_compared"] or 0
    is_unproven = (card["quality"] is not None and card["quality"] < 1) or (
        compared >= untraded_days and card["days_moved"] == 0
    )
    cv = card["cv"] if compared > 0 else None
    return (
        0.0 if price is None else 1.0,
        float(price or 0),
        net,
        net if is_unproven else 0.0,
        0.0 if cv is None else cv * net,
        0.0 if cv is None else net,
        0.0 if refused is None else float(abs(refused - (price or 0))),
    )


def _nothing() -> list[float]:
    return [0.0] * SUMS


def _product(product: Row, held: Objects, sums: list[float] | None, given: Inputs) -> Row | None:
    params = given.params
    offer = held.offers.get(product["tcg_product_id"], {}) if product["tcg_product_id"] else {}
    low, market = offer.get("low_cents"), offer.get("market_cents")
    if sums is None and low is None and market is None:
        return None
    known = held.completeness.get(product["product_id"], {})
    is_complete = known.get("contents_complete", False)
    known_sums: Sequence[Any] = sums or [None] * SUMS
    copies, priced, gross, net, unproven, cv_weighted, cv_weight, held_back = known_sums
    is_suspect = low is not None and market is not None and low < market * params.guards.suspect_offer
    price = None if low is None or is_suspect else _cents(_landed(low, params))
    all_copies = None if copies is None else copies + known.get("unlisted_copies", 0.0)
    has_value = is_complete and bool(priced) and priced >= (all_copies or 0.0) * params.publish.valued_share
    value = _cents(net) if has_value else None
    profit = None if value is None or price is None else value - price
    row: Row = {
        "sealed_price_cents": price,
        "gross_singles_value_cents": _cents(gross) if has_value else None,
        "singles_value_cents": value,
        "profit_cents": profit,
        "margin_bps": None if profit is None or price is None else _cents(BPS * profit / price),
    }
    row["priced_share"] = _rounded(_within(priced / all_copies), 6) if all_copies else None
    flagged = {
        "incomplete_contents": not is_complete
        or _under(row["priced_share"], params.publish.full_priced_share),
        "cards_not_listed": known.get("unlisted_copies", 0.0) > 0,
        "no_offer": low is None,
        "suspect_offer": is_suspect,
        "no_market_price": low is not None and market is None,
        "untraded_singles": bool(net) and _rounded(unproven / net, 6) > params.guards.untraded_share,
        "many_copies": profit is not None
        and 0 < profit <= held.excess_copies.get(product["product_id"], 0.0),
        "price_held_back": offer.get("refused_cents") is not None
        or (gross is not None and held_back > params.guards.held_back_share * gross),
        "presale": product["release_date"] is not None
        and product["release_date"] >= given.as_of - timedelta(days=params.guards.presale_days),
        "foreign_language": product["language"] != "English",
    }
    row["flags"] = [name for name, is_on in flagged.items() if is_on]
    singles_cv = cv_weighted / cv_weight if cv_weight and cv_weight * 2 >= net else None
    row |= _confidence(row, offer, singles_cv, params.confidence)
    row |= _levels(row, offer.get("seller_count"), params)
    row["published"] = _is_published(row, params, is_complete=is_complete)
    return row


def _confidence(row: Row, offer: Row, singles_cv: float | None, c: Confidence) -> Row:
    factors = {
        "price_stability": _stability(offer, singles_cv, c),
        "seller_count": _few_sellers(offer.get("seller_count"), c),
        "volume_history": _traded(offer, c),
        "margin_size": _margin_size(row["margin_bps"], c),
    }
    factors = {name: None if factor is None else _rounded(factor, 4) for name, factor in factors.items()}
    score = sum(weight * _known(factors[name], c.neutral) for name, weight in c.weights.items())
    if not CAPPING.isdisjoint(row["flags"]):
        score = min(score, c.cap)
    missing = [name for name, factor in factors.items() if factor is None]
    return {"confidence_score": _rounded(score, 2), "missing_factors": missing}


def _stability(offer: Row, singles_cv: float | None, c: Confidence) -> float | None:
    if offer.get("days_priced", 0) < c.min_days or offer.get("days_moved", 0) < c.min_moves:
        return None
    if singles_cv is None or offer["cv"] is None:
        return None
    return 1 - _within((offer["cv"] + singles_cv) / 2 / c.stable_cv)


def _few_sellers(sellers: int | None, c: Confidence) -> float | None:
    return _within(1 - math.log(sellers) / math.log(c.many_sellers)) if sellers else None


def _traded(offer: Row, c: Confidence) -> float | None:
    compared = offer.get("days_compared", 0)
    return offer["days_moved"] / compared if compared >= c.min_days - 1 else None


def _margin_size(margin_bps: int | None, c: Confidence) -> float | None:
    if margin_bps is None:
        return None
    m = margin_bps / BPS
    if m < c.margin_full:
        return max(m, 0.0) / c.margin_full
    if m <= c.margin_fading:
        return 1.0
    return _within((c.margin_unbelievable - m) / (c.margin_unbelievable - c.margin_fading))


def _levels(row: Row, sellers: int | None, params: Parameters) -> Row:
    margin, risk = row["margin_bps"], params.risk

    def reaches(step: Any) -> bool:
        return margin is not None and row["confidence_score"] >= step.confidence and margin >= step.margin

    level = "low" if reaches(risk.low) else "medium" if reaches(risk.medium) else "high"
    if sellers is None:
        return {"risk_level": level, "competition_level": "unknown"}
    competition = (
        "low" if sellers <= risk.few_sellers else "medium" if sellers <= risk.some_sellers else "high"
    )
    return {"risk_level": level, "competition_level": competition}


def _is_published(row: Row, params: Parameters, *, is_complete: bool) -> bool:
    publish = params.publish
    return (
        is_complete
        and row["margin_bps"] is not None
        and row["priced_share"] is not None
        and row["margin_bps"] >= publish.min_margin
        and row["profit_cents"] >= publish.min_profit
        and row["priced_share"] >= publish.min_priced_share
        and BLOCKING.isdisjoint(row["flags"])
    )


def _landed(offer: int, params: Parameters) -> float:
    buying = params.buying
    shipping = buying.shipping_small if offer <= buying.shipping_limit else buying.shipping_large
    return offer + shipping + offer * buying.tax / BPS


def _cents(amount: float) -> int:
    return int(_rounded(amount, 0))


def _rounded(amount: float, decimals: int) -> float:
    """Half away from zero, binary noise undone first."""
    scaled = round(amount, decimals + 6) * 10**decimals
    return math.copysign(math.floor(abs(scaled) + 0.5), scaled) / 10**decimals


def _under(number: float | None, limit: float) -> bool:
    return number is not None and number < limit


def _within(number: float) -> float:
    return min(max(number, 0.0), 1.0)


def _known(number: float | None, neutral: float) -> float:
    return neutral if number is None else number
