"""Catalogue: what can be bought sealed, the printings inside, and the `products` table."""

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import MarketplaceIds, Printings, SealedProducts
from arb_pipeline.core import catalog
from arb_pipeline.core.marketplace_ids import marketplace_ids
from arb_pipeline.defs.shared.fetched import fetched
from arb_pipeline.defs.shared.preview import counts, described
from arb_pipeline.defs.shared.problems import log_problems, problem_metadata
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.stores.postgres.reference import save_products
from arb_pipeline.stores.sources import mtg, mtg_ids, pokemon, tcgcsv_products

SEALED = dg.AssetKey(["catalog", "sealed_products"])
IDS = dg.AssetKey(["catalog", "marketplace_ids"])
PRINTINGS = dg.AssetKey(["catalog", "mtg", "printings"])


@dg.asset(
    key=SEALED,
    group_name="catalog",
    deps=[
        ["landing", "mtg_sealed_content"],
        ["landing", "pokemon_sealed"],
        ["landing", "tcgcsv_products"],
    ],
    kinds={"polars"},
)
def sealed_products(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
    """Every sealed product that a source lists, with its deterministic id and its id at TCGplayer."""
    listed, problems = [], []
    if magic := workspace.landed("mtg_sealed_content"):
        frame, problems = mtg.listed_products(magic)
        listed.append(frame)
    pokemon_listed = pl.DataFrame(schema=mtg.LISTED)
    if products := fetched(workspace, "tcgcsv_products"):
        pokemon_listed, refused = tcgcsv_products.listed_products(products, "pokemon")
        told, of_magic = tcgcsv_products.listed_products(products, "mtg")
        listed = [tcgcsv_products.dated(frame, told) for frame in listed]
        problems = [*problems, *refused, *of_magic]
    if pokemon_list := workspace.landed("pokemon_sealed"):
        pokemon_listed = tcgcsv_products.united(pokemon_listed, pokemon.listed_products(pokemon_list))
    listed.append(pokemon_listed)
    frame = pl.concat(listed)
    log_problems(context, problems)
    sealed = conform(catalog.sealed_products(frame), SealedProducts)
    with_id = sealed["tcg_product_id"].is_not_null().sum()
    return dg.MaterializeResult(
        value=sealed,
        metadata=described(
            sealed,
            contract=SealedProducts,
            priced_at_tcgplayer=with_id,
            by_category=counts(sealed, "category"),
            **problem_metadata(problems),
        ),
    )


@dg.asset(
    key=PRINTINGS,
    group_name="catalog",
    deps=[["landing", "mtg_id_map"], ["landing", "scryfall"]],
    kinds={"polars"},
)
def mtg_printings(workspace: Workspace) -> dg.MaterializeResult:
    """Magic printings by set, number and finish, with the product that carries their price."""
    scryfall, id_map = fetched(workspace, "scryfall"), fetched(workspace, "mtg_id_map")
    if not scryfall and not id_map:
        workspace.landed("mtg_id_map")  # tells what is missing, if Magic is in this run
    listed = mtg.printings(id_map, scryfall)
    printings = conform(catalog.printings(listed, category="mtg"), Printings)
    with_id = printings["tcg_product_id"].is_not_null().mean() or 0.0
    return dg.MaterializeResult(
        value=printings,
        metadata=described(printings, contract=Printings, share_with_tcgplayer_id=with_id),
    )


@dg.asset(
    key=IDS,
    group_name="catalog",
    ins={"sealed": dg.AssetIn(SEALED), "printings": dg.AssetIn(PRINTINGS)},
    deps=[["landing", "mtg_sealed_content"], ["landing", "mtg_id_map"], ["landing", "scryfall"]],
    kinds={"polars"},
)
def ids(workspace: Workspace, sealed: pl.DataFrame, printings: pl.DataFrame) -> dg.MaterializeResult:
    """Which product an id of Cardmarket, Card Kingdom, Scryfall or TCGplayer stands for, if of one alone."""
    content = fetched(workspace, "mtg_sealed_content")
    claimed = mtg_ids.printing_ids(fetched(workspace, "mtg_id_map"), fetched(workspace, "scryfall"))
    if content:
        claimed = pl.concat([mtg_ids.sealed_ids(content), claimed])
    found = marketplace_ids(claimed, sealed, printings)
    return dg.MaterializeResult(
        value=found,
        metadata=described(found, contract=MarketplaceIds, by_kind=counts(found, "id_kind")),
    )


@dg.asset(
    key=["catalog", "products"],
    group_name="catalog",
    ins={
        "sealed": dg.AssetIn(SEALED),
        "printings": dg.AssetIn(PRINTINGS),
        "singles": dg.AssetIn(["contents", "mtg", "singles"]),
    },
    kinds={"postgres"},
)
def products(
    workspace: Workspace, sealed: pl.DataFrame, printings: pl.DataFrame, singles: pl.DataFrame
) -> dg.MaterializeResult:
    """The `products` table: sealed products, printings, and cards that only contents name."""
    rows = catalog.product_rows(sealed, printings, singles)
    with workspace.engine.begin() as connection:
        written = save_products(connection, rows)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows.height,
            "rows_written": written.total,
            "by_type": counts(rows, "product_type"),
        }
    )
