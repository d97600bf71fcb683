"""Yu-Gi-Oh: YGOJSON's packs and products, the table of core boosters, the join to TCGplayer's list."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import polars as pl
import pytest

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import Printings
from arb_pipeline.core.contents import catalog
from arb_pipeline.core.contents.booster import pulls
from arb_pipeline.core.contents.game_contents import GameContents, Odds, game_contents, pack_pulls
from arb_pipeline.core.contents.slot_packs import SlotError
from arb_pipeline.games.adapter import Landed
from arb_pipeline.games.registry import GAMES
from arb_pipeline.games.yugioh.adapter import _read as ygojson_of
from arb_pipeline.games.yugioh.packs import core, distributed
from arb_pipeline.storage.params import pull_rates

GAME = GAMES["yugioh"]
PRE_RIRA = {
    "id": "d1",
    "name": "TCG Core Booster Pre-RIRA",
    "slots": [
        {
            "type": "pool",
            "rarity": [{"rarities": ["shortprint"], "chance": 3}, {"rarities": ["common"]}],
            "qty": 7,
            "proportionate": True,
        },
        {"type": "pool", "rarity": [{"rarities": ["rare"]}]},
        {
            "type": "pool",
            "rarity": [
                {"rarities": ["secret", "ultimate"], "chance": 12},
                {"rarities": ["ultra"], "chance": 6},
                {"rarities": ["super"]},
            ],
        },
    ],
}
"""As YGOJSON has it."""
RAGING_TEMPEST = {"common": 44, "shortprint": 4, "rare": 20, "super": 14, "ultra": 10, "secret": 8}
"""Cards of a rarity in the set."""
WORDS = {"common": "Common / Short Print", "shortprint": "Common / Short Print", "rare": "Rare"}


def keys(counts: dict[str, int]) -> dict[str, list[str]]:
    return {rarity: [f"t:{rarity}-{n}:unlimited" for n in range(many)] for rarity, many in counts.items()}


def per_pack(booster: dict[str, Any]) -> dict[str, float]:
    """Rarity -> cards in a pack."""
    result: dict[str, float] = {}
    for pull in pulls(booster):
        rarity = pull.number.partition("-")[0]
        result[rarity] = result.get(rarity, 0.0) + pull.expected_copies
    return result


def test_a_box_of_a_core_set_of_today_holds_2_secret_4_ultra_and_18_super() -> None:
    structure = pull_rates().core_booster(date(2024, 7, 19))
    result = per_pack(core(structure, keys({"common": 50, "super": 26, "ultra": 14, "secret": 10})))
    per_box = {rarity: structure.packs_per_box * copies for rarity, copies in result.items()}
    assert per_box == pytest.approx({"secret": 2, "ultra": 4, "super": 18, "common": 192})


@pytest.mark.parametrize(
    ("released", "box"),
    [
        # 24 packs of 8 commons and 1; a twenty-fourth, a twelfth and a quarter of it are better than rare.
        (date(2004, 3, 1), {"secret": 1, "ultra": 2, "super": 6, "rare": 15, "common": 192}),
        (date(2012, 8, 24), {"secret": 1, "ultra": 2, "super": 6, "rare": 24, "common": 7 * 24 + 15}),
        (date(2017, 2, 9), {"secret": 2, "ultra": 4, "super": 18, "rare": 24, "common": 168}),
    ],
)
def test_core_boosters_of_a_time_are_as_the_table_says(released: date, box: dict[str, float]) -> None:
    cards = keys({"common": 48, "rare": 22, "super": 10, "ultra": 10, "secret": 8})
    result = per_pack(core(pull_rates().core_booster(released), cards))
    assert {rarity: 24 * copies for rarity, copies in result.items()} == pytest.approx(box)


def test_a_distribution_of_ygojson_worked_by_hand() -> None:
    made = distributed(PRE_RIRA, keys(RAGING_TEMPEST))
    # A short print is a third as likely as a common: 7 x (4/3) / (44 + 4/3) = 7 / 34.
    expected = {
        "shortprint": 7 / 34,
        "common": 7 - 7 / 34,
        "rare": 1,
        "secret": 1 / 12,
        "ultra": 1 / 6,
        "super": 0.75,
    }
    assert per_pack(made) == pytest.approx(expected)
    assert made["about"] == {"confidence": "C", "note": ""}


def test_the_chance_of_a_rarity_that_the_set_has_not_goes_to_the_others() -> None:
    made = distributed(PRE_RIRA, keys({name: n for name, n in RAGING_TEMPEST.items() if name != "ultra"}))
    assert per_pack(made)["super"] == pytest.approx(11 / 12)
    assert made["about"]["note"] == "the set has no ultra card: its chance goes to the others"


def test_a_rarity_without_a_chance_counts_as_nothing_and_is_named() -> None:
    made = distributed(PRE_RIRA, keys(RAGING_TEMPEST | {"starlight": 2}))
    assert "starlight" not in per_pack(made)
    assert made["about"]["note"] == "no rate of starlight cards is published"


@pytest.mark.parametrize(
    "slot", [{"type": "guaranteedSet", "set": "x"}, {"type": "pool", "rarity": [], "set": "x"}]
)
def test_a_slot_that_is_not_understood_refuses_the_pack(slot: dict[str, Any]) -> None:
    with pytest.raises(SlotError, match="of a kind that is not known"):
        distributed({"name": "Odd", "slots": [slot]}, keys(RAGING_TEMPEST))


def package(
    folder: Path, *, editions: tuple[str, ...] = ("1st", "unlimited"), zipped: bool = False
) -> Landed:
    """YGOJSON's files, and TCGplayer's listing of the same cards and of four sealed products."""
    printed = [
        {
            "id": f"p-{rarity}-{n}",
            "card": f"c-{rarity}-{n}",
            "suffix": f"{rarity[:2]}{n:02d}",
            "rarity": rarity,
        }
        for rarity, many in RAGING_TEMPEST.items()
        for n in range(many)
    ]
    held = {"locales": ["en"], "formats": ["tcg"], "distrobution": "d1", "packsPerBox": 24}
    record = {
        "id": "s1",
        "name": {"en": "Raging Tempest"},
        "locales": {"en": {"prefix": "RATE-EN", "date": "2017-02-09"}},
        "contents": [{**held, "editions": list(editions), "cards": printed}],
    }
    special = {
        "id": "x1",
        "name": {"en": "Raging Tempest: Special Edition"},
        "contents": [
            {"locales": ["kr"], "packs": [{"set": "s1", "qty": 9}]},
            {"locales": ["en"], "packs": [{"set": "s1", "qty": 3}, {"set": "s1", "card": "c-super-1"}]},
        ],
    }
    root = folder / "ygojson"
    root.mkdir(parents=True)
    files = {"sets": [record], "distributions": [PRE_RIRA], "sealedProducts": [special]}
    if zipped:
        with ZipFile(root / "aggregate.zip", "w") as archive:
            for name, body in files.items():
                archive.writestr(f"{name}.json", json.dumps(body))
    else:
        (root / "sets").mkdir()
        (root / "sets/s1.json").write_text(json.dumps(record), "utf-8")
        for name in ("distributions", "sealedProducts"):
            (root / f"{name}.json").write_text(json.dumps(files[name]), "utf-8")
    listed: list[tuple[str, dict[str, str]]] = [
        (
            f"Card {p['card']}",
            {"Number": f"RATE-EN{p['suffix']}", "Rarity": WORDS.get(r, f"{r.title()} Rare")},
        )
        for p in printed
        for r in [str(p["rarity"])]
    ]
    forms = ("Booster Box", "Booster Pack [1st Edition]", "Special Edition", "Mega Tin")
    listed += [(f"Raging Tempest {form}", {}) for form in forms]
    results = [
        {
            "productId": n,
            "name": name,
            "groupId": 77,
            "extendedData": [{"name": fact, "value": value} for fact, value in facts.items()],
        }
        for n, (name, facts) in enumerate(listed, start=1)
    ]
    group = folder / "products/2/77"
    group.mkdir(parents=True)
    (group / "products").write_text(json.dumps({"success": True, "results": results}), "utf-8")
    return {"ygojson": root, "tcgcsv_products": folder / "products"}


def printings(landed: Landed) -> pl.DataFrame:
    rows, problems = GAME.printings(landed)
    assert problems == []
    return conform(catalog.printings(rows, category="yugioh"), Printings)


def odds(landed: Landed) -> Odds:
    return pack_pulls(GAME.boosters(landed, printings(landed)))


def opened(landed: Landed) -> tuple[dict[str, str], GameContents]:
    """Name -> product id, and what is in everything."""
    sealed = catalog.sealed_products(GAME.listed(landed)[0])
    known = odds(landed)
    records = GAME.contents(landed, sealed, known.packs).records
    made = game_contents(
        sealed, records, {}, known.pulls, known.refused, printings(landed), category="yugioh"
    )
    return dict(sealed.select("name", "product_id").iter_rows()), made


def test_a_printing_finds_its_product_by_number_and_rarity(tmp_path: Path) -> None:
    rows = printings(package(tmp_path))
    assert rows["tcg_product_id"].null_count() == 0
    assert rows["finish"].unique().sort().to_list() == ["1st_edition", "any_edition", "unlimited"]
    row = rows.filter(pl.col("number") == "RATE-ENse00 secret").row(0, named=True)
    assert row["name"] == "Card c-secret-0"
    assert row["set_code"] == "rate"


def test_two_artworks_of_one_number_and_rarity_have_no_price(tmp_path: Path) -> None:
    landed = package(tmp_path)
    path = tmp_path / "products/2/77/products"
    body = json.loads(path.read_text("utf-8"))
    twin = next(product for product in body["results"] if product["name"] == "Card c-secret-0")
    body["results"].append({**twin, "productId": 999})
    path.write_text(json.dumps(body), "utf-8")
    rows = printings(landed).filter(pl.col("number") == "RATE-ENse00 secret")
    assert rows["tcg_product_id"].to_list() == [None] * 3


def test_without_tcgplayers_list_no_card_has_a_price(tmp_path: Path) -> None:
    landed = {"ygojson": package(tmp_path)["ygojson"]}
    assert printings(landed)["tcg_product_id"].null_count() == 300
    ids, made = opened(landed)
    assert list(ids) == ["Raging Tempest: Special Edition"]
    assert made.singles["tcg_product_id"].null_count() == made.singles.height > 0


def test_products_hold_packs_of_their_edition_and_cards(tmp_path: Path) -> None:
    ids, made = opened(package(tmp_path))
    lines = made.lines.with_columns(pl.col("sealed_product_id").cast(pl.String))

    def of(name: str) -> pl.DataFrame:
        return lines.filter(pl.col("sealed_product_id") == ids[name])

    box = of("Raging Tempest Booster Box")
    assert (set(box["pack"]), set(box["quantity"])) == ({"rate-any_edition"}, {24})
    by_rarity = dict(box.group_by("rarity").agg(pl.col("expected_copies").sum()).iter_rows())
    assert {r: by_rarity[r] for r in ("secret", "ultra", "super")} == pytest.approx(
        {"secret": 2, "ultra": 4, "super": 18}
    )
    first = of("Raging Tempest Booster Pack [1st Edition]")
    assert (set(first["pack"]), set(first["printing"])) == ({"rate-1st_edition"}, {"1st_edition"})
    special = of("Raging Tempest Special Edition")
    assert special.filter("guaranteed").select("quantity", "printing").rows() == [(1, "any_edition")]
    assert set(special.filter(~pl.col("guaranteed"))["quantity"]) == {3}


def test_a_product_that_ygojson_does_not_open_is_not_known(tmp_path: Path) -> None:
    ids, made = opened(package(tmp_path))
    row = made.completeness.filter(pl.col("sealed_product_id") == ids["Raging Tempest Mega Tin"])
    assert row["contents_complete"].to_list() == [False]


def test_an_edition_that_was_never_printed_is_not_known(tmp_path: Path) -> None:
    ids, made = opened(package(tmp_path, editions=("unlimited",)))
    name = "Raging Tempest Booster Pack [1st Edition]"
    row = made.completeness.filter(pl.col("sealed_product_id") == ids[name])
    assert row["contents_complete"].to_list() == [False]


def test_the_zip_as_fetched_reads_like_a_folder(tmp_path: Path) -> None:
    folder, zipped = package(tmp_path / "a"), package(tmp_path / "b", zipped=True)
    assert printings(zipped).equals(printings(folder))
    assert odds(zipped).pulls.equals(odds(folder).pulls)


def test_a_damaged_zip_is_named(tmp_path: Path) -> None:
    landed = package(tmp_path, zipped=True)
    (landed["ygojson"] / "aggregate.zip").write_bytes(b"PK\x03\x04 cut")
    rows, problems = GAME.printings(landed)
    assert rows.is_empty()
    assert [problem.where for problem in problems] == [
        "ygojson, sets",
        "ygojson, distributions",
        "ygojson, sealedProducts",
    ]


ODD = [None, True, -1, 1.5, 10**30, "", "0000-00-00", "x" * 5000, [], {}, [None], [[]]]


def changed(given: Landed, place: tuple[Any, ...], odd: Any) -> Landed:
    """The package with one value of a file replaced."""
    file, *steps = place
    path = given["ygojson"] / file
    body = json.loads(path.read_text("utf-8"))
    inner = body
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = odd
    path.write_text(json.dumps(body), "utf-8")
    ygojson_of.cache_clear()
    return given


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:15])
@pytest.mark.parametrize("field", ["card", "suffix", "rarity"])
def test_whatever_stands_in_a_printing_costs_only_itself(tmp_path: Path, field: str, odd: Any) -> None:
    before = GAME.printings(package(tmp_path / "whole"))[0].height
    given = changed(package(tmp_path / "odd"), ("sets/s1.json", "contents", 0, "cards", 0, field), odd)
    assert GAME.printings(given)[0].height >= before - 3  # in three editions
    left_out = pack_pulls(GAME.boosters(given, pl.DataFrame())).packs["left_out"].to_list()
    is_lost = GAME.printings(given)[0].height < before
    assert [bool(cards) for cards in left_out] == [is_lost] * len(left_out)


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:15])
@pytest.mark.parametrize(
    "place",
    [
        *(("sets/s1.json", field) for field in ("id", "name", "contents", "locales")),
        *(("sets/s1.json", "contents", 0, field) for field in ("cards", "editions", "distrobution")),
        *(("sets/s1.json", "contents", 0, field) for field in ("packsPerBox", "formats", "locales")),
        *(("distributions.json", 0, field) for field in ("id", "name", "slots", "quotas")),
        *(("distributions.json", 0, "slots", 0, field) for field in ("type", "rarity", "qty")),
        ("distributions.json", 0, "slots", 0, "rarity", 0, "chance"),
        *(("sealedProducts.json", 0, field) for field in ("name", "contents")),
        *(("sealedProducts.json", 0, "contents", 0, field) for field in ("locales", "packs")),
        *(("distributions.json", 0), ("sealedProducts.json", 0)),
    ],
    ids=str,
)
def test_whatever_stands_in_a_file_the_game_goes_on(tmp_path: Path, place: Any, odd: Any) -> None:
    given = changed(package(tmp_path), place, odd)
    rows, _ = GAME.printings(given)
    prints = conform(catalog.printings(rows, category="yugioh"), Printings)
    result = pack_pulls(GAME.boosters(given, prints))
    sealed = catalog.sealed_products(GAME.listed(given)[0])
    records = GAME.contents(given, sealed, result.packs).records
    game_contents(
        sealed, records, {}, result.pulls, result.refused, prints, category="yugioh", packs=result.packs
    )


def test_a_day_that_is_none_costs_the_day_and_not_the_set(tmp_path: Path) -> None:
    given = changed(package(tmp_path), ("sets/s1.json", "locales", "en", "date"), "0000-00-00")
    assert GAME.printings(given)[0].height > 0
