"""Sealed products of a run: all of its games, or those that a person names."""

import dagster as dg
import polars as pl

from arb_pipeline.defs.shared.workspace import Workspace

OF_NAMED_PRODUCTS = "arb/of_named_products"
"""Tag of jobs for named products."""


def named_products(
    context: dg.AssetExecutionContext, workspace: Workspace, sealed: pl.DataFrame
) -> pl.DataFrame | None:
    """Catalogue rows that a run names by name, product id or TCGplayer id; None where it names none.

    Fails for a name that fits no product or several, and lists the candidates.
    """
    if not workspace.products:
        if OF_NAMED_PRODUCTS in context.run.tags:
            advice = "Name sealed products in the launchpad: resources > workspace > config > products."
            raise dg.Failure(description=f"The run names no product. {advice}", allow_retries=False)
        return None
    return pl.concat(_one(name, sealed) for name in workspace.products).unique("product_id")


def _one(name: str, sealed: pl.DataFrame) -> pl.DataFrame:
    is_id = (pl.col("product_id") == name.lower()) | (pl.col("tcg_product_id") == name)
    products = sealed.filter(is_id.fill_null(value=False))
    if products.is_empty():
        products = sealed.filter(pl.col("name").str.to_lowercase() == name.lower())
    if products.height != 1:
        like = sealed.filter(pl.col("name").str.to_lowercase().str.contains(name.lower(), literal=True))
        shown = (
            (products if products.height else like).head(5).select("name", "set_code", "product_id").rows()
        )
        could = "; ".join(f"{title} ({code}) {product}" for title, code, product in shown)
        msg = f"{name!r} stands for {products.height or 'no'} sealed products of this run's games."
        raise dg.Failure(description=f"{msg} Close to it: {could or 'nothing'}.", allow_retries=False)
    return products
