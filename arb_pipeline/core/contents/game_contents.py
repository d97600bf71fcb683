"""Contents of a game: boosters, sealed graph and printings -> lines. Nothing here is specific to a game."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any

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
    Singles,
)
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.booster import BoosterError, about, check_possible, pulls, sheets_taken
from arb_pipeline.core.contents.catalog import match_printings, without_ids_of_sealed
from arb_pipeline.core.contents.contents_tree import direct_parts
from arb_pipeline.core.contents.draw_structure import draws
from arb_pipeline.core.contents.expected_contents import card_rows, lines, singles
from arb_pipeline.core.contents.sealed_graph import (
    CONTRADICTION,
    CardRef,
    Contents,
    DeckList,
    Key,
    Resolved,
    resolve_all,
)
from arb_pipeline.core.identity import card_id

CLAIMED, LEFT_OUT = "id_claimed_twice", "cards_left_out"
"""Flags of products with doubtful cards."""
NAMED = 3
"""Number of cards and reasons that a message lists."""
NAMED_AS = ("set_code", "number", "card_name", "name")


@dataclass(frozen=True, slots=True)
class Odds:
    """Expected copies and draw structure of every readable pack, and reasons of the rejected ones."""

    pulls: pl.DataFrame
    packs: pl.DataFrame
    """Quality of each pack's odds."""
    sheets: pl.DataFrame
    refused: dict[str, str]
    problems: list[Problem]


def pack_pulls(boosters: Iterable[tuple[str, Any, Problem | None]]) -> Odds:
    """Odds of boosters, given as (code, booster, problem). A rejected booster does not affect the others.

    A booster with measured odds has `about`: sample_packs, confidence, note. Without it the odds are as
    printed.
    """
    rows: list[tuple[object, ...]] = []
    packs: list[tuple[object, ...]] = []
    sheets: list[tuple[object, ...]] = []
    refused: dict[str, str] = {}
    problems: list[Problem] = []
    for code, booster, unreadable in boosters:
        if unreadable:
            refused[code] = unreadable.reason
            problems.append(unreadable)
            continue
        try:
            pulled, taken, odds = list(pulls(booster)), list(sheets_taken(booster)), about(booster)
            check_possible(booster)
        except BoosterError as error:
            refused[code] = str(error)
            advice = "Its packs count as unknown; fetch the file again or report it to its source."
            problems.append(Problem(f"booster {code}", str(error), "", advice))
            continue
        rows += [(code, p.sheet, p.set_code, p.number, p.finish, p.expected_copies) for p in pulled]
        sheets += [(code, *astuple(t)) for t in taken]
        known = (odds.get("sample_packs"), odds.get("confidence", "A"), odds.get("note", ""))
        packs.append((code, *known, odds.get("left_out", [])))
    return Odds(
        conform(pl.DataFrame(rows, schema=empty(PackPulls).schema, orient="row"), PackPulls),
        conform(pl.DataFrame(packs, schema=empty(Packs).schema, orient="row"), Packs),
        conform(pl.DataFrame(sheets, schema=empty(PackSheets).schema, orient="row"), PackSheets),
        refused,
        problems,
    )


@dataclass(frozen=True, slots=True)
class GameContents:
    """Contents of all products of a game."""

    completeness: pl.DataFrame
    parts: pl.DataFrame
    lines: pl.DataFrame
    draws: pl.DataFrame
    singles: pl.DataFrame


def game_contents(
    sealed: pl.DataFrame,
    records: Mapping[Key, Any],
    decks: Mapping[Key, DeckList],
    pulls: pl.DataFrame,
    refused: Mapping[str, str],
    printings: pl.DataFrame,
    *,
    category: str,
    packs: pl.DataFrame | None = None,
) -> GameContents:
    """Follows each product to its cards and joins them to products.

    `packs`: contract `Packs`, for what they leave out.
    """
    sizes = pulls.group_by("pack").agg(pl.col("expected_copies").sum())
    pack_cards: dict[str, float] = dict(sizes.iter_rows())
    graph = Contents(
        records,
        decks,
        dict.fromkeys(pack_cards) | dict(refused),
        pack_cards=pack_cards,
    )
    printings = without_ids_of_sealed(printings, sealed)
    ours = sealed.filter(pl.col("category") == category).select("product_id", "set_code", "name")
    ids: dict[Key, str] = {(set_code, name): product_id for product_id, set_code, name in ours.iter_rows()}
    resolved = {ids[key]: parts for key, parts in resolve_all(graph, ids).items()}
    if packs is not None:
        _count_left_out(resolved, packs, pulls)
    matched = match_printings(card_rows(resolved, pulls), printings, category=category)
    return GameContents(
        completeness=conform(
            _completeness(resolved, _doubted(matched, packs)).join(
                _promos(resolved, printings, category=category), on="sealed_product_id", how="left"
            ),
            Completeness,
        ),
        parts=conform(_parts(ids, records), Parts),
        lines=conform(lines(matched), Lines),
        draws=conform(draws(resolved, printings, category=category), Draws),
        singles=conform(singles(matched).with_columns(category=pl.lit(category)), Singles),
    )


COMPLETENESS: dict[str, pl.DataType | type[pl.DataType]] = {
    "sealed_product_id": pl.String,
    "contents_complete": pl.Boolean,
    "unknown_parts": pl.List(pl.String),
    "extras": pl.Int32,
    "unlisted_copies": pl.Float64,
    "estimated_parts": pl.List(pl.String),
    "doubt_flags": pl.List(pl.String),
    "doubts": pl.List(pl.String),
}
OF_PROMO = ("set_code", "number", "finish", "card_name")


def _count_left_out(resolved: Mapping[str, Resolved], packs: pl.DataFrame, pulls: pl.DataFrame) -> None:
    """Adds cards that no class of a pack has to the unlisted copies, each with a card's average copies."""
    lost: dict[str, int] = dict(packs.select("pack", pl.col("left_out").list.len()).iter_rows())
    average = pulls.group_by("pack").agg(
        pl.col("expected_copies").sum() / pl.struct("set_code", "number").n_unique()
    )
    copies = {pack: mean * lost.get(pack, 0) for pack, mean in average.iter_rows()}
    for held in resolved.values():
        held.unlisted += sum(
            part.quantity * part.probability * copies.get(part.item, 0.0)
            for part in held.parts
            if isinstance(part.item, str)
        )


Doubted = Mapping[str, Mapping[str, str]]
"""Product -> flag -> reason."""


def _completeness(resolved: Mapping[str, Resolved], doubted: Doubted) -> pl.DataFrame:
    rows = []
    for product_id, contents in resolved.items():
        of_product = doubted.get(product_id, {})
        doubts = {**of_product, **contents.doubts}
        another = [of_product[CONTRADICTION]] if CONTRADICTION in of_product else []
        rows.append(
            (
                product_id,
                contents.complete and not another,
                [*contents.unknown, *another],
                contents.extras,
                float(contents.unlisted),
                contents.estimates,
                list(doubts),
                list(doubts.values()),
            )
        )
    return pl.DataFrame(rows, schema=COMPLETENESS, orient="row")


def _promos(resolved: Mapping[str, Resolved], printings: pl.DataFrame, *, category: str) -> pl.DataFrame:
    """promo_card_ids and dearer_card_ids of each product, a promo card once per copy."""
    rows = [
        (product_id, n, copy, *_promo_card(promo.card), *_promo_card(promo.dearer))
        for product_id, held in resolved.items()
        for n, promo in enumerate(held.promos)
        for copy in range(promo.count)
    ]
    of_dearer = [f"dearer_{name}" for name in OF_PROMO]
    schema = {"sealed_product_id": pl.String, "n": pl.Int32, "copy": pl.Int32}
    frame = pl.DataFrame(
        rows, schema=schema | dict.fromkeys([*OF_PROMO, *of_dearer], pl.String), orient="row"
    )
    own = _card_ids(frame.select(OF_PROMO), printings, category=category)
    dearer = _card_ids(
        frame.select(pl.col(of_dearer).name.map(lambda name: name.removeprefix("dearer_"))).drop_nulls(),
        printings,
        category=category,
    )
    ids = frame.join(own, on=OF_PROMO, how="left").join(
        dearer.rename({"card_id": "dearer_card_id"}),
        left_on=of_dearer,
        right_on=list(OF_PROMO),
        how="left",
    )
    promos = ids.sort("sealed_product_id", "n", "copy").group_by("sealed_product_id", maintain_order=True)
    with_promos = promos.agg(promo_card_ids="card_id", dearer_card_ids="dearer_card_id")
    products = pl.DataFrame({"sealed_product_id": list(resolved)}, schema={"sealed_product_id": pl.String})
    return products.join(with_promos, on="sealed_product_id", how="left").with_columns(
        pl.col("promo_card_ids", "dearer_card_ids").fill_null([])
    )


def _card_ids(cards: pl.DataFrame, printings: pl.DataFrame, *, category: str) -> pl.DataFrame:
    """The cards, each once, with their `card_id`."""
    wanted = cards.unique().with_columns(sheet=pl.lit(""))
    matched = match_printings(wanted, printings, category=category)
    ids = card_id(pl.col("single_product_id"), pl.col("printing")).cast(pl.String)
    return matched.select(*OF_PROMO, card_id=ids)


def _promo_card(card: CardRef | None) -> tuple[str | None, ...]:
    return (card.set_code, card.number, card.finish, card.name) if card else (None,) * len(OF_PROMO)


def _doubted(matched: pl.DataFrame, packs: pl.DataFrame | None) -> Doubted:
    """Product -> flag -> reason of products with doubtful cards.

    Another name than the catalogue's; an id of several cards; cards that no class of a pack's odds has.
    """
    other = pl.format("{} {} is named {}, the catalogue calls it {}", *map(pl.col, NAMED_AS))
    frames = [
        matched.filter("is_other").select("sealed_product_id", flag=pl.lit(CONTRADICTION), reason=other),
        matched.filter(pl.col("id_claims").is_not_null()).select(
            "sealed_product_id", flag=pl.lit(CLAIMED), reason="id_claims"
        ),
    ]
    if packs is not None:
        lost = packs.filter(pl.col("left_out").list.len() > 0).select(
            "pack",
            flag=pl.lit(LEFT_OUT),
            reason=pl.format(
                "{} of its set's cards are in no class of the odds: {}",
                pl.col("left_out").list.len(),
                pl.col("left_out").list.head(NAMED).list.join(", "),
            ),
        )
        held = matched.select("sealed_product_id", "pack").unique()
        frames.append(held.join(lost, on="pack").select("sealed_product_id", "flag", "reason"))
    doubts = pl.concat(frames).unique(maintain_order=True).sort("sealed_product_id", "flag", "reason")
    reasons = doubts.group_by("sealed_product_id", "flag", maintain_order=True).agg(
        pl.col("reason").head(NAMED).str.join("; ")
    )
    doubted: dict[str, dict[str, str]] = {}
    for product_id, flag, reason in reasons.iter_rows():
        doubted.setdefault(product_id, {})[flag] = reason
    return doubted


def _parts(ids: Mapping[Key, str], records: Mapping[Key, Any]) -> pl.DataFrame:
    rows = [
        (id_, part.kind, part.label, part.count, part.chance, ids.get(part.child) if part.child else None)
        for key, id_ in ids.items()
        for part in direct_parts(key[0], records.get(key))
    ]
    return pl.DataFrame(rows, schema=empty(Parts).schema, orient="row")
