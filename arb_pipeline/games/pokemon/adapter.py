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
from arb_pipeline.games.adapter import Known, Landed, Wanted
from arb_pipeline.games.pokemon import tcgdex, tracking_list
from arb_pipeline.games.pokemon.packs import BALLS, HIT_FINISH, pack
from arb_pipeline.games.tables import LISTED
from arb_pipeline.storage.params import pull_rates

PACK = "booster"
KIND = re.compile(
    r"(?P<kind>(?:Sleeved )?Booster Pack|Booster Bundle|Booster Box|(?:Pokemon Center )?Elite Trainer Box"
    r"|3[ -]Pack Blisters?)(?: \[[^\]]+\])?(?: \(Exclusive\))?(?: \[[^\]]+\])?"
)
CASE = re.compile(r"(?P<inner>.+) Case \((?P<count>\d+)(?: boxes| count)?\)", re.IGNORECASE)
"""Only a case whose name tells how many it holds is known."""
PROMO_KINDS = {"elite trainer box", "pokemon center elite trainer box"}
PATTERN = re.compile(r"\((?P<ball>Poke Ball|Master Ball) Pattern\)$")
ADVICE = "Products with this pack are not valued; they name it."


class Pokemon:
    """The adapter (`game.Game`). A set is its group's id at TCGplayer."""

    listed_in: Wanted = (("tcgcsv_products",), ("pokemon_sealed",))
    printed_in: Wanted = (("tcgdex",), ("tcgcsv_products",))
    drawn_in: Wanted = printed_in
    held_in: Wanted = printed_in

    def listed(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """TCGplayer's own list, and what only the CSV list of a data folder names."""
        listed, problems = pl.DataFrame(schema=LISTED), list[Problem]()
        if products := landed.get("tcgcsv_products"):
            listed, problems = listings.listed_products(products, "pokemon")
        if named := landed.get("pokemon_sealed"):
            listed = listings.united(listed, tracking_list.listed_products(named))
        return listed, problems

    def printings(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """TCGdex's cards, and of groups that it lacks, TCGplayer's own."""
        sets, problems = _sets(landed)
        groups = _groups(sets, landed, pull_rates())
        rows = [
            {**card, "set_code": group}
            for each in sets
            if (group := groups.get(each.id) or each.group)
            for card in each.cards
        ]
        found = pl.DataFrame(rows, schema=BY_FINISH)
        rated = {group: set_id for set_id, group in groups.items() if set_id in pull_rates().tables}
        more = list(_of_tcgplayer(landed, rated, set(found["set_code"].unique())))
        return pl.concat([found, pl.DataFrame(more, schema=BY_FINISH)]), problems

    def boosters(self, landed: Landed, printings: pl.DataFrame) -> Iterable[tuple[str, Any, Problem | None]]:
        """One pack per set that has rates and known cards."""
        rates = pull_rates()
        groups = _groups(_sets(landed)[0], landed, rates)
        for set_id, group in groups.items():
            cards = printings.filter(pl.col("set_code") == group)
            if set_id not in rates.tables or cards.is_empty():
                continue
            code = f"{group}-{PACK}"
            try:
                yield code, pack(set_id, cards, rates), None
            except SlotError as error:
                yield code, None, Problem(f"pack of {set_id} (group {group})", str(error), "", ADVICE)

    def contents(self, landed: Landed, sealed: pl.DataFrame, packs: pl.DataFrame) -> Known:
        """Products whose name is a set's and a kind's with a known number of packs."""
        rates = pull_rates()
        sets, _ = _sets(landed)
        groups = _groups(sets, landed, rates)
        by_group = {group: set_id for set_id, group in groups.items() if set_id in rates.tables}
        names = {set_id: [*table.names] for set_id, table in rates.tables.items()}
        for each in sets:
            if each.id in names:
                names[each.id].append(each.name)
        notes: dict[str, str] = dict(packs.select("pack", "note").iter_rows())
        records: dict[tuple[str, str], Any] = {}
        for group, name in sealed.select("set_code", "name").iter_rows():
            set_id = by_group.get(group)
            record = _record(set_id, group, name, names[set_id], notes, rates) if set_id else None
            if record:
                records[group, name] = record
        return Known(records)


def _record(
    set_id: str, group: str, name: str, names: list[str], notes: Mapping[str, str], rates: PullRates
) -> dict[str, Any] | None:
    """What a product holds; None where its name does not tell."""
    if case := CASE.fullmatch(name):
        return {"sealed": [{"set": group, "name": case["inner"], "count": int(case["count"])}]}
    found = next(
        (m for set_name in names if (m := re.fullmatch(f"{re.escape(set_name)} {KIND.pattern}", name))), None
    )
    table = rates.tables[set_id]
    structure = rates.structures[table.packs]
    kind = found["kind"].lower().replace("-", " ").removesuffix("s") if found else ""
    count = {**structure.packs_in, **table.packs_in}.get(kind)
    if found is None or count is None or (kind == "booster box" and not table.has_box):
        return None
    note = notes.get(f"{group}-{PACK}", "")
    extras = [*(f"{extra} of each pack" for extra in structure.unpriced), *([note] if note else [])]
    if kind in PROMO_KINDS:
        extras.append("promo card, sleeves, dice, energy cards")
    record: dict[str, Any] = {
        "pack": [{"set": group, "code": PACK, "count": count}],
        "other": [{"name": extra} for extra in extras],
    }
    if kind == "3 pack blister":
        # A named card is a larger part of three packs' price than of nine's: it is not left at 0.
        record["promo card, of which the list does not tell the product"] = True
    return record


@lru_cache(maxsize=1)  # a package never changes; one is read for several assets
def _read(package: Path) -> tuple[list[tcgdex.SetOfCards], list[Problem]]:
    return tcgdex.sets(package)


def _sets(landed: Landed) -> tuple[list[tcgdex.SetOfCards], list[Problem]]:
    package = landed.get("tcgdex")
    return _read(package) if package else ([], [])


def _groups(sets: list[tcgdex.SetOfCards], landed: Landed, rates: PullRates) -> dict[str, str]:
    """Set -> its group at TCGplayer: as TCGdex says, else as the rate table, else by the group's name."""
    products = landed.get("tcgcsv_products")
    by_name = dict[str, str]()
    if products:
        cards = listings.listed_cards(products, "pokemon").drop_nulls("group_name")
        by_name = {
            name.rpartition(": ")[2]: group
            for name, group in cards.select("group_name", "group").unique().sort("group").iter_rows()
        }
    found: dict[str, str] = {}
    for set_id, table in rates.tables.items():
        named = next((by_name[name] for name in table.names if name in by_name), None)
        if group := table.group or named:
            found[set_id] = group
    return found | {each.id: each.group for each in sets if each.group}


def _of_tcgplayer(landed: Landed, rated: Mapping[str, str], known: set[str]) -> Iterator[dict[str, Any]]:
    """Cards of rated groups that only TCGplayer's list has. It tells no printings: a pack's slots do."""
    products = landed.get("tcgcsv_products")
    if not products:
        return
    rates = pull_rates()
    listed = listings.listed_cards(products, "pokemon")
    for card in listed.iter_rows(named=True):
        set_id = rated.get(card["group"])
        if set_id is None or card["group"] in known:
            continue
        rarity, ball = tcgdex.rarity_word(card["rarity"]), PATTERN.search(card["name"])
        if "(" in card["name"] and not ball:  # stamped, cosmos and other patterns: not from packs
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
