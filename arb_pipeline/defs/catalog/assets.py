"""Catalogue: sealed products, printings, and the `products` table."""

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import MarketplaceIds, Printings, SealedProducts
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents import catalog
from arb_pipeline.core.matching.marketplace_ids import marketplace_ids
from arb_pipeline.defs.shared.contracts import contracted_asset
from arb_pipeline.defs.shared.games import SINGLES, of, read_from
from arb_pipeline.defs.shared.landed_packages import fetched, landed
from arb_pipeline.defs.shared.preview import counts, described
from arb_pipeline.defs.shared.problems import log_problems, problem_metadata
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.games.magic import marketplace_ids as mtg_ids
from arb_pipeline.games.registry import GAMES
from arb_pipeline.storage.postgres.reference import corrected, save_products

SEALED = dg.AssetKey(["catalog", "sealed_products"])
IDS = dg.AssetKey(["catalog", "marketplace_ids"])
PRINTINGS = dg.AssetKey(["catalog", "printings"])
ADVICE = "None of them has its price until the source is corrected; look the id up at TCGplayer."


@contracted_asset(
    SealedProducts,
    key=SEALED,
    group_name="catalog",
    ins={"printings": dg.AssetIn(PRINTINGS)},
    deps=read_from(*(game.listed_in for game in GAMES.values())),
    kinds={"polars"},
)
def sealed_products(
    context: dg.AssetExecutionContext, workspace: Workspace, printings: pl.DataFrame
) -> dg.MaterializeResult:
    """Every sealed product that a source lists, with its deterministic id and its id at TCGplayer."""
    listed, problems = [], []
    for game in GAMES.values():
        frame, refused = game.listed(landed(workspace, game.listed_in))
        listed.append(frame)
        problems += refused
    products = catalog.without_ids_of_cards(catalog.sealed_products(pl.concat(listed)), printings)
    with workspace.engine.connect() as connection:
        sealed = conform(corrected(connection, products, key="product_id"), SealedProducts)
    problems += claim_problems(sealed)
    log_problems(context, problems)
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


def claim_problems(products: pl.DataFrame) -> list[Problem]:
    """A problem per TCGplayer id that several products claim."""
    claims = products["id_claims"].drop_nulls().unique(maintain_order=True)
    return [Problem("catalogue", claim, "", ADVICE) for claim in claims]


def _printings(category: str) -> dg.AssetsDefinition:
    game = GAMES[category]

    @contracted_asset(
        Printings,
        key=of(PRINTINGS, category),
        group_name="catalog",
        deps=read_from(game.printed_in),
        description="Printings by set, number and finish, with the product that carries their price.",
        kinds={"polars"},
    )
    def printings_of_game(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        listed, problems = game.printings(landed(workspace, game.printed_in))
        with workspace.engine.connect() as connection:
            stated = corrected(connection, catalog.printings(listed, category=category), key="product_id")
        frame = conform(stated, Printings)
        problems = [*problems, *claim_problems(frame)]
        log_problems(context, problems)
        with_id = frame["tcg_product_id"].is_not_null().mean() or 0.0
        return dg.MaterializeResult(
            value=frame,
            metadata=described(
                frame, contract=Printings, share_with_tcgplayer_id=with_id, **problem_metadata(problems)
            ),
        )

    return printings_of_game


printings_of_games = [_printings(category) for category in GAMES]


@contracted_asset(
    Printings,
    key=PRINTINGS,
    group_name="catalog",
    ins={category: dg.AssetIn(of(PRINTINGS, category)) for category in GAMES},
    kinds={"polars"},
)
def printings(**by_game: pl.DataFrame) -> dg.MaterializeResult:
    """The printings of all games: set, number and finish, with the product that carries their price."""
    frame = conform(pl.concat(by_game.values()), Printings)
    return dg.MaterializeResult(
        value=frame, metadata=described(frame, contract=Printings, by_category=counts(frame, "category"))
    )


@contracted_asset(
    MarketplaceIds,
    key=IDS,
    group_name="catalog",
    ins={"sealed": dg.AssetIn(SEALED), "printings": dg.AssetIn(PRINTINGS)},
    deps=[["landing", "mtg_sealed_content"], ["landing", "mtg_id_map"], ["landing", "scryfall"]],
    kinds={"polars"},
)
def ids(workspace: Workspace, sealed: pl.DataFrame, printings: pl.DataFrame) -> dg.MaterializeResult:
    """Products by unambiguous id of Cardmarket, Card Kingdom, Scryfall or TCGplayer."""
    content = fetched(workspace, "mtg_sealed_content")
    claimed = mtg_ids.printing_ids(fetched(workspace, "mtg_id_map"), fetched(workspace, "scryfall"))
    if content:
        claimed = pl.concat([mtg_ids.sealed_ids(content), claimed])
    frame = marketplace_ids(claimed, sealed, catalog.without_ids_of_sealed(printings, sealed))
    return dg.MaterializeResult(
        value=frame,
        metadata=described(frame, contract=MarketplaceIds, by_kind=counts(frame, "id_kind")),
    )


@dg.asset(
    key=["catalog", "products"],
    group_name="catalog",
    ins={
        "sealed": dg.AssetIn(SEALED),
        "printings": dg.AssetIn(PRINTINGS),
        "singles": dg.AssetIn(SINGLES),
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
