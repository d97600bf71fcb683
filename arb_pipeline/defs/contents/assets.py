"""Contents of sealed products, with expected copies. One set of assets per game."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import conform, empty
from arb_pipeline.contracts.contents import (
    Completeness,
    Draws,
    Lines,
    PackPulls,
    Packs,
    PackSheets,
    Parts,
    RefusedPacks,
    Singles,
)
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.game_contents import GameContents, game_contents, pack_pulls
from arb_pipeline.defs.catalog.assets import PRINTINGS, SEALED
from arb_pipeline.defs.shared.contracts import contracted_asset, contracted_assets
from arb_pipeline.defs.shared.games import (
    COMPLETENESS,
    DRAWS,
    LINES,
    PACK_SHEETS,
    PACKS,
    PARTS,
    PULLS,
    REFUSED,
    SINGLES,
    of,
    read_from,
)
from arb_pipeline.defs.shared.landed_packages import landed
from arb_pipeline.defs.shared.preview import described
from arb_pipeline.defs.shared.problems import log_problems, problem_metadata
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.games.registry import GAMES
from arb_pipeline.storage.postgres.reference import save_product_singles

Results = Iterator[dg.Output[Any] | dg.AssetCheckResult]
MADE = {
    "lines": LINES,
    "draws": DRAWS,
    "completeness": COMPLETENESS,
    "parts": PARTS,
    "singles": SINGLES,
}
KNOWN_DUE = {"mtg": 0.40, "pokemon": 0.19, "yugioh": 0.04}
"""Share of sealed products with complete contents, below which the check warns, by game.

Three quarters of what the sources knew in October 2025: 53 % of Magic; 26 % of Pokemon, where over a third of
the products are of sets without a card list; 6 % of Yu-Gi-Oh: YGOJSON has the contents of few products.
"""
UNITED = MADE | {"pack_sheets": PACK_SHEETS}
CONTRACTS = {
    "lines": Lines,
    "draws": Draws,
    "pack_sheets": PackSheets,
    "completeness": Completeness,
    "parts": Parts,
    "singles": Singles,
}
DESCRIPTIONS = {
    "lines": "Expected copies of each card in each sealed product, per printing and sheet.",
    "draws": "Draw structure of each product's packs and mixtures.",
    "pack_sheets": "Cards that each kind of pack takes from its sheets, with probabilities.",
    "completeness": "Completeness of contents, with unknown parts.",
    "parts": "Direct contents of each product: the contents tree.",
    "singles": "Singles in any product: the cards to price.",
}


def _odds(category: str) -> dg.AssetsDefinition:
    game, pulls_key = GAMES[category], of(PULLS, category)

    @contracted_assets(
        {"pulls": PackPulls, "packs": Packs, "sheets": PackSheets, "refused": RefusedPacks},
        name=f"{category}_odds",
        outs={
            "pulls": dg.AssetOut(
                key=pulls_key, description="Expected copies of each card in one pack.", kinds={"polars"}
            ),
            "packs": dg.AssetOut(
                key=of(PACKS, category),
                description="Quality of each pack's odds, and its unknown parts.",
                kinds={"polars"},
            ),
            "sheets": dg.AssetOut(
                key=of(PACK_SHEETS, category), description=DESCRIPTIONS["pack_sheets"], kinds={"polars"}
            ),
            "refused": dg.AssetOut(
                key=of(REFUSED, category),
                description="Packs with rejected odds, with the reason.",
                kinds={"polars"},
            ),
        },
        group_name="contents",
        ins={"printings": dg.AssetIn(of(PRINTINGS, category))},
        deps=read_from(game.drawn_in),
        check_specs=[
            dg.AssetCheckSpec("boosters_read", asset=pulls_key, description="Every booster adds up.")
        ],
    )
    def odds(context: dg.AssetExecutionContext, workspace: Workspace, printings: pl.DataFrame) -> Results:
        """Booster odds by valuation.md 1: every sheet's weights must sum to its declared total."""
        pulls = pack_pulls(game.boosters(landed(workspace, game.drawn_in), printings))
        log_problems(context, pulls.problems)
        yield dg.Output(
            pulls.pulls,
            "pulls",
            metadata=described(pulls.pulls, contract=PackPulls, packs=pulls.packs.height),
        )
        yield dg.Output(pulls.packs, "packs", metadata=described(pulls.packs, contract=Packs))
        yield dg.Output(pulls.sheets, "sheets", metadata=described(pulls.sheets, contract=PackSheets))
        schema = empty(RefusedPacks).schema
        refused = conform(pl.DataFrame(list(pulls.refused.items()), schema, orient="row"), RefusedPacks)
        yield dg.Output(refused, "refused", metadata=described(refused, contract=RefusedPacks))
        yield dg.AssetCheckResult(
            check_name="boosters_read",
            asset_key=pulls_key,
            passed=not pulls.problems,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"read": pulls.packs.height, **problem_metadata(pulls.problems)},
        )

    return odds


def _contents(category: str) -> dg.AssetsDefinition:
    game = GAMES[category]
    keys = {name: of(key, category) for name, key in MADE.items()}

    @contracted_assets(
        {name: CONTRACTS[name] for name in MADE},
        name=f"{category}_contents",
        outs={
            name: dg.AssetOut(key=key, description=DESCRIPTIONS[name], kinds={"polars"})
            for name, key in keys.items()
        },
        ins={
            "sealed": dg.AssetIn(SEALED),
            "printings": dg.AssetIn(of(PRINTINGS, category)),
            "pulls": dg.AssetIn(of(PULLS, category)),
            "packs": dg.AssetIn(of(PACKS, category)),
            "refused": dg.AssetIn(of(REFUSED, category)),
        },
        deps=read_from(game.held_in),
        group_name="contents",
        check_specs=[
            dg.AssetCheckSpec(
                "contents_known", asset=keys["completeness"], description="Share of products wholly known."
            ),
            dg.AssetCheckSpec(
                "cards_matched", asset=keys["lines"], description="Share of cards that have a marketplace id."
            ),
        ],
    )
    def contents(
        context: dg.AssetExecutionContext,
        workspace: Workspace,
        sealed: pl.DataFrame,
        printings: pl.DataFrame,
        pulls: pl.DataFrame,
        packs: pl.DataFrame,
        refused: pl.DataFrame,
    ) -> Results:
        """The sealed graph followed to its cards. An unknown part makes a product incomplete, by name."""
        ours = sealed.filter(pl.col("category") == category)
        known = game.contents(landed(workspace, game.held_in), ours, packs)
        log_problems(context, known.problems)
        why = dict(refused.iter_rows())
        made = game_contents(
            ours, known.records, known.decks, pulls, why, printings, category=category, packs=packs
        )
        yield from _results(made, known.problems, keys, category)

    return contents


def _results(
    made: GameContents, problems: Sequence[Problem], keys: Mapping[str, dg.AssetKey], category: str
) -> Results:
    """The frames of a game's contents with their previews, and the checks of what is known and matched."""
    complete = made.completeness["contents_complete"]
    unknown = made.completeness.explode("unknown_parts").drop_nulls("unknown_parts")
    most_missed = (
        unknown.group_by(part="unknown_parts")
        .agg(products=pl.len())
        .sort("products", "part", descending=[True, False])
    )
    yield dg.Output(made.lines, "lines", metadata=described(made.lines, contract=Lines))
    yield dg.Output(made.draws, "draws", metadata=described(made.draws, contract=Draws))
    yield dg.Output(
        made.completeness,
        "completeness",
        metadata=described(
            made.completeness,
            show=most_missed,
            contract=Completeness,
            known=int(complete.sum()),
            **problem_metadata(problems),
        ),
    )
    yield dg.Output(made.parts, "parts", metadata=described(made.parts, contract=Parts))
    yield dg.Output(made.singles, "singles", metadata=described(made.singles, contract=Singles))
    yield _share_check("contents_known", keys["completeness"], complete, at_least=KNOWN_DUE[category])
    matched = made.singles["tcg_product_id"].is_not_null()
    yield _share_check("cards_matched", keys["lines"], matched, at_least=0.5)


def _united(name: str, key: dg.AssetKey) -> dg.AssetsDefinition:
    @contracted_asset(
        CONTRACTS[name],
        key=key,
        group_name="contents",
        ins={category: dg.AssetIn(of(key, category)) for category in GAMES},
        description=f"{DESCRIPTIONS[name]} Of all games.",
        kinds={"polars"},
    )
    def united(**by_game: pl.DataFrame) -> dg.MaterializeResult:
        frame = conform(pl.concat(by_game.values()), CONTRACTS[name])
        return dg.MaterializeResult(value=frame, metadata=described(frame, contract=CONTRACTS[name]))

    return united


assets_of_games = [make(category) for category in GAMES for make in (_odds, _contents)]
united_assets = [_united(name, key) for name, key in UNITED.items()]


@dg.asset(
    key=["contents", "product_singles"],
    group_name="contents",
    ins={category: dg.AssetIn(of(LINES, category)) for category in GAMES},
    deps=[["catalog", "products"]],
    kinds={"postgres"},
)
def product_singles(workspace: Workspace, **by_game: pl.DataFrame) -> dg.MaterializeResult:
    """The `product_singles` table: cards per sealed product, of the games of this run."""
    lines = {category: frame for category, frame in by_game.items() if category in workspace.categories}
    with workspace.engine.begin() as connection:
        written = sum(
            save_product_singles(connection, frame, category=category).total
            for category, frame in lines.items()
        )
    rows = sum(frame.height for frame in lines.values())
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, "rows_written": written})


def _share_check(name: str, key: dg.AssetKey, hits: pl.Series, *, at_least: float) -> dg.AssetCheckResult:
    share = float(hits.mean() or 0.0)  # type: ignore[arg-type]
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=share >= at_least or hits.is_empty(),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"share": share, "hits": int(hits.sum()), "of": hits.len(), "due": at_least},
    )
