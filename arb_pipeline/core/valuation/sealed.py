"""Values sealed products: contents x nets against the landed price (valuation.md 1, 4 to 8)."""

from datetime import date

import polars as pl

from arb_pipeline.contracts.base import names
from arb_pipeline.contracts.enums import CAPPING_FLAGS
from arb_pipeline.contracts.valuation import Valuations
from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.money import round_cents, rounded
from arb_pipeline.core.outcome.frames import FIGURES, Drawn, outcomes
from arb_pipeline.core.outcome.movement import Movement
from arb_pipeline.core.outcome.movement_law import TRAITS, MovementLaw, Traits
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.card_nets import with_all_columns
from arb_pipeline.core.pricing.exits import best_resale, resale_price, resale_range
from arb_pipeline.core.pricing.offers import SEALED_PRINTING, best_offers, sealed_offers
from arb_pipeline.core.pricing.rollup import is_doubted
from arb_pipeline.core.valuation.buylist_cap import in_code_order, with_line_nets
from arb_pipeline.core.valuation.confidence import with_confidence, with_proven_cv
from arb_pipeline.core.valuation.explanation import doubts, why
from arb_pipeline.core.valuation.flags import excess_copies, exit_of, has, is_absurd, is_published, with_flags
from arb_pipeline.core.valuation.promo_doubts import promo_prices
from arb_pipeline.core.valuation.ranking import competition_level, rank_score, risk_level
from arb_pipeline.core.valuation.top_cards import highest_value_cards

COLUMNS = names(Valuations)
TRAIT_OF_SUMS = {
    "level": pl.col("level_weighted") / pl.col("net"),
    "concentration": pl.col("net_squared") / pl.col("net") ** 2,
    "trading": pl.when(2 * pl.col("moved_weight") >= pl.col("net")).then(
        pl.col("moved_weighted") / pl.col("moved_weight")
    ),
}
"""Traits of the law of movement from the sums of `singles_value`. Trading is unknown where under half of the
value is in cards with two days to compare."""


def singles_value(lines: pl.DataFrame, nets: pl.DataFrame, *, untraded_days: int) -> pl.DataFrame:
    """Per sealed product: gross and net value of its known lines, in unrounded cents, and what they rest on.

    Lines: one row per (product, single, finish, pack, sheet). A line without a price is worth 0 and stays
    in `copies`, the denominator of the priced share. Weights are shares of the net value.
    """
    is_unproven = (pl.col("quality") < 1) | (
        (pl.col("days_compared") >= untraded_days) & (pl.col("days_moved") == 0)
    )
    nets = with_all_columns(nets)
    per_card = nets.select(
        "card_id",
        "quick_net_cents",
        gross_cents=pl.col("reference_cents").cast(pl.Float64),
        is_priced=pl.col("reference_cents").is_not_null().cast(pl.Float64),
        doubt_cents=(pl.col("refused_cents") - pl.col("accepted_cents").fill_null(0)).abs().cast(pl.Float64),
        is_unproven=is_unproven.cast(pl.Float64),
        doubted_cents=pl.when(is_doubted(pl.col("quality")))
        .then(pl.max_horizontal("reference_cents", "refused_cents"))
        .cast(pl.Float64),
        refused_cents=pl.when(pl.col("reference_cents").is_null()).then("refused_cents").cast(pl.Float64),
        cv=pl.when(pl.col("days_compared") > 0).then("cv"),
        moved_share=pl.when(pl.col("days_compared") > 0).then(pl.col("days_moved") / pl.col("days_compared")),
        is_compared=(pl.col("days_compared") > 0).cast(pl.Float64),
    ).with_columns(has_cv=pl.when(pl.col("cv").is_not_null()).then(1.0))
    by_code = in_code_order(per_card, lines["card_id"]).with_columns(pl.col(pl.Float64).fill_null(0.0))
    figure = {name: pl.lit(by_code[name]).gather(pl.col("card_id").to_physical()) for name in by_code.columns}
    copies, net = pl.col("expected_copies"), pl.col("net_cents").fill_null(0.0)
    return (
        with_line_nets(lines, nets)
        .lazy()
        .select(
            "sealed_product_id",
            copies=copies,
            priced_copies=copies * figure["is_priced"],
            gross=copies * figure["gross_cents"],
            net=copies * net,
            unproven=copies * net * figure["is_unproven"],
            cv_weighted=copies * net * figure["cv"],
            cv_weight=copies * net * figure["has_cv"],
            outlier=copies * figure["doubt_cents"],
            doubted=copies * figure["doubted_cents"],
            refused=copies * figure["refused_cents"],
            quick=copies * figure["quick_net_cents"],
            net_squared=(copies * net) ** 2,
            level_weighted=copies * net * figure["gross_cents"],
            moved_weighted=copies * net * figure["moved_share"],
            moved_weight=copies * net * figure["is_compared"],
        )
        .group_by("sealed_product_id")
        .agg(pl.all().sum())
        .with_columns(pl.col("sealed_product_id").cast(pl.String))
        .collect()
    )


def cash_values(lines: pl.DataFrame, nets: pl.DataFrame) -> pl.LazyFrame:
    """sealed_product_id and `cash`: cents that buylists pay for a product's copies, up to those they take."""
    bought = with_all_columns(nets).filter(pl.col("cash_net_cents").is_not_null())
    return (
        lines.lazy()
        .join(bought.lazy().select("card_id", "cash_net_cents", "cash_wanted"), on="card_id")
        .group_by("sealed_product_id", "card_id")
        .agg(pl.col("expected_copies").sum(), pl.col("cash_net_cents", "cash_wanted").first())
        .group_by(pl.col("sealed_product_id").cast(pl.String))
        .agg(cash=(pl.min_horizontal("expected_copies", "cash_wanted") * pl.col("cash_net_cents")).sum())
    )


def value_sealed(
    sealed: pl.DataFrame,
    completeness: pl.DataFrame,
    lines: pl.DataFrame,
    nets: pl.DataFrame,
    features: pl.DataFrame,
    *,
    params: Parameters,
    as_of: date,
    drawn: Drawn | None = None,
    offers: pl.DataFrame | None = None,
    pieces: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Every sealed product that has a price or contents, valued (columns of the contract `Valuations`).

    `offers`: the contract `Offers`; None: those that the features tell, TCGplayer's. Without `drawn` there
    are no outcomes, and so neither P(profit) nor rank. Null means not enough data: contents with an unknown
    part, or with few prices, have no value; a suspect offer is no price. `pieces`: product_id, `pieces` (how
    many of a product a row stands for, where it is not one; bounds of size are of one piece) and `contents`,
    its id in `completeness` and `lines`: rows at several prices share their contents.
    """
    if offers is None:
        offers = sealed_offers(sealed, features, params=params, as_of=as_of)
    frame = _known_of_products(
        sealed, completeness, lines, nets, features, offers, pieces, params=params, as_of=as_of
    )
    margins = _with_margin(frame, params).collect()
    has_profit = pl.col("profit_cents") > 0
    # A million lines are gone through once for the few products whose cards are looked at one by one.
    profitable = of_products(lines, margins.filter(has_profit)["contents"].unique())
    excess = excess_copies(profitable, nets, params)
    frame = margins.lazy().join(excess, left_on="contents", right_on="product_id", how="left")
    frame = frame.with_columns(pl.when(has_profit).then(pl.col("excess_cents", "most_copies")))
    frame = with_flags(frame, params, as_of)
    frame = with_confidence(frame, params.confidence, is_capped=pl.any_horizontal(map(has, CAPPING_FLAGS)))
    frame = frame.with_columns(
        risk_level=risk_level(params.risk), competition_level=competition_level(params.risk)
    )
    valued = (
        _with_outcomes(frame.collect(), lines, nets, drawn, params)
        .with_columns(rank_score=rank_score(), published=is_published(params, has_chance=drawn is not None))
        .with_columns(exit=exit_of())
    )
    published = valued.filter("published")["contents"].unique().to_list()
    carried = highest_value_cards(profitable, nets, published)
    return (
        valued.lazy()
        .join(carried.lazy(), left_on="contents", right_on="product_id", how="left")
        .with_columns(why=why(params, doubts(params)))
        .select(COLUMNS)
        .sort("product_id")
        .collect()
    )


def _known_of_products(
    sealed: pl.DataFrame,
    completeness: pl.DataFrame,
    lines: pl.DataFrame,
    nets: pl.DataFrame,
    features: pl.DataFrame,
    offers: pl.DataFrame,
    pieces: pl.DataFrame | None,
    *,
    params: Parameters,
    as_of: date,
) -> pl.LazyFrame:
    """Contents, sums of singles, prices and the best offer per product that has contents or a price."""
    completeness = _with_doubt_columns(completeness)
    proven = with_proven_cv(nets, params.confidence)
    values = singles_value(lines, proven, untraded_days=params.guards.untraded_days)
    return (
        sealed.lazy()
        .join(_pieces(pieces), on="product_id", how="left")
        .with_columns(pieces=pl.col("pieces").fill_null(1), contents=pl.coalesce("contents", "product_id"))
        .join(completeness.lazy(), left_on="contents", right_on="sealed_product_id", how="left")
        .join(values.lazy(), left_on="contents", right_on="sealed_product_id", how="left")
        .join(promo_prices(completeness, nets), left_on="contents", right_on="product_id", how="left")
        .join(cash_values(lines, nets), left_on="contents", right_on="sealed_product_id", how="left")
        .join(_history(features.lazy()), on="tcg_product_id", how="left")
        .join(best_offers(offers, params.resale.channels), on="product_id", how="left")
        .with_columns(
            seller_count=pl.max_horizontal("seller_count", "offered_by"),
            contents_complete=pl.col("contents_complete").fill_null(value=False),
            unknown_parts=pl.col("unknown_parts").fill_null(["its contents are not known"]),
            extras=pl.col("extras").fill_null(0),
            estimated_parts=pl.col("estimated_parts").fill_null([]),
            as_of=pl.lit(as_of),
        )
        .filter(
            pl.any_horizontal(pl.col("copies", "sealed_list_price_cents", "market_price_cents").is_not_null())
        )
    )


def _with_doubt_columns(completeness: pl.DataFrame) -> pl.DataFrame:
    """Completeness with the columns of doubts; empty where a run before them wrote it."""
    names = ("estimated_parts", "promo_card_ids", "dearer_card_ids")
    absent = [name for name in names if name not in completeness.columns]
    return completeness.with_columns(pl.lit([], pl.List(pl.String)).alias(name) for name in absent)


def _pieces(pieces: pl.DataFrame | None) -> pl.LazyFrame:
    """product_id, pieces and contents of the products that stand for others."""
    schema = {"product_id": pl.String, "pieces": pl.Int64, "contents": pl.String}
    return pl.LazyFrame(schema=schema) if pieces is None else pieces.lazy().select(*schema)


def _history(features: pl.LazyFrame) -> pl.LazyFrame:
    """Market price of the sealed product, and its movement."""
    return features.filter(pl.col("printing") == SEALED_PRINTING).select(
        "refused_cents",
        "days_priced",
        "days_moved",
        "days_compared",
        "seller_count",
        market_price_cents="market_cents",
        tcg_product_id="source_product_id",
        sealed_cv="cv",
    )


def _with_margin(frame: pl.LazyFrame, params: Parameters) -> pl.LazyFrame:
    copies = pl.col("copies") + pl.col("unlisted_copies")
    # Few cards with a price are no low value: a margin of -100 % would look like knowledge.
    known = pl.col("contents_complete") & (pl.col("priced_copies") > 0)
    known &= pl.col("priced_copies") >= copies * params.publish.valued_share
    known &= ~is_absurd(params)
    sold_on = resale_price(pl.col("market_price_cents"), pl.col("rival_cents"))
    full = pl.col("market_price_cents") * pl.col("pieces")
    is_low = pl.col("sealed_list_price_cents") < full * params.resale.low_ask
    moved = resale_range(sold_on, is_low, params)
    frame = frame.with_columns(
        priced_share=pl.when(copies > 0).then(rounded((pl.col("priced_copies") / copies).clip(0, 1), 6)),
        gross_singles_value_cents=pl.when(known).then(round_cents(pl.col("gross"))),
        singles_value_cents=pl.when(known).then(round_cents(pl.col("net"))),
        quick_sale_value_cents=pl.when(known).then(round_cents(pl.col("quick"))),
        cash_value_cents=pl.when(known).then(round_cents(pl.col("cash"))),
        # Each piece is sold on in an order of its own.
        **{
            name: round_cents(net * pl.col("pieces"))
            for name, net in (
                ("resale_value_cents", best_resale(sold_on, params)[0]),
                *((f"resale_{name}_cents", value) for name, value in moved.items()),
            )
        },
        singles_cv=pl.when(pl.col("cv_weight") * 2 >= pl.col("net")).then(
            pl.col("cv_weighted") / pl.col("cv_weight")
        ),
        unproven_share=pl.when(pl.col("net") > 0).then(rounded(pl.col("unproven") / pl.col("net"), 6)),
    )
    frame = frame.with_columns(profit_cents=pl.col("singles_value_cents") - pl.col("sealed_price_cents"))
    margin = 10_000 * pl.col("profit_cents") / pl.col("sealed_price_cents")
    quick = pl.col("quick_sale_value_cents") - pl.col("sealed_price_cents")
    return frame.with_columns(
        margin_bps=round_cents(margin),
        quick_sale_margin_bps=round_cents(10_000 * quick / pl.col("sealed_price_cents")),
    )


def _with_outcomes(
    frame: pl.DataFrame, lines: pl.DataFrame, nets: pl.DataFrame, drawn: Drawn | None, params: Parameters
) -> pl.DataFrame:
    """Net value of one opened product at the horizon, of all whose singles have a value (valuation.md 6)."""
    if drawn is None:
        dtypes = {name: pl.Int64 if name.endswith("_cents") else pl.Float64 for name in FIGURES}
        return frame.with_columns(
            *(pl.lit(None, dtype).alias(name) for name, dtype in dtypes.items()),
            horizon_days=pl.lit(None, pl.Int32),
        )
    valued = frame.filter(pl.col("singles_value_cents").is_not_null())
    lined = with_line_nets(lines, nets)
    moved = movements(valued, lined, params.movement)
    distributions = outcomes(lined, drawn, valued, moved, stake=params.risk.stake).with_columns(
        horizon_days=pl.lit(params.movement.horizon_days, pl.Int32)
    )
    return frame.join(distributions, on="product_id", how="left")


def movements_of(
    sealed: pl.DataFrame, lines: pl.DataFrame, nets: pl.DataFrame, params: Parameters
) -> dict[str, Movement]:
    """Product id -> how its net value moves up to the sale, of the products of `sealed` that have lines."""
    values = singles_value(lines, nets, untraded_days=params.guards.untraded_days)
    known = sealed.join(values, left_on="product_id", right_on="sealed_product_id")
    return movements(known, lines, params.movement)


def movements(
    valued: pl.DataFrame, lines: pl.DataFrame, law: MovementLaw, horizon_days: int | None = None
) -> dict[str, Movement]:
    """Product id -> how its net value moves up to the sale.

    `valued`: product_id, category and the sums of `singles_value`; `lines` say whose contents are random.
    """
    drawn = lines.filter(~pl.col("guaranteed"))["sealed_product_id"].unique().cast(pl.String)
    rows = valued.select(
        "product_id",
        "category",
        is_random=pl.col("product_id").is_in(drawn.implode()),
        doubt=pl.col("outlier") / pl.col("gross"),
        **TRAIT_OF_SUMS,
    ).fill_null(float("nan"))
    movement_of = {}
    for product_id, category, is_random, doubt, level, concentration, trading in rows.select(
        "product_id", "category", "is_random", "doubt", *TRAITS
    ).iter_rows():
        traits = Traits(is_random, category, level, concentration, trading, doubt)
        movement_of[product_id] = law.movement(traits, horizon_days)
    return movement_of
