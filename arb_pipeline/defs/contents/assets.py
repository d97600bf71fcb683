"""Contents: what is inside each sealed product, with expected copies."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from arb_pipeline.contracts.contents import Completeness, Draws, Lines, PackPulls, PackSheets, Parts
from arb_pipeline.core.magic_contents import magic_contents, pack_pulls
from arb_pipeline.defs.catalog.assets import PRINTINGS, SEALED
from arb_pipeline.defs.shared.fetched import fetched
from arb_pipeline.defs.shared.preview import described
from arb_pipeline.defs.shared.problems import log_problems, problem_metadata
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.stores.postgres.reference import save_product_singles
from arb_pipeline.stores.sources import mtg

PULLS = dg.AssetKey(["contents", "mtg", "pack_pulls"])
PACK_SHEETS = dg.AssetKey(["contents", "mtg", "pack_sheets"])
REFUSED = dg.AssetKey(["contents", "mtg", "refused_packs"])
LINES = dg.AssetKey(["contents", "mtg", "lines"])
DRAWS = dg.AssetKey(["contents", "mtg", "draws"])
COMPLETENESS = dg.AssetKey(["contents", "mtg", "completeness"])
PARTS = dg.AssetKey(["contents", "mtg", "parts"])
SINGLES = dg.AssetKey(["contents", "mtg", "singles"])

Results = Iterator[dg.Output[Any] | dg.AssetCheckResult]


@dg.multi_asset(
    outs={
        "pulls": dg.AssetOut(key=PULLS, description="Expected copies of each card in one pack, by sheet."),
        "sheets": dg.AssetOut(
            key=PACK_SHEETS, description="What each kind of pack takes from which sheets, with its chance."
        ),
        "refused": dg.AssetOut(key=REFUSED, description="Booster files that cannot be trusted, with why."),
    },
    group_name="contents",
    deps=[["landing", "mtg_boosters"]],
    check_specs=[
        dg.AssetCheckSpec("booster_files_read", asset=PULLS, description="Every booster file adds up.")
    ],
)
def booster_odds(context: dg.AssetExecutionContext, workspace: Workspace) -> Results:
    """Booster odds by valuation.md 1: every sheet's weights must sum to its declared total."""
    files = workspace.landed("mtg_boosters")
    packs = pack_pulls(mtg.boosters(files) if files else ())
    log_problems(context, packs.problems)
    n_packs = packs.pulls["pack"].n_unique()
    yield dg.Output(packs.pulls, "pulls", metadata=described(packs.pulls, contract=PackPulls, packs=n_packs))
    yield dg.Output(packs.sheets, "sheets", metadata=described(packs.sheets, contract=PackSheets))
    refused = pl.DataFrame(
        list(packs.refused.items()), schema={"pack": pl.String, "why": pl.String}, orient="row"
    )
    yield dg.Output(refused, "refused", metadata=described(refused))
    yield dg.AssetCheckResult(
        check_name="booster_files_read",
        asset_key=PULLS,
        passed=not packs.problems,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"read": n_packs, **problem_metadata(packs.problems)},
    )


@dg.multi_asset(
    outs={
        "lines": dg.AssetOut(
            key=LINES, description="Expected copies per sealed product, single, finish, sheet."
        ),
        "draws": dg.AssetOut(key=DRAWS, description="What each product's packs and mixtures are drawn from."),
        "completeness": dg.AssetOut(
            key=COMPLETENESS, description="Which products are wholly known; what is not."
        ),
        "parts": dg.AssetOut(key=PARTS, description="What each product directly holds: the contents tree."),
        "singles": dg.AssetOut(
            key=SINGLES, description="Every single that some product holds: what is to be priced."
        ),
    },
    ins={
        "sealed": dg.AssetIn(SEALED),
        "printings": dg.AssetIn(PRINTINGS),
        "pulls": dg.AssetIn(PULLS),
        "refused": dg.AssetIn(REFUSED),
    },
    deps=[["landing", "mtg_sealed_content"], ["landing", "mtg_decks"], ["landing", "mtgjson"]],
    group_name="contents",
    check_specs=[
        dg.AssetCheckSpec(
            "contents_known", asset=COMPLETENESS, description="Share of products wholly known."
        ),
        dg.AssetCheckSpec(
            "cards_matched", asset=LINES, description="Share of cards that have a marketplace id."
        ),
    ],
)
def mtg_contents(
    context: dg.AssetExecutionContext,
    workspace: Workspace,
    sealed: pl.DataFrame,
    printings: pl.DataFrame,
    pulls: pl.DataFrame,
    refused: pl.DataFrame,
) -> Results:
    """The sealed graph followed to its cards. An unknown part makes a product incomplete, by name."""
    content_files, deck_files = workspace.landed("mtg_sealed_content"), workspace.landed("mtg_decks")
    records, problems = mtg.contents(content_files) if content_files else ({}, [])
    decks, deck_problems = mtg.decks(deck_files) if deck_files else ({}, [])
    if mtgjson := fetched(workspace, "mtgjson"):
        more_decks, more_problems = mtg.mtgjson_decks(mtgjson)
        decks, deck_problems = more_decks | decks, deck_problems + more_problems
    problems += deck_problems
    log_problems(context, problems)
    contents = magic_contents(sealed, records, decks, pulls, dict(refused.iter_rows()), printings)
    known = contents.completeness["contents_complete"]
    unknown = contents.completeness.explode("unknown_parts").drop_nulls("unknown_parts")
    most_missed = (
        unknown.group_by(part="unknown_parts")
        .agg(products=pl.len())
        .sort("products", "part", descending=[True, False])
    )
    matched = contents.singles["tcg_product_id"].is_not_null()
    yield dg.Output(contents.lines, "lines", metadata=described(contents.lines, contract=Lines))
    yield dg.Output(contents.draws, "draws", metadata=described(contents.draws, contract=Draws))
    yield dg.Output(
        contents.completeness,
        "completeness",
        metadata=described(
            contents.completeness,
            show=most_missed,
            contract=Completeness,
            known=int(known.sum()),
            **problem_metadata(problems),
        ),
    )
    yield dg.Output(contents.parts, "parts", metadata=described(contents.parts, contract=Parts))
    yield dg.Output(contents.singles, "singles", metadata=described(contents.singles))
    yield _share_check("contents_known", COMPLETENESS, known, at_least=0.4)
    yield _share_check("cards_matched", LINES, matched, at_least=0.5)


@dg.asset(
    key=["contents", "product_singles"],
    group_name="contents",
    ins={"lines": dg.AssetIn(LINES)},
    deps=[["catalog", "products"]],
    kinds={"postgres"},
)
def product_singles(workspace: Workspace, lines: pl.DataFrame) -> dg.MaterializeResult:
    """The `product_singles` table."""
    if "mtg" not in workspace.categories:
        return dg.MaterializeResult(metadata={"rows_written": 0, "why": "Magic is not in this run"})
    with workspace.engine.begin() as connection:
        written = save_product_singles(connection, lines, category="mtg")
    return dg.MaterializeResult(metadata={"dagster/row_count": lines.height, "rows_written": written.total})


def _share_check(name: str, key: dg.AssetKey, hits: pl.Series, *, at_least: float) -> dg.AssetCheckResult:
    share = float(hits.mean() or 0.0)  # type: ignore[arg-type]
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=share >= at_least or hits.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"share": share, "hits": int(hits.sum()), "of": hits.len(), "due": at_least},
    )
