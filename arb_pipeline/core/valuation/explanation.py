"""One sentence per valuation: reasons for or against publication."""

from collections.abc import Sequence

import polars as pl

from arb_pipeline.core.money import dollars
from arb_pipeline.core.params import Parameters, Publish
from arb_pipeline.core.valuation.flags import has, is_absurd

Reason = tuple[pl.Expr, pl.Expr]
"""Condition and text of a reason."""


def why(params: Parameters, more: Sequence[Reason] = ()) -> pl.Expr:
    """The reasons, joined. A published product names its highest-value cards (`top_card_names`).

    `more`: further reasons that keep a product from being published.
    """
    refusals = [*_gaps(params), *more, *_limits(params.publish)]
    texts = [pl.when("published").then(pl.format("{}, led by {}", _sums(), pl.col("top_card_names")))]
    texts += [
        pl.when(~pl.col("published") & rule.fill_null(value=False)).then(text) for rule, text in refusals
    ]
    texts += [pl.when(rule).then(text) for rule, text in _notes()]
    return pl.concat_list(texts).list.drop_nulls().list.join("; ")


def _sums() -> pl.Expr:
    """Net value against landed price, with the offer's place and smallest quantity."""
    return pl.format(
        "singles net {} against {} landed{}{}",
        dollars(pl.col("singles_value_cents")),
        dollars(pl.col("sealed_price_cents")),
        _at("sealed_source"),
        pl.when(pl.col("sealed_moq") > 1)
        .then(pl.format(" from {} pieces on", "sealed_moq"))
        .otherwise(pl.lit("")),
    )


def _gaps(params: Parameters) -> list[Reason]:
    """Reasons in what is known of a product: its offer, its contents and the prices of its cards."""
    return [
        (
            ~pl.col("contents_complete"),
            pl.format("not enough data: {}", pl.col("unknown_parts").list.first()),
        ),
        (
            has("suspect_offer") & pl.col("sealed_price_cents").is_null(),
            pl.format(
                "the offer of {}{} is far under the market price of {}",
                dollars(pl.col("sealed_list_price_cents")),
                _at("sealed_source"),
                dollars(pl.col("market_price_cents")),
            ),
        ),
        (has("no_offer"), pl.lit("nobody offers it today")),
        (has("no_market_price"), pl.lit("no sale stands behind the offer")),
        (
            pl.col("priced_share") < params.publish.min_priced_share,
            pl.format("only {}% of its cards have a price", _percent("priced_share")),
        ),
        (has("untraded_singles"), pl.lit("most of its value is in cards that nobody trades")),
        (
            has("many_copies"),
            pl.lit(f"its profit rests on selling more than {params.guards.many_copies} of a card"),
        ),
        (
            has("estimated_rates"),
            pl.format("estimated, not measured: {}", pl.col("estimated_parts").list.first()),
        ),
        (
            has("identity_doubt"),
            pl.lit("the price of its promo card may be that of another card: check its identity"),
        ),
        (has("foreign_language"), pl.lit("its cards are not English, the prices are")),
    ]


def _limits(publish: Publish) -> list[Reason]:
    """Limits of publication that a valuation does not reach."""
    return [
        (
            pl.col("margin_bps") < publish.min_margin,
            pl.format("margin {}% is under {}%", _margin(), pl.lit(f"{publish.min_margin / 100:.2f}")),
        ),
        (
            pl.col("p_profit") < publish.min_p_profit,
            pl.format(
                "P(profit) {}% is under {}%",
                _percent("p_profit"),
                pl.lit(f"{100 * publish.min_p_profit:.0f}"),
            ),
        ),
        (
            pl.col("profit_cents") < publish.min_profit,
            pl.format(
                "profit {} is under {}", dollars(pl.col("profit_cents")), dollars(pl.lit(publish.min_profit))
            ),
        ),
    ]


def _notes() -> list[Reason]:
    """Remarks on a valuation, published or not."""
    return [
        (has("unpriced_promo"), pl.lit("a promo card in it has no price and counts as 0")),
        (
            has("unidentified_cards") & pl.col("published"),
            pl.lit("cards in it that are not identified count as 0"),
        ),
        (has("cards_not_listed"), pl.lit("some of its cards are not listed and count as 0")),
        (
            has("suspect_offer") & pl.col("sealed_price_cents").is_not_null(),
            pl.format(
                "an offer of {}{} is too far under the market price to be used",
                dollars(pl.col("suspect_cents")),
                _at("suspect_source"),
            ),
        ),
        (
            has("price_held_back"),
            pl.lit("a price far from its history counts as the lower of itself and the last accepted one"),
        ),
        (
            has("worth_closed"),
            pl.format(
                "resold unopened it nets {}, {} to {} at the sale",
                *(dollars(pl.col(f"{name}_cents")) for name in ("resale_value", "resale_p5", "resale_p95")),
            ),
        ),
        (has("presale"), pl.lit("presale: prices are still falling into place")),
    ]


def doubts(params: Parameters) -> list[Reason]:
    """Reasons that a product's contents, size or prices are implausible."""
    guards = params.guards
    is_too_large = is_absurd(params)
    # The reason of incomplete contents has its own sentence.
    other_doubts = pl.col("doubts").fill_null([]).list.set_difference(pl.col("unknown_parts").list.head(1))
    return [
        (has("id_claimed_twice") & pl.col("id_claims").is_not_null(), pl.col("id_claims")),
        (is_too_large, pl.format("it would hold {} cards; no product does", _whole(pl.col("copies")))),
        (
            pl.col("most_copies") > pl.col("pieces") * guards.max_copies,
            pl.format("it would hold {} copies of one card; no product does", _whole(pl.col("most_copies"))),
        ),
        (other_doubts.list.len() > 0, other_doubts.list.join("; ")),
        (
            has("price_without_market"),
            pl.format(
                "{}% of its value would rest on prices without a market",
                (100 * pl.col("doubted") / (pl.col("gross") + pl.col("refused"))).ceil().cast(pl.Int64),
            ),
        ),
        (
            has("gross_out_of_bounds"),
            pl.format(
                "its singles would be worth {}, more than {} times the {} that it sells for sealed",
                dollars(pl.col("gross_singles_value_cents")),
                pl.lit(f"{guards.max_gross:g}"),
                dollars(pl.col("market_price_cents") * pl.col("pieces")),
            ),
        ),
        (
            has("margin_out_of_bounds"),
            pl.format("margin {}% is beyond {}%", _margin(), pl.lit(f"{guards.max_margin / 100:g}")),
        ),
    ]


def _margin() -> pl.Expr:
    """Margin in percent, two decimals."""
    return (pl.col("margin_bps") / 100).map_elements(lambda v: f"{v:.2f}", return_dtype=pl.String)


def _percent(share: str) -> pl.Expr:
    """A share in whole percent, rounded down: no limit reads as reached that is not."""
    return (pl.col(share) * 100).floor().cast(pl.Int64)


def _whole(number: pl.Expr) -> pl.Expr:
    """A number of cards, rounded, with its thousands apart."""
    return number.map_elements(lambda n: f"{n:,.0f}", return_dtype=pl.String)


def _at(source: str) -> pl.Expr:
    """Place of an offer outside the usual source: ` at cardkingdom`."""
    elsewhere = pl.when(pl.col(source) != "tcgplayer").then(pl.format(" at {}", source))
    return elsewhere.fill_null("")
