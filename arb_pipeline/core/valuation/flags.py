"""Rules of the flags of a valuation (`contracts.enums.FLAGS`), and of publication."""

from datetime import date, timedelta

import polars as pl

from arb_pipeline.contracts.enums import BLOCKING_FLAGS, Exit
from arb_pipeline.core.params import Parameters

OF_CONTENTS = (
    *("id_claimed_twice", "contradiction", "impossible_pack", "absurd_count"),
    *("cards_left_out", "unidentified_cards"),
)
"""Flags that the contents stage raises; `doubts` in its completeness has the reasons."""


def has(flag: str) -> pl.Expr:
    """True if a row has the flag."""
    return pl.col("flags").list.contains(flag)


def with_flags(frame: pl.LazyFrame, params: Parameters, as_of: date) -> pl.LazyFrame:
    """Adds `flags`: the names of the guards that fire, in the order of `rules`."""
    fired = [
        pl.when(rule.fill_null(value=False)).then(pl.lit(name)) for name, rule in rules(params, as_of).items()
    ]
    return frame.with_columns(flags=pl.concat_list(fired).list.drop_nulls())


def rules(params: Parameters, as_of: date) -> dict[str, pl.Expr]:
    """Condition of each flag. An unknown value raises no flag."""
    guards, publish = params.guards, params.publish
    offered = pl.col("sealed_list_price_cents").is_not_null()
    pieces = pl.col("pieces")
    of_contents = {flag: pl.col("doubt_flags").list.contains(flag) for flag in OF_CONTENTS}
    of_contents["id_claimed_twice"] |= pl.col("id_claims").is_not_null()
    of_contents["absurd_count"] |= is_absurd(params) | (pl.col("most_copies") > pieces * guards.max_copies)
    return {
        "incomplete_contents": ~pl.col("contents_complete")
        | (pl.col("priced_share") < publish.full_priced_share),
        "cards_not_listed": pl.col("unlisted_copies") > 0,
        "no_offer": ~offered,
        "suspect_offer": pl.col("suspect_cents").is_not_null(),
        "no_market_price": offered & pl.col("market_price_cents").is_null(),
        "untraded_singles": pl.col("unproven_share") > guards.untraded_share,
        "many_copies": pl.col("excess_cents") >= pl.col("profit_cents"),
        "price_held_back": pl.col("refused_cents").is_not_null()
        | (pl.col("outlier") > guards.held_back_share * pl.col("gross")),
        "presale": pl.col("release_date") >= as_of - timedelta(days=guards.presale_days),
        "foreign_language": pl.col("language") != "English",
        "estimated_rates": pl.col("estimated_parts").list.len() > 0,
        "identity_doubt": pl.col("promos_crossed")
        | (
            pl.col("promo_cents")
            > guards.promo_share * pl.min_horizontal("market_price_cents", "sealed_list_price_cents")
        ),
        "unpriced_promo": pl.col("promos_unpriced") > 0,
        **of_contents,
        "price_without_market": pl.col("doubted")
        > guards.held_back_share * (pl.col("gross") + pl.col("refused")),
        "gross_out_of_bounds": pl.col("gross_singles_value_cents")
        > pl.col("market_price_cents") * pieces * guards.max_gross,
        "margin_out_of_bounds": pl.col("margin_bps") > guards.max_margin,
        "worth_closed": is_worth_closed(params),
    }


def is_absurd(params: Parameters) -> pl.Expr:
    """True if a product holds more cards than any real one: then it has no value either."""
    return (pl.col("copies") > pl.col("pieces") * params.guards.max_pieces).fill_null(value=False)


def is_worth_closed(params: Parameters) -> pl.Expr:
    """True if resale of the unopened product reaches the limits of profit, margin and expected profit."""
    cost = pl.col("sealed_price_cents")
    profit = pl.col("resale_value_cents") - cost
    enough = (profit >= params.publish.min_profit) & (profit * 10_000 >= cost * params.publish.min_margin)
    enough &= pl.col("resale_mean_cents") - cost >= params.publish.min_expected_profit
    return enough & (pl.col("language") == "English") & pl.col("refused_cents").is_null()


def exit_of() -> pl.Expr:
    """The exit that pays by the limits, of published and worth closed; of both, the one that nets more."""
    is_open, is_closed = pl.col("published"), has("worth_closed")
    nets_more = ~is_open | (pl.col("resale_value_cents") > pl.col("singles_value_cents"))
    return (
        pl.when(is_closed & nets_more)
        .then(pl.lit(Exit.RESALE.value))
        .when(is_open)
        .then(pl.lit(Exit.OPEN.value))
    )


def excess_copies(lines: pl.DataFrame, nets: pl.DataFrame, params: Parameters) -> pl.LazyFrame:
    """product_id, `excess_cents` (net of the copies beyond the `many_copies` of each card), `most_copies`.

    `lines`: those of products with a profit, where it tells whether the profit rests on selling one card many
    times.
    """
    beyond = (pl.col("copies") - params.guards.many_copies).clip(0)
    return (
        lines.lazy()
        .group_by("sealed_product_id", "card_id")
        .agg(copies=pl.col("expected_copies").sum())
        .join(nets.lazy().select("card_id", "net_cents"), on="card_id")
        .group_by(product_id=pl.col("sealed_product_id").cast(pl.String))
        .agg(excess_cents=(beyond * pl.col("net_cents")).sum(), most_copies=pl.col("copies").max())
    )


def is_published(params: Parameters, *, has_chance: bool = True) -> pl.Expr:
    """True if margin, profit, P(profit) and priced share reach their limits, without a blocking flag.

    `has_chance`: are P(profit) and the expected profit at the sale known? A caller that computes them itself
    asks for `is_likely_enough` with them.
    """
    publish = params.publish
    enough = (
        (pl.col("margin_bps") >= publish.min_margin)
        & (pl.col("profit_cents") >= publish.min_profit)
        & (pl.col("priced_share") >= publish.min_priced_share)
    )
    if has_chance:
        expected = pl.col("outcome_mean_cents") - pl.col("sealed_price_cents")
        enough &= (pl.col("p_profit") >= publish.min_p_profit) & (expected >= publish.min_expected_profit)
    return (
        enough.fill_null(value=False)
        & pl.col("contents_complete")
        & ~pl.any_horizontal(map(has, BLOCKING_FLAGS))
    )


def is_likely_enough(p_profit: float, expected_profit_cents: float, params: Parameters) -> bool:
    """True if P(profit) and the expected profit at the sale reach their limits."""
    publish = params.publish
    return p_profit >= publish.min_p_profit and expected_profit_cents >= publish.min_expected_profit
