"""Structure of a product's draws as rows; the lines have expectations only."""

from collections.abc import Iterator, Mapping
from itertools import count

import polars as pl

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.contents import SEALED, Draws
from arb_pipeline.core.contents.catalog import match_printings
from arb_pipeline.core.contents.expected_contents import VARIABLE
from arb_pipeline.core.contents.sealed_graph import CardRef, Resolved
from arb_pipeline.core.identity import card_id

BUNDLE: dict[str, type[pl.DataType]] = {
    "sealed_product_id": pl.String,
    "bundle": pl.Int32,
    "parent": pl.Int32,
    "mixture": pl.Int32,
    "repeats": pl.Int32,
    "draws": pl.Int32,
    "replacement": pl.Boolean,
    "weight": pl.Float64,
    "pack": pl.String,
    "quantity": pl.Int32,
}
CARD: dict[str, type[pl.DataType]] = {
    "set_code": pl.String,
    "number": pl.String,
    "finish": pl.String,
    "card_name": pl.String,
    "sheet": pl.String,
}
Row = tuple[object, ...]


def draws(resolved: Mapping[str, Resolved], printings: pl.DataFrame, *, category: str) -> pl.DataFrame:
    """Rows of the contract `Draws` for complete products (keyed by id) that hold packs or mixtures."""
    rows = [
        (product_id, *row)
        for product_id, contents in resolved.items()
        if contents.complete
        for row in _rows(contents)
    ]
    frame = pl.DataFrame(rows, schema=BUNDLE | CARD, orient="row")
    is_card = pl.col("number").is_not_null()
    # The finish that a card is meant in depends on its sheet: here as in the lines.
    cards = match_printings(frame.filter(is_card), printings, category=category).with_columns(
        card_id=card_id(pl.col("single_product_id"), pl.col("printing"))
    )
    keys = [name for name in empty(Draws).columns if name != "quantity"]
    return (
        pl.concat([frame.filter(~is_card), cards.select(*frame.columns, "card_id")], how="diagonal")
        .with_columns(pl.col("sealed_product_id").cast(SEALED))
        .group_by(keys, maintain_order=True)
        .agg(pl.col("quantity").sum().cast(pl.Int32))
    )


def _rows(contents: Resolved) -> Iterator[Row]:
    packs = [part for part in contents.parts if part.guaranteed and isinstance(part.item, str)]
    root = (0, None, None, 1, 1, False, 1.0)
    for part in packs:
        yield (*root, part.item, part.quantity, *_card(None))
    bundles, mixtures = count(1), count()
    if contents.mixtures and not packs:
        yield (*root, "", 0, *_card(None))
    yield from _mixed(contents, 0, bundles, mixtures)


def _mixed(contents: Resolved, parent: int, bundles: Iterator[int], mixtures: Iterator[int]) -> Iterator[Row]:
    for mixture, repeats in contents.mixtures:
        number = next(mixtures)
        for weight, held in mixture.alternatives:
            bundle = next(bundles)
            key = (bundle, parent, number, repeats, mixture.draws, mixture.replacement, weight)
            certain = [part for part in held.parts if part.guaranteed]
            for part in certain:
                pack, card = (part.item, None) if isinstance(part.item, str) else ("", part.item)
                yield (*key, pack, part.quantity, *_card(card))
            if not certain:
                yield (*key, "", 0, *_card(None))
            yield from _mixed(held, bundle, bundles, mixtures)


def _card(card: CardRef | None) -> Row:
    return (card.set_code, card.number, card.finish, card.name, VARIABLE) if card else (None,) * len(CARD)
