"""Offers of sealed products: landed cost per source, and the choice of the price (valuation.md 4).

An offer that cannot be the price has an exclusion reason, and stays in the frame.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.enums import BUYABLE_PRICE_TYPES, ExclusionReason
from arb_pipeline.contracts.valuation import Offers
from arb_pipeline.core.money import round_cents
from arb_pipeline.core.opportunities.lifecycle import analysed_at
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.fees import default_shipping, landed_cost

SEALED_PRINTING = "normal"
"""Kinds of price at which a buyer can buy; others are prices of past sales or of buylists."""
WHOLE_LISTS = ("cardkingdom", "cardmarket")
"""Sources whose every answer lists their full stock: products that the newest lacks are sold out."""
WITHOUT_STATE = ("tcgplayer_api",)
"""Sources that do not state the condition. That of a sealed product is unopened."""
TELL_QUANTITY = ("cardkingdom", "distributor")
"""Lists with quantities: a change from day to day is trade."""
WANTED = (
    *("product_id", "source", "source_product_id", "printing", "condition", "language", "price_type"),
    *("price_cents", "shipping_cents", "seller", "seller_count", "available_quantity", "moq", "quality"),
    *("available_on", "is_presale", "recorded_at", "source_url", "package_id"),
)
"""The columns of quotes that are read here."""
OPTIONAL = {
    "_list": pl.String,
    "shipping_cents": pl.Int64,
    "seller": pl.Int64,
    "seller_count": pl.Int32,
    "available_quantity": pl.Int32,
    "moq": pl.Int32,
    "is_presale": pl.Boolean,
    "available_on": pl.Date,
    "source_url": pl.String,
}
"""Columns that TCGplayer's asks lack."""
MOVES = {"_list": pl.String, "product_id": pl.String, "days_moved": pl.Int32, "days_compared": pl.Int32}
_LIST = (
    pl.when(pl.col("source").is_in(WHOLE_LISTS))
    .then("source")
    .when(pl.col("source") == "distributor")
    .then(pl.col("source_product_id").str.extract("^([^:]*)"))
    .otherwise(pl.format("{} {}", "source", "product_id"))
)
"""Key of answers that replace each other: whole lists, one per distributor, or one per product."""


def buyable(quotes: pl.LazyFrame) -> pl.LazyFrame:
    """Quotes (with `product_id` and `package_id`) that offer a sealed product, with the columns `WANTED`."""
    is_sealed = (pl.col("condition") == "sealed") | pl.col("source").is_in(WITHOUT_STATE)
    is_offer = pl.col("price_type").is_in(BUYABLE_PRICE_TYPES) & (pl.col("printing") == SEALED_PRINTING)
    return quotes.filter(pl.col("product_id").is_not_null() & is_sealed & is_offer).select(WANTED)


def sealed_offers(
    sealed: pl.DataFrame,
    features: pl.DataFrame,
    quotes: pl.DataFrame | None = None,
    *,
    params: Parameters,
    as_of: date,
) -> pl.DataFrame:
    """The contract `Offers`: TCGplayer's cheapest ask from the features, and the `buyable` quotes in reach.

    `quotes`: of the days of the price window; those older than 72 hours only serve to compare quantities.
    """
    products = sealed.select("product_id", "category", "tcg_product_id", product_language="language").join(
        features.filter(pl.col("printing") == SEALED_PRINTING).select(
            "market_cents", "low_cents", "asked_day", tcg_product_id="source_product_id"
        ),
        on="tcg_product_id",
        how="left",
    )
    frames = [_of_tcgplayer(products.lazy())]
    moves = pl.DataFrame(schema=MOVES)
    if quotes is not None and quotes.height:
        ours = quotes.with_columns(_list=_LIST).join(products, on="product_id")
        frames.append(_in_reach(ours.lazy(), params.prices.stale_days, as_of))
        moves = quantity_moves(ours, as_of=as_of, window_days=params.prices.window_days)
    places = {name: place for place, name in enumerate(params.buying.sources)}
    preference = pl.col("source").replace_strict(places, default=len(places), return_dtype=pl.Int64)
    frame = (
        _landed(pl.concat(frames, how="diagonal"), params, as_of)
        .join(moves.lazy(), on=["_list", "product_id"], how="left")
        .sort("product_id", "landed_cents", preference, "source", "source_product_id", "price_type")
        .collect()
    )
    return conform(frame, Offers)


def _of_tcgplayer(products: pl.LazyFrame) -> pl.LazyFrame:
    """Asks of TCGplayer, valid at 20:00 UTC of their day, when TCGCSV publishes them."""
    return products.filter(pl.col("low_cents").is_not_null()).select(
        "category",
        "product_id",
        "market_cents",
        source=pl.lit("tcgplayer"),
        source_product_id="tcg_product_id",
        price_type=pl.lit("low"),
        price_cents="low_cents",
        quality=pl.lit(1.0),
        recorded_at=(
            pl.col("asked_day").cast(pl.Datetime("us")) + pl.duration(hours=20)
        ).dt.replace_time_zone("UTC"),
    )


def _in_reach(quotes: pl.LazyFrame, stale_days: int, as_of: date) -> pl.LazyFrame:
    """The quotes of the last 72 hours, of each list its newest answer. A foreign one is of another thing."""
    since = analysed_at(as_of) - timedelta(days=stale_days)
    is_recent = (pl.col("recorded_at") >= since) & (pl.col("recorded_at").dt.date() <= as_of)
    of_package = pl.col("recorded_at").max().over("_list", "package_id")
    is_ours = (pl.col("language") == "English") | (pl.col("language") == pl.col("product_language"))
    return quotes.filter(is_recent).filter(of_package == of_package.max().over("_list")).filter(is_ours)


def _landed(offers: pl.LazyFrame, params: Parameters, as_of: date) -> pl.LazyFrame:
    """Offers with shipping, landed cost and exclusion reason."""
    price, quantity = pl.col("list_price_cents"), pl.col("quantity")
    is_suspect = price < pl.col("market_cents") * params.guards.suspect_offer
    rules = {
        "not_bought_here": ~pl.col("source").is_in(params.buying.sources),
        "not_yet_there": pl.col("is_presale") | (pl.col("available_on") > as_of),
        "low_quality": pl.col("quality") < params.buying.min_quality,
        "too_few": quantity < pl.col("moq").fill_null(1),
        "suspect_offer": is_suspect,
    }
    reasons = [pl.when(rule.fill_null(value=False)).then(pl.lit(name)) for name, rule in rules.items()]
    # A wrong thing has no seller of ours. Sellers are numbered within an answer, of which there is one.
    seller = pl.when(~is_suspect.fill_null(value=False)).then("seller")
    per_source = ("product_id", "source")
    counted = pl.max_horizontal(
        pl.col("seller_count").max().over(per_source),
        seller.drop_nulls().n_unique().over(per_source).cast(pl.Int32),
    )
    shipping = pl.col("shipping_cents")
    return (
        pl.concat([offers, pl.LazyFrame(schema=OPTIONAL)], how="diagonal")
        .rename({"price_cents": "list_price_cents", "available_quantity": "quantity"})
        .with_columns(
            objection=pl.coalesce(reasons),
            sellers=pl.when(counted > 0).then(counted),
            is_shipping_told=shipping.is_not_null(),
            shipping_cents=pl.coalesce(shipping, default_shipping(price, params)).cast(pl.Int64),
        )
        .with_columns(landed_cents=round_cents(landed_cost(price, params, pl.col("shipping_cents"))))
    )


def quantity_moves(quotes: pl.DataFrame, *, as_of: date, window_days: int) -> pl.DataFrame:
    """_list, product_id, days_moved, days_compared: on how many days the quantity on a list changed.

    A product counts from the first day that the list has it; where the list of a later day lacks it, it is
    sold out. Two days are compared where there is a list of both.
    """
    stock = (
        quotes.filter(pl.col("source").is_in(TELL_QUANTITY) & pl.col("available_quantity").is_not_null())
        .with_columns(
            day=pl.col("recorded_at").dt.date(), _at=pl.col("recorded_at").max().over("_list", "package_id")
        )
        .filter(pl.col("day").is_between(as_of - timedelta(days=window_days), as_of))
        .filter(pl.col("_at") == pl.col("_at").max().over("_list", "day"))
        .group_by("_list", "product_id", "day")
        .agg(quantity=pl.col("available_quantity").sum())
    )
    days = stock.select("_list", "day").unique()
    known = stock.group_by("_list", "product_id").agg(first=pl.col("day").min())
    compared = pl.col("day").diff().dt.total_days() == 1
    moved = compared & (pl.col("quantity").diff() != 0)
    return (
        known.join(days, on="_list")
        .filter(pl.col("day") >= pl.col("first"))
        .join(stock, on=["_list", "product_id", "day"], how="left")
        .with_columns(pl.col("quantity").fill_null(0))
        .sort("_list", "product_id", "day")
        .group_by("_list", "product_id")
        .agg(
            days_moved=moved.sum().cast(pl.Int32),
            days_compared=compared.sum().cast(pl.Int32),
        )
    )


def best_offers(offers: pl.DataFrame, channels: Sequence[str] = ()) -> pl.LazyFrame:
    """Per product with an offer that may be its price, or that would be but for its being suspect.

    product_id; sealed_list_price_cents, sealed_source, sealed_moq, sealed_quantity and sealed_price_cents
    (landed; null: only suspect offers are left) of the cheapest sound offer; suspect_cents and suspect_source
    of the cheapest suspect one; rival_cents, the lowest other ask in `channels`, which a resale there has to
    undercut (an ask at the very price of the offer is taken for it); offered_by, the most sellers that a
    source counts; quantity_moved and quantity_compared of the list with most days to compare.
    """
    is_sound, is_suspect = pl.col("objection").is_null(), pl.col("objection") == "suspect_offer"
    sound = (
        pl.struct("landed_cents", "list_price_cents", "source", "moq", "quantity").filter(is_sound).first()
    )
    suspect = pl.struct("list_price_cents", "source").filter(is_suspect)
    suspect = suspect.sort_by(pl.col("list_price_cents").filter(is_suspect), maintain_order=True).first()
    ask = pl.col("list_price_cents")
    is_rival = pl.col("source").str.strip_suffix("_api").is_in(channels)
    is_rival &= (is_sound | (pl.col("objection") == ExclusionReason.NOT_BOUGHT_HERE)) & ask.ne_missing(
        ask.filter(is_sound).first()
    )
    return (
        offers.lazy()
        .sort("product_id", "landed_cents", maintain_order=True)
        .group_by("product_id", maintain_order=True)
        .agg(
            sound=sound,
            suspect=suspect,
            rival_cents=ask.filter(is_rival).min(),
            offered_by=pl.col("sellers").max(),
            traded=pl.struct("days_moved", "days_compared")
            .sort_by("days_compared", descending=True, nulls_last=True)
            .first(),
        )
        .select(
            "product_id",
            "rival_cents",
            "offered_by",
            sealed_price_cents=pl.col("sound").struct.field("landed_cents"),
            sealed_moq=pl.col("sound").struct.field("moq"),
            sealed_quantity=pl.col("sound").struct.field("quantity"),
            suspect_cents=pl.col("suspect").struct.field("list_price_cents"),
            suspect_source=pl.col("suspect").struct.field("source"),
            quantity_moved=pl.col("traded").struct.field("days_moved"),
            quantity_compared=pl.col("traded").struct.field("days_compared"),
            **{
                to: pl.coalesce(pl.col("sound").struct.field(name), pl.col("suspect").struct.field(name))
                for to, name in (("sealed_list_price_cents", "list_price_cents"), ("sealed_source", "source"))
            },
        )
    )
