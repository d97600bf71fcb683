"""Lines of `product_singles` from resolved parts: expected copies per single (valuation.md 1)."""

from collections.abc import Iterable, Mapping

import polars as pl

from arb_pipeline.contracts.frame_models import SEALED_IDS
from arb_pipeline.core.contents.sealed_graph import CardRef, Resolved
from arb_pipeline.core.identity import card_id

VARIABLE = "variable"
CARDS = {
    "sealed_product_id": pl.String,
    "set_code": pl.String,
    "number": pl.String,
    "finish": pl.String,
    "card_name": pl.String,
    "pack": pl.String,
    "sheet": pl.String,
    "quantity": pl.Int32,
    "guaranteed": pl.Boolean,
    "pull_probability": pl.Float64,
}


def of_products(frame: pl.DataFrame, product_ids: Iterable[str]) -> pl.DataFrame:
    """Rows of lines or draws of these products."""
    ids = pl.Series(list(product_ids), dtype=pl.String).cast(SEALED_IDS)
    return frame.filter(pl.col("sealed_product_id").is_in(ids.implode()))


def card_rows(resolved: Mapping[str, Resolved], pack_pulls: pl.DataFrame) -> pl.DataFrame:
    """One row per card of each product (keyed by product id): guaranteed, in a mixture, or pulled."""
    named, packs = [], []
    for product_id, contents in resolved.items():
        for part in contents.parts:
            if isinstance(part.item, CardRef):
                card = part.item
                sheet = "" if part.guaranteed else VARIABLE
                row = (product_id, card.set_code, card.number, card.finish, card.name, "", sheet)
                named.append((*row, part.quantity, part.guaranteed, part.probability))
            else:
                packs.append((product_id, part.item, part.quantity, part.probability))
    pack_frame = pl.DataFrame(
        packs,
        schema={
            "sealed_product_id": pl.String,
            "pack": pl.String,
            "quantity": pl.Int32,
            "chance": pl.Float64,
        },
        orient="row",
    )
    pulled = (
        _add_up(pack_frame, ["sealed_product_id", "pack"], "chance")
        .join(pack_pulls, on="pack", how="inner")
        .with_columns(
            guaranteed=pl.lit(value=False),
            card_name=pl.lit(""),
            pull_probability=pl.col("chance") * pl.col("expected_copies"),
        )
    )
    return pl.concat([pl.DataFrame(named, schema=CARDS, orient="row"), pulled.select(list(CARDS))])


def _add_up(frame: pl.DataFrame, keys: list[str], chance: str) -> pl.DataFrame:
    """Rows summed by key: draws add up, and the chance is their mean, weighted by draws."""
    return frame.group_by(keys, maintain_order=True).agg(
        pl.col("quantity").sum(),
        ((pl.col("quantity") * pl.col(chance)).sum() / pl.col("quantity").sum()).alias(chance),
    )


def lines(matched: pl.DataFrame) -> pl.DataFrame:
    """Matched cards as lines, one per (product, single, printing, pack, sheet).

    Two faces of a card, or two printings of one marketplace product, on one sheet add their chances;
    repeated guaranteed cards and repeated draws add their quantities.
    """
    keys = ["sealed_product_id", "single_product_id", "printing", "pack", "sheet"]
    in_pack = pl.col("pack") != ""
    return (
        matched.with_columns(copies=pl.col("quantity") * pl.col("pull_probability"))
        .group_by(keys, maintain_order=True)
        .agg(
            quantity=pl.when(in_pack.first())
            .then(pl.col("quantity").first())
            .otherwise(pl.col("quantity").sum()),
            guaranteed=pl.col("guaranteed").all(),
            expected_copies=pl.col("copies").sum(),
            rarity=pl.col("rarity").first(),
            is_foil=pl.col("is_foil").first(),
        )
        .with_columns(
            quantity=pl.col("quantity").cast(pl.Int32),
            pull_probability=pl.when("guaranteed")
            .then(1.0)
            .otherwise(pl.col("expected_copies") / pl.col("quantity")),
        )
        .sort("sealed_product_id", "single_product_id", "is_foil", "printing", "pack", "sheet")
        .with_columns(
            pl.col("sealed_product_id").cast(SEALED_IDS),
            card_id=card_id(pl.col("single_product_id"), pl.col("printing")),
        )
    )


def singles(matched: pl.DataFrame) -> pl.DataFrame:
    """Singles in any contents, one row per printing: the cards to price."""
    if "is_only_finish" not in matched.columns:
        matched = matched.with_columns(is_only_finish=pl.lit(value=False))
    return (
        matched.select(
            *("single_product_id", "printing", "is_foil", "name", "rarity", "set_code", "tcg_product_id"),
            "is_only_finish",
        )
        .unique(["single_product_id", "printing"], keep="first", maintain_order=True)
        .with_columns(card_id=card_id(pl.col("single_product_id"), pl.col("printing")))
        .sort("single_product_id", "is_foil", "printing")
    )
