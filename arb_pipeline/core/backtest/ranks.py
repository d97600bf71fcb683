"""Results of the ten best products of a day, by several rank formulas."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from arb_pipeline.core.backtest.estimates import Estimate, Floats, estimated, mean_of

TOP = 10
LEAST_PRICE = 500
"""Cents. Nobody buys a cheaper product for its singles."""
LEAST_PRICED = 0.8
PEERS = 1.1
"""Times the price, that the gross value must exceed in the rule of other tools."""
STAKE = 0.5
"""Share of the money at work in the growth that is shown: that of the rank (docs/adr/0015)."""
NEW = "expected log growth"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to choose; None of `top`: all that it allows."""

    name: str
    score: str
    top: int | None = TOP


RULES = (
    Rule(NEW, "rank_score"),
    Rule("confidence x P(profit) x log2(1 + m) x risk weight (before)", "old_rank"),
    Rule("gross > 1.1 x price, fattest first", "peers"),
    Rule("all with gross > 1.1 x price", "peers", None),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Choices of one rule on the days, one piece of each, with their results at later nets."""

    universe: str
    rule: str
    days: int
    rows: int
    products: int
    mean_return: Estimate
    """Profit later / price; the interval draws products."""
    in_profit: float
    """Share that was a profit later."""
    worst_day: float
    """Mean return of the worst day."""
    growth: float
    """Mean of ln(1 + 0.5 x return): what the new rank is meant to make great."""
    beyond_new: Estimate
    """Mean return less that of the new rank."""


def choices(rows: pl.DataFrame) -> list[Choice]:
    """Each rule over each universe that has products. `rows`: of `realised.compared`."""
    sound = rows.filter(
        (pl.col("sealed_price_cents") >= LEAST_PRICE) & (pl.col("priced_share") >= LEAST_PRICED)
    )
    gross = pl.col("gross_singles_value_cents") / pl.col("sealed_price_cents")
    sound = sound.with_columns(
        peers=pl.when(gross > PEERS).then(gross),
        gain=pl.col("realised_profit_cents") / pl.col("sealed_price_cents"),
    )
    universes = {
        "published": sound.filter("published"),
        "fixed contents": sound.filter(~pl.col("is_random")),
        "random contents": sound.filter("is_random"),
        "all": sound,
    }
    return [choice for name, picks in universes.items() for choice in _of_universe(name, picks, RULES)]


def _of_universe(name: str, rows: pl.DataFrame, rules: Sequence[Rule]) -> list[Choice]:
    chosen = {rule.name: _chosen(rows, rule) for rule in rules}
    return [_choice(name, rule, picks, chosen[NEW]) for rule, picks in chosen.items() if picks.height]


def _chosen(rows: pl.DataFrame, rule: Rule) -> pl.DataFrame:
    """The best of each day by the score; ties by id."""
    ranked = rows.drop_nulls(rule.score).sort(rule.score, "product_id", descending=[True, False])
    return ranked if rule.top is None else ranked.group_by("day", maintain_order=True).head(rule.top)


def _choice(universe: str, rule: str, picks: pl.DataFrame, new: pl.DataFrame) -> Choice:
    gain = pl.col("gain")
    by_day = picks.group_by("day").agg(gain.mean())
    both = pl.concat(
        [
            picks.select("product_id", "gain", ours=pl.lit(1.0), theirs=pl.lit(0.0)),
            new.select("product_id", "gain", ours=pl.lit(0.0), theirs=pl.lit(1.0)),
        ]
    )
    sums = [pl.col("ours"), pl.col("ours") * gain, pl.col("theirs"), pl.col("theirs") * gain]
    is_same = rule == NEW

    def beyond(totals: Floats) -> Floats:
        n, total, others, of_others = np.moveaxis(totals, -1, 0)
        return np.asarray(total / n - of_others / others)

    return Choice(
        universe=universe,
        rule=rule,
        days=picks["day"].n_unique(),
        rows=picks.height,
        products=picks["product_id"].n_unique(),
        mean_return=estimated(picks, [pl.lit(1.0) + 0 * gain, gain], mean_of),
        in_profit=float((picks["gain"] > 0).mean()),  # type: ignore[arg-type]
        worst_day=float(by_day["gain"].min()),  # type: ignore[arg-type]
        growth=float((1 + STAKE * picks["gain"]).log().mean()),  # type: ignore[arg-type]
        beyond_new=Estimate(None) if is_same else estimated(both, sums, beyond),
    )
