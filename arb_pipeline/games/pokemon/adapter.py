"""Pokemon as a game: TCGplayer's listings, TCGdex's cards, published pull rates."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.catalog import BY_FINISH
from arb_pipeline.core.contents.pull_rates import PullRates
from arb_pipeline.core.contents.slot_packs import SlotError
from arb_pipeline.games import listings
from arb_pipeline.games.adapter import Folder, Known, Landed, Wanted
from arb_pipeline.games.pokemon import tcgdex, tracking_list
from arb_pipeline.games.pokemon.data_folder import FOLDER
from arb_pipeline.games.pokemon.packs import BALLS, HIT_FINISH, pack
from arb_pipeline.games.pokemon.product_facts import product_facts
from arb_pipeline.games.pokemon.product_names import card_key
from arb_pipeline.games.pokemon.promos import promos
from arb_pipeline.games.pokemon.sealed_contents import PACK, Sources, records
from arb_pipeline.games.tables import LISTED
from arb_pipeline.storage.params import pull_rates

PATTERN = re.compile(r"\((?P<ball>Poke Ball|Master Ball) Pattern\)$")
VARIANT = re.compile(
    r"\([^)]*\b(?:holo|holofoil|foil|stamp|stamped|pattern|prerelease|staff|exclusive|promo|jumbo|league"
    r"|championships?|pokemon center|mirror|cosmos|error)\b[^)]*\)",
    re.IGNORECASE,
)
"""Brackets that name a stamp or pattern; such cards are not from packs."""
ADVICE = "Products with this pack are not valued; they name it."


class Pokemon:
    """The adapter (`adapter.Game`). A set is its group's id at TCGplayer."""

    folder: Folder = FOLDER
    listed_in: Wanted = (("tcgcsv_products",), ("pokemon_sealed",))
    printed_in: Wanted = (("tcgdex",), ("tcgcsv_products",))
    drawn_in: Wanted = printed_in
    held_in: Wanted = printed_in

    def listed(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """TCGplayer's list, then products that only the CSV list of a data folder names."""
        listed, problems = pl.DataFrame(schema=LISTED), list[Problem]()
        if products := landed.get("tcgcsv_products"):
            listed, problems = listings.listed_products(products, "pokemon")
        if named := landed.get("pokemon_sealed"):
            listed = listings.united(listed, tracking_list.listed_products(named))
        return listed, problems

    def printings(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """TCGdex's cards; for groups that it lacks, TCGplayer's.

        Cards of a gallery belong to its parent's group: they are in the parent's packs. A promo card
        without a TCGplayer id takes that of the listing with its number and name.
        """
        sets, problems = _sets(landed)
        groups = _groups(sets, landed, pull_rates())
        rows = [
            {**card, "set_code": group}
            for card_set in sets
            if (group := _group_of_cards(card_set, groups))
            for card in card_set.cards
        ]
        frame = _with_listed_ids(pl.DataFrame(rows, schema=BY_FINISH), landed)
        rated = {group: set_id for set_id, group in groups.items() if set_id in pull_rates().tables}
        more = list(_of_tcgplayer(landed, rated, set(frame["set_code"].unique())))
        return pl.concat([frame, pl.DataFrame(more, schema=BY_FINISH)]), problems

    def boosters(self, landed: Landed, printings: pl.DataFrame) -> Iterable[tuple[str, Any, Problem | None]]:
        """One pack per set that has rates and known cards."""
        rates = pull_rates()
        sets, _ = _sets(landed)
        groups = _groups(sets, landed, rates)
        left_out = _left_out(sets, landed, groups)
        for set_id, group in groups.items():
            cards = printings.filter(pl.col("set_code") == group)
            if set_id not in rates.tables or cards.is_empty():
                continue
            code = f"{group}-{PACK}"
            try:
                yield code, pack(set_id, cards, rates, left_out.get(group, ())), None
            except SlotError as error:
                yield code, None, Problem(f"pack of {set_id} (group {group})", str(error), "", ADVICE)

    def contents(self, landed: Landed, sealed: pl.DataFrame, packs: pl.DataFrame) -> Known:
        """A record per product: contents by its name, the parameter file and its listing's text."""
        rates, facts = pull_rates(), product_facts()
        sets, _ = _sets(landed)
        groups = _groups(sets, landed, rates)
        printings, _ = self.printings(landed)
        names = {name: set_id for set_id, table in rates.tables.items() for name in table.names}
        names = {card_set.name: card_set.id for card_set in sets if card_set.id in groups} | names
        products = landed.get("tcgcsv_products")
        sources = Sources(
            sets=names,
            groups=groups,
            notes=dict(packs.select("pack", "note").iter_rows()),
            carded=frozenset(printings["set_code"].unique()),
            promos=promos(printings, groups),
            facts=facts,
            rates=rates,
        )
        texts = listings.listed_texts(products, "pokemon") if products else {}
        return Known(records(sealed.select("set_code", "name").iter_rows(), texts, sources))


@lru_cache(maxsize=1)  # a package never changes, and several assets read it
def _read(package: Path) -> tuple[list[tcgdex.SetOfCards], list[Problem]]:
    return tcgdex.sets(package)


def _sets(landed: Landed) -> tuple[list[tcgdex.SetOfCards], list[Problem]]:
    package = landed.get("tcgdex")
    return _read(package) if package else ([], [])


def _groups(sets: list[tcgdex.SetOfCards], landed: Landed, rates: PullRates) -> dict[str, str]:
    """Set -> its group at TCGplayer: by TCGdex, else by the rate table, else by the group's name."""
    products = landed.get("tcgcsv_products")
    by_name = dict[str, str]()
    if products:
        cards = listings.listed_cards(products, "pokemon").drop_nulls("group_name")
        by_name = {
            name.rpartition(": ")[2]: group
            for name, group in cards.select("group_name", "group").unique().sort("group").iter_rows()
        }
    groups: dict[str, str] = {}
    for set_id, table in rates.tables.items():
        named = next((by_name[name] for name in table.names if name in by_name), None)
        if group := table.group or named:
            groups[set_id] = group
    own = {set_id: promo_set.group for set_id, promo_set in product_facts().promo_sets.items()}
    return groups | {card_set.id: card_set.group for card_set in sets if card_set.group} | own


def _group_of_cards(card_set: tcgdex.SetOfCards, groups: Mapping[str, str]) -> str | None:
    """Group of a set's cards: its own, or its parent's."""
    gallery = tcgdex.GALLERY.fullmatch(card_set.id)
    return groups.get(gallery["parent"] if gallery else card_set.id)


def _with_listed_ids(cards: pl.DataFrame, landed: Landed) -> pl.DataFrame:
    """Promo cards, missing TCGplayer ids filled from the single listing with their number and name."""
    products = landed.get("tcgcsv_products")
    codes = [card_set.group for card_set in product_facts().promo_sets.values()]
    if not products:
        return cards
    listed = listings.listed_cards(products, "pokemon").filter(pl.col("group").is_in(codes))
    ids: dict[tuple[str, str, str], list[str]] = {}
    for card in listed.iter_rows(named=True):
        number = card["number"].partition("/")[0].lstrip("0")
        ids.setdefault((card["group"], number, card_key(card["name"])), []).append(card["tcg_product_id"])
    fitting = [
        candidates[0]
        if set_code in codes
        and len(candidates := ids.get((set_code, number.lstrip("0"), card_key(name)), [])) == 1
        and finish == HIT_FINISH
        else None
        for set_code, number, name, finish in cards.select("set_code", "number", "name", "finish").iter_rows()
    ]
    listed_id = pl.Series("listed_id", fitting, dtype=pl.String)
    return cards.with_columns(listed_id, tcg_product_id=pl.coalesce("tcg_product_id", listed_id)).drop(
        "listed_id"
    )


def _left_out(
    sets: list[tcgdex.SetOfCards], landed: Landed, groups: Mapping[str, str]
) -> dict[str, list[str]]:
    """Group -> unreadable cards of its sets, from TCGdex, else from TCGplayer's list."""
    names: dict[str, list[str]] = {}
    for card_set in sets:
        if group := _group_of_cards(card_set, groups):
            names.setdefault(group, []).extend(card_set.left_out)
    products = landed.get("tcgcsv_products")
    listed = listings.cards_left_out(products, "pokemon") if products else {}
    return {group: cards for group, cards in listed.items() if group not in names} | names


def _of_tcgplayer(landed: Landed, rated: Mapping[str, str], known: set[str]) -> Iterator[dict[str, Any]]:
    """Cards of rated groups that only TCGplayer's list has. Their printings follow from a pack's slots."""
    products = landed.get("tcgcsv_products")
    if not products:
        return
    rates = pull_rates()
    listed = listings.listed_cards(products, "pokemon")
    is_plain = ~pl.col("name").str.contains("(", literal=True)
    plain = set(listed.filter(is_plain).select("group", "number").iter_rows())
    for card in listed.iter_rows(named=True):
        set_id = rated.get(card["group"])
        if set_id is None or card["group"] in known:
            continue
        rarity, ball = tcgdex.rarity_word(card["rarity"]), PATTERN.search(card["name"])
        # Beside a plain card of its number, one with brackets is a stamp or pattern, not from packs.
        # The only one of its number is the card itself: `Professor's Research (Professor Sada)`.
        is_variant = VARIANT.search(card["name"]) or (card["group"], card["number"]) in plain
        if "(" in card["name"] and not ball and is_variant:
            continue
        finishes = (
            [BALLS[ball["ball"].lower()]] if ball else _drawn_as(rarity, rates.tables[set_id].packs, rates)
        )
        for finish in finishes:
            yield {
                "set_code": card["group"],
                "number": card["number"].partition("/")[0],
                "name": card["name"],
                "rarity": rarity,
                "finish": finish,
                "printing": HIT_FINISH if ball else finish,
                "variant": finish if ball else "",
                "tcg_product_id": card["tcg_product_id"],
                "is_offered": True,
            }


def _drawn_as(rarity: str, packs: str, rates: PullRates) -> list[str]:
    slots = rates.structures[packs].slots.values()
    rest = dict.fromkeys(slot.finish for slot in slots if rarity in slot.rest)
    return [*rest] or [HIT_FINISH]
