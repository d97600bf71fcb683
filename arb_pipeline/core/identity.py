"""Product ids. Deterministic, so that a rebuild from raw gives the same ids."""

from uuid import UUID, uuid5

import polars as pl

from arb_pipeline.contracts.contents import CARDS

NAMESPACE = UUID("5d0f8e9a-3a1c-5a5e-9c57-6f0a4c1b7e21")
"""Ours, drawn once; a new one would change every id of the product."""


def stable_id(kind: str, *parts: str) -> str:
    """UUIDv5 of a kind (`sealed`, `single`, `opportunity` ...) and its natural key."""
    return str(uuid5(NAMESPACE, "\x1f".join((kind, *parts))))


def card_id(single_product_id: pl.Expr, is_foil: pl.Expr) -> pl.Expr:
    """A single and its finish in one key."""
    return (single_product_id + pl.when(is_foil).then(pl.lit(":foil")).otherwise(pl.lit(":nonfoil"))).cast(CARDS)
