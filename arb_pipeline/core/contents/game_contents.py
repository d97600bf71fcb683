"""A game's contents, all together: boosters, sealed graph and printings -> lines. No game is named here."""

from collections.abc import Iterable, Mapping, Sequence
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
from arb_pipeline.core.contents.booster import BoosterError, pulls, sheets_taken
from arb_pipeline.core.contents.catalog import match_printings
from arb_pipeline.core.contents.contents_tree import direct_parts
from arb_pipeline.core.contents.draw_structure import draws
from arb_pipeline.core.contents.expected_contents import card_rows, lines, singles
from arb_pipeline.core.contents.sealed_graph import CardRef, Contents, Key, Resolved, resolve_all


@dataclass(frozen=True, slots=True)
class Odds:
    """Expected copies of every readable pack, how its draws hang together, and why others are refused."""

    pulls: pl.DataFrame
    packs: pl.DataFrame
    """How well each pack's odds are known."""
    sheets: pl.DataFrame
    refused: dict[str, str]
    problems: list[Problem]


def pack_pulls(boosters: Iterable[tuple[str, Any, Problem | None]]) -> Odds:
    """(code, booster, problem) -> expected copies. A bad booster costs only itself.

    A booster whose odds were measured tells it under `about`: sample_packs, confidence, note. One without
    states its odds as printed.
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
            pulled, taken = list(pulls(booster)), list(sheets_taken(booster))
        except BoosterError as error:
            refused[code] = str(error)
            advice = "Its packs count as unknown; fetch the file again or report it to its source."
            problems.append(Problem(f"booster {code}", str(error), "", advice))
            continue
        rows += [(code, p.sheet, p.set_code, p.number, p.finish, p.expected_copies) for p in pulled]
        sheets += [(code, *astuple(t)) for t in taken]
        about = booster.get("about") or {}
        packs.append((code, about.get("sample_packs"), about.get("confidence", "A"), about.get("note", "")))
    return Odds(
        conform(pl.DataFrame(rows, schema=empty(PackPulls).schema, orient="row"), PackPulls),
        conform(pl.DataFrame(packs, schema=empty(Packs).schema, orient="row"), Packs),
        conform(pl.DataFrame(sheets, schema=empty(PackSheets).schema, orient="row"), PackSheets),
        refused,
        problems,
    )


@dataclass(frozen=True, slots=True)
class GameContents:
    """What is in every product of a game."""

    completeness: pl.DataFrame
    parts: pl.DataFrame
    lines: pl.DataFrame
    draws: pl.DataFrame
    singles: pl.DataFrame


def game_contents(
    sealed: pl.DataFrame,
    records: Mapping[Key, Any],
    decks: Mapping[Key, Sequence[tuple[CardRef, int]]],
    pulls: pl.DataFrame,
    refused: Mapping[str, str],
    printings: pl.DataFrame,
    *,
    category: str,
) -> GameContents:
    """Follows each product to its cards and joins them to products."""
    packs = dict.fromkeys(pulls["pack"].unique().to_list()) | dict(refused)
    graph = Contents(records, decks, packs)
    ours = sealed.filter(pl.col("category") == category).select("product_id", "set_code", "name")
    ids: dict[Key, str] = {(set_code, name): product_id for product_id, set_code, name in ours.iter_rows()}
    resolved = {ids[key]: parts for key, parts in resolve_all(graph, ids).items()}
    matched = match_printings(card_rows(resolved, pulls), printings, category=category)
    return GameContents(
        completeness=conform(_completeness(resolved), Completeness),
        parts=conform(_parts(ids, records), Parts),
        lines=conform(lines(matched), Lines),
        draws=conform(draws(resolved, printings, category=category), Draws),
        singles=conform(singles(matched).with_columns(category=pl.lit(category)), Singles),
    )


def _completeness(resolved: Mapping[str, Resolved]) -> pl.DataFrame:
    rows = [
        (product_id, contents.complete, contents.unknown, contents.extras, float(contents.unlisted))
        for product_id, contents in resolved.items()
    ]
    return pl.DataFrame(rows, schema=empty(Completeness).schema, orient="row")


def _parts(ids: Mapping[Key, str], records: Mapping[Key, Any]) -> pl.DataFrame:
    rows = [
        (id_, part.kind, part.label, part.count, part.chance, ids.get(part.child) if part.child else None)
        for key, id_ in ids.items()
        for part in direct_parts(key[0], records.get(key))
    ]
    return pl.DataFrame(rows, schema=empty(Parts).schema, orient="row")
