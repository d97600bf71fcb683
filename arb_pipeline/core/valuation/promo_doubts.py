"""Doubts about promo cards: prices that may be those of another card."""

import polars as pl


def promo_prices(completeness: pl.DataFrame, nets: pl.DataFrame) -> pl.LazyFrame:
    """Per sealed product with promo cards: `promo_cents`, `promos_unpriced` and `promos_crossed`.

    `promo_cents`: the highest sum, over its promo cards, of one card's price times its copies.
    `promos_unpriced`: promo cards without a price. `promos_crossed`: does one cost more than the card that
    should cost more than it (a plain promo more than the stamped one)? Unknown prices cross nothing.
    """
    prices = nets.lazy().select(
        card_id=pl.col("card_id").cast(pl.String), cents=pl.col("reference_cents").cast(pl.Float64)
    )
    cards = (
        completeness.lazy()
        .filter(pl.col("promo_card_ids").list.len() > 0)
        .select("sealed_product_id", card_id="promo_card_ids", dearer="dearer_card_ids")
        .explode("card_id", "dearer")
        .join(prices, on="card_id", how="left")
        .join(prices.rename({"cents": "dearer_cents"}), left_on="dearer", right_on="card_id", how="left")
    )
    per_card = cards.group_by("sealed_product_id", "card_id").agg(
        cents=pl.col("cents").sum(),
        unpriced=pl.col("cents").is_null().any(),
        crossed=(pl.col("cents") > pl.col("dearer_cents")).fill_null(value=False).any(),
    )
    return per_card.group_by(product_id="sealed_product_id").agg(
        promo_cents=pl.col("cents").max(),
        promos_unpriced=pl.col("unpriced").sum(),
        promos_crossed=pl.col("crossed").any(),
    )
