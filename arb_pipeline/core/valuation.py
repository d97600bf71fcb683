"""Values sealed products: contents x nets against the landed price (valuation.md 1, 4 to 8)."""

from datetime import date, timedelta

import polars as pl

from arb_pipeline.contracts.valuation import Valuations
from arb_pipeline.core.carriers import carriers
from arb_pipeline.core.confidence import with_confidence
from arb_pipeline.core.explanation import why
from arb_pipeline.core.fees import landed_cost
from arb_pipeline.core.money import round_cents, rounded
from arb_pipeline.core.outcome.frames import FIGURES, Drawn, outcomes
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.ranking import competition_level, rank_score, risk_level

SEALED_PRINTING = "normal"
COLUMNS = list(Valuations.to_schema().columns)


def singles_value(lines: pl.DataFrame, nets: pl.DataFrame, *, untraded_days: int) -> pl.DataFrame:
    """Per sealed product: gross and net value of its known lines, in unrounded cents, and what they rest on.

    Lines: one row per (product, single, finish, pack, sheet). A line without a price is worth 0 and stays
    in `copies`, the denominator of the priced share. Weights are shares of the net value.
    """
    is_unproven = (pl.col("quality") < 1) | (
        (pl.col("days_compared") >= untraded_days) & (pl.col("days_moved") == 0)
    )
    per_card = nets.select(
        "card_id",
        "net_cents",
        gross_cents=pl.col("reference_cents").cast(pl.Float64),
        is_priced=pl.col("reference_cents").is_not_null().cast(pl.Float64),
        held_back_cents=(pl.col("refused_cents") - pl.col("reference_cents").fill_null(0))
        .abs()
        .cast(pl.Float64),
        unproven_cents=pl.when(is_unproven).then("net_cents"),
        cv=pl.when(pl.col("days_compared") > 0).then("cv"),
    ).with_columns(
        cv_cents=pl.col("cv") * pl.col("net_cents"),
        cv_known=pl.when(pl.col("cv").is_not_null()).then("net_cents"),
    )
    by_code = _in_code_order(per_card.drop("cv"), lines["card_id"])
    copies = pl.col("expected_copies")
    sums = {
        "priced_copies": "is_priced",
        "gross": "gross_cents",
        "net": "net_cents",
        "unproven": "unproven_cents",
        "cv_weighted": "cv_cents",
        "cv_weight": "cv_known",
        "held_back": "held_back_cents",
    }
    card = pl.col("card_id").to_physical()
    return (
        lines.lazy()
        .select(
            "sealed_product_id",
            copies=copies,
            **{name: copies * pl.lit(by_code[column]).gather(card) for name, column in sums.items()},
        )
        .group_by("sealed_product_id")
        .agg(pl.all().sum())
        .with_columns(pl.col("sealed_product_id").cast(pl.String))
        .collect()
    )


def _in_code_order(per_card: pl.DataFrame, cards: pl.Series) -> pl.DataFrame:
    """Figures per card at the row of its category's code, 0 where there are none.

    A look-up by row number takes half the time of a join over a million lines.
    """
    codes = per_card.select(pl.col("card_id").to_physical().alias("code"), pl.col(pl.Float64).fill_null(0.0))
    highest = pl.concat([codes["code"], cards.to_physical()]).max()
    rows = 0 if highest is None else int(highest) + 1  # type: ignore[arg-type]
    return (
        pl.select(code=pl.int_range(rows, dtype=pl.UInt32))
        .join(codes, on="code", how="left", maintain_order="left")
        .with_columns(pl.col(pl.Float64).fill_null(0.0))
    )


def value_sealed(
    sealed: pl.DataFrame,
    completeness: pl.DataFrame,
    lines: pl.DataFrame,
    nets: pl.DataFrame,
    features: pl.DataFrame,
    *,
    drawn: Drawn | None,
    params: Parameters,
    as_of: date,
) -> pl.DataFrame:
    """Every sealed product that has a price or contents, valued (columns of the contract `Valuations`).

    Null means not enough data: contents with an unknown part, or with few prices, have no value; a suspect
    offer is no price. Without `drawn` there are no outcomes, and so neither P(profit) nor rank.
    """
    values = singles_value(lines, nets, untraded_days=params.guards.untraded_days)
    frame = (
        sealed.lazy()
        .join(completeness.lazy(), left_on="product_id", right_on="sealed_product_id", how="left")
        .join(values.lazy(), left_on="product_id", right_on="sealed_product_id", how="left")
        .join(_offers(features.lazy()), on="tcg_product_id", how="left")
        .with_columns(
            contents_complete=pl.col("contents_complete").fill_null(value=False),
            unknown_parts=pl.col("unknown_parts").fill_null(["its contents are not known"]),
            extras=pl.col("extras").fill_null(0),
            as_of=pl.lit(as_of),
        )
        .filter(pl.any_horizontal(pl.col("copies", "low_cents", "market_cents").is_not_null()))
    )
    frame = _with_flags(_with_margin(_with_prices(frame, params), params), params, as_of)
    frame = with_confidence(frame, params.confidence, is_capped=_has("incomplete_contents") | _has("presale"))
    frame = frame.with_columns(
        risk_level=risk_level(params.risk), competition_level=competition_level(params.risk)
    )
    valued = _with_outcomes(frame.collect(), lines, nets, drawn).with_columns(
        rank_score=rank_score(params.risk), published=_is_published(params)
    )
    carried = carriers(lines, nets, valued.filter("published")["product_id"].to_list())
    return (
        valued.lazy()
        .join(carried.lazy(), on="product_id", how="left")
        .with_columns(why=why(params))
        .select(COLUMNS)
        .sort("product_id")
        .collect()
    )


def _offers(features: pl.LazyFrame) -> pl.LazyFrame:
    """The sealed product's own price and its history."""
    return features.filter(pl.col("printing") == SEALED_PRINTING).select(
        "low_cents",
        "market_cents",
        "refused_cents",
        "days_priced",
        "days_moved",
        "days_compared",
        "seller_count",
        tcg_product_id="source_product_id",
        sealed_cv="cv",
    )


def _with_prices(frame: pl.LazyFrame, params: Parameters) -> pl.LazyFrame:
    """The offer, unless it is suspect: far under what others paid it is mispriced, opened or wrong."""
    low, market = pl.col("low_cents"), pl.col("market_cents")
    is_suspect = (low < market * params.guards.suspect_offer).fill_null(value=False)
    return frame.with_columns(
        is_suspect=is_suspect,
        sealed_list_price_cents=low,
        market_price_cents=market,
        sealed_price_cents=pl.when(~is_suspect).then(round_cents(landed_cost(low, params))),
    )


def _with_margin(frame: pl.LazyFrame, params: Parameters) -> pl.LazyFrame:
    copies = pl.col("copies") + pl.col("unlisted_copies")
    # Few cards with a price are no low value: a margin of -100 % would look like knowledge.
    known = pl.col("contents_complete") & (pl.col("priced_copies") > 0)
    known &= pl.col("priced_copies") >= copies * params.publish.valued_share
    frame = frame.with_columns(
        priced_share=pl.when(copies > 0).then(rounded((pl.col("priced_copies") / copies).clip(0, 1), 6)),
        gross_singles_value_cents=pl.when(known).then(round_cents(pl.col("gross"))),
        singles_value_cents=pl.when(known).then(round_cents(pl.col("net"))),
        singles_cv=pl.when(pl.col("cv_weight") * 2 >= pl.col("net")).then(
            pl.col("cv_weighted") / pl.col("cv_weight")
        ),
        unproven_share=pl.when(pl.col("net") > 0).then(rounded(pl.col("unproven") / pl.col("net"), 6)),
    )
    frame = frame.with_columns(profit_cents=pl.col("singles_value_cents") - pl.col("sealed_price_cents"))
    margin = 10_000 * pl.col("profit_cents") / pl.col("sealed_price_cents")
    return frame.with_columns(margin_bps=round_cents(margin))


def _with_outcomes(
    frame: pl.DataFrame, lines: pl.DataFrame, nets: pl.DataFrame, drawn: Drawn | None
) -> pl.DataFrame:
    """What one opened may net, of every product whose singles have a value (valuation.md 6)."""
    if drawn is None:
        dtypes = {name: pl.Int64 if name.endswith("_cents") else pl.Float64 for name in FIGURES}
        return frame.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in dtypes.items())
    valued = frame.filter(pl.col("singles_value_cents").is_not_null())
    net_lines = lines.join(nets.select("card_id", "net_cents"), on="card_id", how="left")
    return frame.join(outcomes(net_lines, drawn, valued), on="product_id", how="left")


def _with_flags(frame: pl.LazyFrame, params: Parameters, as_of: date) -> pl.LazyFrame:
    """Names what a buyer must know, in one list."""
    guards, publish = params.guards, params.publish
    presale_from = as_of - timedelta(days=guards.presale_days)
    rules = {
        "incomplete_contents": ~pl.col("contents_complete")
        | (pl.col("priced_share") < publish.full_priced_share),
        "cards_not_listed": pl.col("unlisted_copies") > 0,
        "no_offer": pl.col("low_cents").is_null(),
        "suspect_offer": pl.col("is_suspect"),
        "no_market_price": pl.col("low_cents").is_not_null() & pl.col("market_cents").is_null(),
        "untraded_singles": pl.col("unproven_share") > guards.untraded_share,
        "price_held_back": pl.col("refused_cents").is_not_null()
        | (pl.col("held_back") > guards.held_back_share * pl.col("gross")),
        "presale": pl.col("release_date") >= presale_from,
        "foreign_language": pl.col("language") != "English",
    }
    flags = [pl.when(rule.fill_null(value=False)).then(pl.lit(name)) for name, rule in rules.items()]
    return frame.with_columns(flags=pl.concat_list(flags).list.drop_nulls())


def _has(flag: str) -> pl.Expr:
    return pl.col("flags").list.contains(flag)


BLOCKING = ("suspect_offer", "no_offer", "no_market_price", "untraded_singles", "foreign_language")
"""Flags that keep a product from being published, whatever its margin."""


def _is_published(params: Parameters) -> pl.Expr:
    publish = params.publish
    enough = (
        (pl.col("margin_bps") >= publish.min_margin)
        & (pl.col("profit_cents") >= publish.min_profit)
        & (pl.col("priced_share") >= publish.min_priced_share)
    )
    return (
        enough.fill_null(value=False) & pl.col("contents_complete") & ~pl.any_horizontal(map(_has, BLOCKING))
    )
