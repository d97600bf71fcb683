"""Yu-Gi-Oh as a game: YGOJSON's sets, packs and sealed products; ids and prices by TCGplayer's listings.

YGOJSON has no TCGplayer ids: printings are joined by number and rarity, sealed products by name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.catalog import BY_FINISH
from arb_pipeline.core.contents.slot_packs import SlotError
from arb_pipeline.core.valuation.edition_fallback import ANY_EDITION
from arb_pipeline.games import listings
from arb_pipeline.games.adapter import Folder, Known, Landed, Wanted
from arb_pipeline.games.tables import LISTED
from arb_pipeline.games.yugioh import packs as yugioh_packs
from arb_pipeline.games.yugioh import ygojson
from arb_pipeline.games.yugioh.data_folder import FOLDER
from arb_pipeline.games.yugioh.ygojson import SetOfCards, Ygojson
from arb_pipeline.storage.params import pull_rates

EDITIONS = {"1st": "1st_edition", "unlimited": "unlimited", "limited": "limited"}
"""Edition of YGOJSON -> printing in prices."""
EDITION = re.compile(r"[\[(](?P<edition>1st|Unlimited|Limited)(?: Edition)?[\])]", re.IGNORECASE)
ALIASES = {
    "common": ("common", "commonshortprint"),
    "shortprint": ("shortprint", "commonshortprint"),
    "25thsecret": ("quartercenturysecret",),
}
"""Rarity of YGOJSON -> TCGplayer's names, where they differ."""
UNLISTED = "ygojson"
"""Set code of sealed products that TCGplayer does not list."""
MISREAD = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)
"""Exceptions raised for an invalid distribution."""
ADVICE = "Products with this pack are not valued; they name it."


class Yugioh:
    """The adapter (`adapter.Game`). A card's number is its printed number and its rarity."""

    folder: Folder = FOLDER
    listed_in: Wanted = (("tcgcsv_products",), ("ygojson",))
    printed_in: Wanted = (("ygojson",), ("tcgcsv_products",))
    drawn_in: Wanted = (("ygojson",),)
    held_in: Wanted = (("ygojson",),)

    def listed(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """TCGplayer's list, then products that only YGOJSON names, which have no price."""
        listed, problems = pl.DataFrame(schema=LISTED), list[Problem]()
        if products := landed.get("tcgcsv_products"):
            listed, problems = listings.listed_products(products, "yugioh")
        known = {_canonical(name) for name in listed["name"]}
        rows = [
            {"category": "yugioh", "set_code": UNLISTED, "name": product.name}
            for product in _ygojson(landed).sealed
            if _canonical(product.name) not in known
        ]
        return pl.concat([listed, pl.DataFrame(rows, schema=LISTED)]), problems

    def printings(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """Each printing in each edition of its set, and in `any_edition` where it has more than one."""
        ygojson = _ygojson(landed)
        ids = _product_ids(landed)
        rows = []
        for card_set in ygojson.sets.values():
            for printed in card_set.printed:
                words = ALIASES.get(printed.rarity, (printed.rarity,))
                products = {i for word in words for i in ids.get((printed.number, word), ())}
                product, name = products.pop() if len(products) == 1 else (None, None)
                card = {
                    "set_code": card_set.code,
                    "number": _number(printed),
                    "name": name or _number(printed),
                    "rarity": printed.rarity,
                    "variant": "",
                    "tcg_product_id": product,
                    "is_offered": True,
                }
                rows += [{**card, "finish": finish, "printing": finish} for finish in _finishes(card_set)]
        frame = pl.DataFrame(rows, schema=BY_FINISH)
        keys = ["set_code", "number", "finish"]
        # Two artworks of one number and rarity must not share a price.
        twice = pl.struct(keys).is_duplicated()
        frame = frame.with_columns(tcg_product_id=pl.when(~twice).then("tcg_product_id"))
        return frame.unique(keys, keep="first", maintain_order=True), ygojson.problems

    def boosters(
        self,
        landed: Landed,
        printings: pl.DataFrame,  # noqa: ARG002 - YGOJSON tells the rarities
    ) -> Iterable[tuple[str, Any, Problem | None]]:
        """One pack per set and edition."""
        ygojson = _ygojson(landed)
        for card_set in ygojson.sets.values():
            distribution = ygojson.distributions.get(card_set.distribution or "")
            for finish in _finishes(card_set):
                cards: dict[str, list[str]] = defaultdict(list)
                for printed in card_set.printed:
                    cards[printed.rarity].append(f"{card_set.code}:{_number(printed)}:{finish}")
                code = f"{card_set.code}-{finish}"
                try:
                    if distribution:
                        booster = yugioh_packs.distributed(distribution, cards)
                    elif card_set.released and yugioh_packs.is_core(cards):
                        booster = yugioh_packs.core(pull_rates().core_booster(card_set.released), cards)
                    else:
                        continue
                except SlotError as error:
                    yield code, None, Problem(f"pack of {card_set.name}", str(error), "", ADVICE)
                except MISREAD as error:
                    why = f"its distribution does not read: {error!r}"[:300]
                    yield code, None, Problem(f"pack of {card_set.name}", why, "", ADVICE)
                else:
                    booster["about"]["left_out"] = list(card_set.left_out)
                    yield code, booster, None

    def contents(self, landed: Landed, sealed: pl.DataFrame, packs: pl.DataFrame) -> Known:
        """Contents of sealed products by YGOJSON, and of loose packs and boxes of its sets."""
        ygojson = _ygojson(landed)
        held = {_canonical(product.name): product.parts for product in reversed(ygojson.sealed)}
        for card_set in ygojson.sets.values():
            held.setdefault(_canonical(f"{card_set.name} Booster Pack"), [{"set": card_set.id}])
            if card_set.packs_per_box:
                box: list[Mapping[str, Any]] = [{"set": card_set.id, "qty": card_set.packs_per_box}]
                held.setdefault(_canonical(f"{card_set.name} Booster Box"), box)
        notes: dict[str, str] = dict(packs.select("pack", "note").iter_rows())
        records = {}
        for group, name in sealed.select("set_code", "name").iter_rows():
            if parts := held.get(_canonical(name)):
                edition = match["edition"].lower() if (match := EDITION.search(name)) else None
                records[group, name] = _record(parts, ygojson, edition, notes)
            else:
                records[group, name] = {"unknown": ["what it holds: YGOJSON lists neither it nor its set"]}
        return Known(records)


def _record(
    parts: Iterable[Any],
    ygojson: Ygojson,
    edition: str | None,
    notes: Mapping[str, str],
) -> dict[str, Any]:
    record: dict[str, Any] = {"pack": [], "card": [], "other": [], "estimated": [], "unknown": []}
    for part in parts:
        if not isinstance(part, Mapping):
            record["unknown"].append(f"a part that is no object: {str(part)[:80]}")
            continue
        card_set = ygojson.sets.get(str(part.get("set")))
        if card_set is None:
            record["unknown"].append(f"packs or cards of a set that YGOJSON does not list: {part.get('set')}")
            continue
        finish = EDITIONS[edition] if edition else _finishes(card_set)[-1]
        if part.get("card"):
            numbers = {_number(p) for p in card_set.printed if p.card == part["card"]}
            if len(numbers) == 1:
                record["card"].append({"set": card_set.code, "number": numbers.pop(), "finish": finish})
            else:
                record["unknown"].append(f"card of {card_set.name} in {len(numbers)} rarities")
            continue
        count = 1 if part.get("qty") is None else part["qty"]
        record["pack"].append({"set": card_set.code, "code": finish, "count": count})
        if card_set.distribution not in ygojson.distributions:
            record["estimated"].append(f"pull rates of {card_set.name}: as core boosters of its time")
        if note := notes.get(f"{card_set.code}-{finish}"):
            record["other"].append({"name": note})
    return record


def _finishes(card_set: SetOfCards) -> list[str]:
    """Editions of a set; the last applies to products that do not state theirs."""
    editions = [EDITIONS[edition] for edition in card_set.editions if edition in EDITIONS]
    return editions if len(editions) == 1 else [*editions, ANY_EDITION]


def _number(printed: ygojson.Printed) -> str:
    return f"{printed.number} {printed.rarity}"


def _product_ids(landed: Landed) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """(number, rarity) -> TCGplayer's products, with their names."""
    ids: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    if products := landed.get("tcgcsv_products"):
        for card in listings.listed_cards(products, "yugioh").iter_rows(named=True):
            word = re.sub(r"[^a-z0-9]", "", card["rarity"].lower().removesuffix(" rare"))
            ids[card["number"], word].add((card["tcg_product_id"], card["name"]))
    return ids


def _canonical(name: str) -> str:
    """A sealed product's name for comparison: without edition, signs and the game's name."""
    words = EDITION.sub(" ", name).lower().replace("(box)", "booster box").replace("yu-gi-oh!", "")
    return " ".join(re.findall(r"[a-z0-9]+", words))


@lru_cache(maxsize=1)  # a package never changes, and several assets read it
def _read(package: Path) -> Ygojson:
    return ygojson.read(package)


def _ygojson(landed: Landed) -> Ygojson:
    package = landed.get("ygojson")
    return _read(package) if package else Ygojson()
