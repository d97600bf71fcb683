"""Pokemon: published rates x cards, and what its sealed products hold."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import Printings
from arb_pipeline.core.contents import catalog
from arb_pipeline.core.contents.game_contents import Odds, game_contents, pack_pulls
from arb_pipeline.games.adapter import Landed
from arb_pipeline.games.listings import cards_left_out
from arb_pipeline.games.pokemon.packs import UNITED, pack
from arb_pipeline.games.registry import GAMES
from arb_pipeline.games.tables import LISTED
from arb_pipeline.storage.params import pull_rates

GAME, RATES = GAMES["pokemon"], pull_rates()
TYPES = {"Common": ("normal", "reverse"), "Uncommon": ("normal", "reverse"), "Rare": ("holo", "reverse")}
RARITIES = ("Common", "Uncommon", "Rare", "Double rare", "Ultra Rare", "Illustration rare")
RARITIES += ("Special illustration rare", "Hyper rare")
BOX = "Obsidian Flames Booster Box"


def card(number: int, rarity: str, *variants: dict[str, Any], name: str = "") -> dict[str, Any]:
    """A card as TCGdex has it; TCGplayer's id is its number in the thousands."""
    plain = [
        {"type": kind, "thirdParty": {"tcgplayer": 1000 * number}} for kind in TYPES.get(rarity, ("holo",))
    ]
    local = f"{number:03d}"
    facts = {"id": f"sv03-{local}", "localId": local, "name": name or f"Card {number}", "rarity": rarity}
    return {**facts, "variants": [*plain, *variants]}


def cards() -> list[dict[str, Any]]:
    """Two of each rarity."""
    return [card(n, RARITIES[(n - 1) // 2]) for n in range(1, 2 * len(RARITIES) + 1)]


def landed(folder: Path, listed: list[dict[str, Any]], set_id: str = "sv03", group: int = 23228) -> Landed:
    """A package as a data folder has it."""
    folder.mkdir(exist_ok=True)
    head = {"id": set_id, "name": "Obsidian Flames", "thirdParty": {"tcgplayer": group}}
    (folder / f"{set_id}.json").write_text(json.dumps({"set": head, "cards": listed}), "utf-8")
    return {"tcgdex": folder}


def printings(given: Landed) -> pl.DataFrame:
    rows, problems = GAME.printings(given)
    assert problems == []
    return conform(catalog.printings(rows, category="pokemon"), Printings)


def odds(given: Landed) -> Odds:
    return pack_pulls(GAME.boosters(given, printings(given)))


def completeness(given: Landed, *names: str, group: str = "23228") -> dict[str, dict[str, Any]]:
    """Name -> its row of completeness, and `packs` in it."""
    rows = [{"category": "pokemon", "set_code": group, "name": name} for name in names]
    sealed = catalog.sealed_products(pl.DataFrame(rows, schema=LISTED))
    known, made = odds(given), printings(given)
    records = GAME.contents(given, sealed, known.packs).records
    contents = game_contents(sealed, records, {}, known.pulls, known.refused, made, category="pokemon")
    packs = {
        str(row[0]): row[1] for row in contents.lines.select("sealed_product_id", "quantity").iter_rows()
    }
    joined = sealed.select("product_id", "name").join(
        contents.completeness, left_on="product_id", right_on="sealed_product_id"
    )
    return {row["name"]: {**row, "packs": packs.get(row["product_id"])} for row in joined.to_dicts()}


def test_a_box_of_obsidian_flames_yields_its_published_hits(tmp_path: Path) -> None:
    given = landed(tmp_path, cards())
    hits = odds(given).pulls.join(
        printings(given).select("number", "finish", "rarity"), on=["number", "finish"]
    )
    per_box = {
        rarity: 36 * copies
        for rarity, copies in hits.group_by("rarity").agg(pl.col("expected_copies").sum()).iter_rows()
    }
    # 36 x 13.61 %, 6.63 %, 7.60 %, 3.13 %, 1.92 % (the article's table).
    assert per_box["double"] == pytest.approx(4.90, abs=0.005)
    assert per_box["ultra"] == pytest.approx(2.39, abs=0.005)
    assert per_box["illustration"] == pytest.approx(2.74, abs=0.005)
    assert per_box["special illustration"] == pytest.approx(1.13, abs=0.005)
    assert per_box["hyper"] == pytest.approx(0.69, abs=0.005)


def test_commons_uncommons_rares_and_reverses_fill_the_other_places(tmp_path: Path) -> None:
    pulled = odds(landed(tmp_path, cards())).pulls
    by_finish = dict(
        pulled.filter(pl.col("number").is_in(["001", "002"]))
        .group_by("finish")
        .agg(pl.col("expected_copies").sum())
        .iter_rows()
    )
    # 4 commons; 2 reverse slots less 12.65 % of hits, a third of them of the 2 commons among 6 cards.
    assert by_finish == pytest.approx({"normal": 4.0, "reverse_holofoil": (2 - 0.1265) / 3})
    rares = pulled.filter(pl.col("number").is_in(["005", "006"]) & (pl.col("finish") == "holofoil"))
    assert rares["expected_copies"].sum() == pytest.approx(1 - 0.1361 - 0.0663)
    assert pulled["expected_copies"].sum() == pytest.approx(10.0)


@pytest.mark.parametrize("set_id", RATES.tables)
def test_every_slot_of_every_set_adds_up_to_its_cards(set_id: str) -> None:
    table = RATES.tables[set_id]
    slots = RATES.structures[table.packs].slots
    rows = [("g", f"{r}-{s.finish}", s.finish, r) for s in slots.values() for r in s.rest]
    balls = {"poke ball": "poke_ball", "master ball": "master_ball"}
    classes = [name for hit in table.rates for name in UNITED.get(hit, (hit,))]
    rows += [("g", f"hit {name}", balls.get(name, "holofoil"), name) for name in classes]
    rows += [("g", "mega", "holofoil", "mega hyper")]
    made = pack(set_id, pl.DataFrame(rows, ["set_code", "number", "finish", "rarity"], orient="row"), RATES)
    (pulled,) = [pack_pulls([("g-booster", made, None)])]
    by_slot: dict[str, float] = defaultdict(float)
    for sheet, copies in pulled.pulls.select("sheet", "expected_copies").iter_rows():
        by_slot[sheet] += copies
    assert pulled.refused == {}
    assert by_slot == pytest.approx({name: slot.cards for name, slot in slots.items()})


def test_a_class_that_four_sets_count_together_has_one_rate() -> None:
    # 19 in 22,256 packs.
    rates = {RATES.percent(set_id, "mega hyper") for set_id in ("me01", "me02", "me03", "me04")}
    assert [*rates] == [pytest.approx(0.08537, abs=1e-5)]
    assert RATES.percent("me02.5", "mega hyper") == 0.19


def test_a_rate_without_known_cards_refuses_the_pack_by_name(tmp_path: Path) -> None:
    given = landed(tmp_path, [c for c in cards() if c["rarity"] != "Hyper rare"])
    assert list(odds(given).refused) == ["23228-booster"]
    row = completeness(given, BOX)[BOX]
    assert not row["contents_complete"]
    assert "holds hyper by" in row["unknown_parts"][0]


def test_cards_without_a_rate_count_as_nothing_and_are_named(tmp_path: Path) -> None:
    given = landed(tmp_path / "with", [*cards(), card(99, "Black White Rare")])
    (row,) = odds(given).packs.to_dicts()
    assert (row["sample_packs"], row["confidence"]) == (8000, "B")
    assert row["note"] == "no rate of black white cards is published"
    assert odds(given).pulls.filter(pl.col("number") == "099").is_empty()
    plain = completeness(landed(tmp_path / "without", cards()), BOX)[BOX]["extras"]
    assert completeness(given, BOX)[BOX]["extras"] == plain + 1


@pytest.mark.parametrize(
    ("name", "packs"),
    [
        (BOX, 36),
        ("Obsidian Flames Booster Bundle", 6),
        ("Obsidian Flames Booster Pack", 1),
        ("Obsidian Flames Sleeved Booster Pack", 1),
        ("Obsidian Flames Half Booster Box", 18),
        (f"{BOX} Case (6)", 216),
        (f"{BOX} Case", 216),
        ("Obsidian Flames Sleeved Booster Case", 144),
        ("Obsidian Flames Booster Bundle Case", 150),
    ],
)
def test_a_product_holds_the_packs_of_its_kind(tmp_path: Path, name: str, packs: int) -> None:
    row = completeness(landed(tmp_path, cards()), name, BOX)[name]
    assert (row["packs"], row["contents_complete"]) == (packs, True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Obsidian Flames 3 Pack Blister [Eevee]", "promo card 'Eevee': no card of svp has that name"),
        ("Obsidian Flames Elite Trainer Box", "promo card svp 044 Charmander: no list of cards has it"),
        ("Obsidian Flames Elite Trainer Box Case", "promo card svp 044"),
        ("Obsidian Flames Pokemon Center Elite Trainer Box (Exclusive) Case", "how many pieces a case of"),
        ("Obsidian Flames Build & Battle Box", "its 40-card deck"),
        ("Obsidian Flames Premium Checklane Blister [Togekiss]", "1 or 2 packs"),
        ("Obsidian Flames Elite Trainer Box [Set of 2]", "the text of its listing"),
        ("Costco Obsidian Flames Booster Box", "the text of its listing"),
    ],
)
def test_a_product_that_is_not_known_says_so(tmp_path: Path, name: str, why: str) -> None:
    row = completeness(landed(tmp_path, cards()), name)[name]
    assert not row["contents_complete"]
    assert why in row["unknown_parts"][0]


def test_a_set_without_an_english_box_has_none(tmp_path: Path) -> None:
    given = landed(tmp_path, cards(), "sv03.5", 23237)
    rows = completeness(given, "151 Booster Box", "151 Booster Bundle", group="23237")
    assert not rows["151 Booster Box"]["contents_complete"]
    assert rows["151 Booster Bundle"]["packs"] == 6


def test_stamped_jumbo_and_patterned_copies_are_not_from_packs(tmp_path: Path) -> None:
    others = [
        {"type": "holo", "foil": "cosmos", "thirdParty": {"tcgplayer": 1}},
        {"type": "normal", "stamp": ["gamestop"], "thirdParty": {"tcgplayer": 2}},
        {"type": "holo", "size": "jumbo", "thirdParty": {"tcgplayer": 3}},
    ]
    rows = printings(landed(tmp_path, [card(1, "Common", *others)]))
    # A cosmos holofoil comes in blisters and collections: it is listed, and no slot draws it.
    assert rows.select("finish", "tcg_product_id").rows() == [
        ("normal", "1000"),
        ("reverse_holofoil", "1000"),
        ("cosmos", "1"),
    ]
    given = landed(tmp_path / "all", [*cards(), card(99, "Common", *others)])
    assert odds(given).pulls.filter(pl.col("number") == "099")["finish"].unique().sort().to_list() == [
        "normal",
        "reverse_holofoil",
    ]


def test_a_master_ball_is_a_product_of_its_own_priced_as_holofoil(tmp_path: Path) -> None:
    ball = {"type": "reverse", "foil": "masterball", "thirdParty": {"tcgplayer": 7}}
    rows = printings(landed(tmp_path, [card(1, "Common", ball)]))
    row = rows.filter(pl.col("finish") == "master_ball").row(0, named=True)
    assert (row["printing"], row["tcg_product_id"], row["is_foil"]) == ("holofoil", "7", True)
    assert rows["product_id"].n_unique() == 2


def test_the_second_ultra_rare_of_a_name_is_the_alternate_art_of_sword_and_shield(tmp_path: Path) -> None:
    listed = [card(n, "Ultra Rare", name="Umbreon V") for n in (188, 189)]
    listed += [
        card(n, "Secret Rare", name="Umbreon VMAX") | {"variants": [{"type": "holo", **foil}]}
        for n, foil in ((214, {"foil": "rainbow"}), (215, {}))
    ]
    rows = printings(landed(tmp_path, listed, "swsh7", 2848)).sort("number")
    assert rows["rarity"].to_list() == ["full art v", "alternate v", "rainbow", "alternate vmax"]


def test_cards_as_the_api_sends_them_are_the_same(tmp_path: Path) -> None:
    from_folder = printings(landed(tmp_path / "folder", cards()))
    for part in ("sets", "cards"):
        (tmp_path / "api" / part).mkdir(parents=True)
    head = {"id": "sv03", "name": "Obsidian Flames", "thirdParty": {"tcgplayer": 23228}}
    (tmp_path / "api/sets/sv03.json").write_text(json.dumps(head), "utf-8")
    for card in cards():
        body = {
            **card,
            "variants": {"holo": True},
            "variants_detailed": card["variants"],
            "set": {"id": "sv03"},
        }
        (tmp_path / f"api/cards/{card['id']}.json").write_text(json.dumps(body), "utf-8")
    assert printings({"tcgdex": tmp_path / "api"}).equals(from_folder)


def test_a_group_that_only_tcgplayer_lists_has_the_printings_of_its_packs(tmp_path: Path) -> None:
    group = tmp_path / "3/23286"
    group.mkdir(parents=True)
    listed = [("Ada - 001/182", "001/182", "Common"), ("Bix ex", "030/182", "Double Rare")]
    listed.append(("Cyd (Cosmos Holo)", "040/182", "Common"))
    results = [
        {
            "productId": n,
            "name": name,
            "groupId": 23286,
            "extendedData": [{"name": "Number", "value": number}, {"name": "Rarity", "value": rarity}],
        }
        for n, (name, number, rarity) in enumerate(listed, start=1)
    ]
    (group / "products").write_text(json.dumps({"success": True, "results": results}), "utf-8")
    rows = printings({"tcgcsv_products": tmp_path})
    assert rows.select("set_code", "number", "finish", "rarity", "tcg_product_id").rows() == [
        ("23286", "001", "normal", "common", "1"),
        ("23286", "001", "reverse_holofoil", "common", "1"),
        ("23286", "030", "holofoil", "double", "2"),
    ]


def test_a_game_of_which_nothing_has_landed_is_empty() -> None:
    for game in GAMES.values():
        assert game.printings({})[0].is_empty()
        assert game.listed({})[0].is_empty()
        assert list(game.boosters({}, game.printings({})[0])) == []
        packs = pack_pulls([]).packs
        assert game.contents({}, pl.DataFrame(schema=LISTED), packs).records == {}


ODD = [None, True, -1, 0, 1.5, 10**30, "", " ", "0000-00-00", "x" * 5000, [], {}, [None], [[]]]
CARD_FIELDS = ("localId", "name", "rarity", "variants", "id", "category", "thirdParty")


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:15])
@pytest.mark.parametrize("field", CARD_FIELDS)
def test_whatever_stands_in_a_card_the_others_of_its_set_are_read(
    tmp_path: Path, field: str, odd: Any
) -> None:
    for n, broken in enumerate([card(1, "Common") | {field: odd}, odd]):
        given = landed(tmp_path / str(n), [broken, *cards()[1:]])
        rows, _ = GAME.printings(given)
        assert set(rows["number"]) >= {card["localId"] for card in cards()[1:]}
    missing = card(1, "Common")
    missing.pop(field, None)
    rows, _ = GAME.printings(landed(tmp_path / "missing", [missing, *cards()[1:]]))
    assert set(rows["number"]) >= {card["localId"] for card in cards()[1:]}


def test_a_card_without_variants_stays_in_its_class_without_a_price(tmp_path: Path) -> None:
    # Two ultra rares: dropped, the second would leave the class's mean to the first.
    ultra = [card for card in cards() if card["rarity"] == "Ultra Rare"]
    del ultra[1]["variants"]
    rest = [card for card in cards() if card["rarity"] != "Ultra Rare"]
    rows = printings(landed(tmp_path, rest + ultra)).filter(pl.col("rarity") == "ultra")
    ids = dict(rows.select("number", "tcg_product_id").iter_rows())
    assert ids == {ultra[0]["localId"]: f"{1000 * int(ultra[0]['localId'])}", ultra[1]["localId"]: None}


@pytest.mark.parametrize("rarity", [5, "5", "", True, ["Ultra Rare"]])
def test_a_card_whose_rarity_does_not_read_is_named_and_lowers_the_priced_share(
    tmp_path: Path, rarity: Any
) -> None:
    broken = card(99, "Ultra Rare", name="Lost") | {"rarity": rarity}
    given = landed(tmp_path, [*cards(), broken])
    rows, problems = GAME.printings(given)
    assert ["Lost 099" in str(problem) for problem in problems] == [True]
    prints = conform(catalog.printings(rows, category="pokemon"), Printings)
    result = pack_pulls(GAME.boosters(given, prints))
    assert result.packs["left_out"].to_list() == [[f"Lost 099 has the rarity {str(rarity)!r}"]]
    listed = {"category": "pokemon", "set_code": "23228", "name": BOX, "tcg_product_id": "1"}
    sealed = catalog.sealed_products(pl.DataFrame([listed], schema=LISTED))
    known = GAME.contents(given, sealed, result.packs)
    made = game_contents(
        sealed, known.records, known.decks, result.pulls, {}, prints, category="pokemon", packs=result.packs
    )
    row = made.completeness.row(0, named=True)
    assert row["doubt_flags"] == ["cards_left_out"]
    assert "Lost 099" in row["doubts"][0]
    # 36 packs of ten cards: 360 copies of sixteen cards are 22.5 of each on average.
    assert row["unlisted_copies"] == pytest.approx(22.5)


LISTINGS = [
    ("Ada - 001/182", "001/182", "Common"),
    ("Captain's Command", "061/182", "Ultra Rare"),
    ("Captain's Command (Old Finn)", "062/182", "Ultra Rare"),
    ("Bix ex", "030/182", "Double Rare"),
    ("Bix ex (Stamped)", "030/182", "Double Rare"),
    ("Ada - 001/182 (Winner)", "001/182", "Common"),
]


def listed(folder: Path, rows: list[Any]) -> Landed:
    """TCGplayer's list of a group that TCGdex lacks."""
    (folder / "3/23286").mkdir(parents=True)
    results = [
        {
            "productId": n,
            "name": name,
            "groupId": 23286,
            "extendedData": [{"name": "Number", "value": number}, {"name": "Rarity", "value": rarity}],
        }
        for n, (name, number, rarity) in enumerate(rows, start=1)
    ]
    (folder / "3/23286/products").write_text(json.dumps({"success": True, "results": results}), "utf-8")
    return {"tcgcsv_products": folder}


def test_brackets_in_a_name_do_not_drop_a_card_from_its_class(tmp_path: Path) -> None:
    # $2 and $40: the pack was $3.31 by the first alone, and is $4.57 by both.
    rows = printings(listed(tmp_path, LISTINGS))
    assert rows.filter(pl.col("rarity") == "ultra")["tcg_product_id"].to_list() == ["2", "3"]
    # A stamp beside the plain card of its number is not from packs.
    assert rows.filter(pl.col("number").is_in(["030", "001"]))[
        "tcg_product_id"
    ].unique().sort().to_list() == [
        "1",
        "4",
    ]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:15])
@pytest.mark.parametrize("field", ["productId", "name", "groupId", "extendedData", "presaleInfo"])
def test_whatever_stands_in_a_listing_the_others_are_read(tmp_path: Path, field: str, odd: Any) -> None:
    given = listed(tmp_path, LISTINGS)
    path = tmp_path / "3/23286/products"
    for broken in ({"name": "Box", "productId": 99, "groupId": 23286, field: odd}, odd):
        results = [broken, *json.loads(path.read_text("utf-8"))["results"][-6:]]
        path.write_text(json.dumps({"success": True, "results": results}), "utf-8")
        assert GAME.printings(given)[0]["tcg_product_id"].n_unique() == 4
        GAME.listed(given)


@pytest.mark.parametrize("rarity", [5, None, "7", [], True])
def test_a_listed_card_whose_rarity_does_not_read_is_left_out_by_name(tmp_path: Path, rarity: Any) -> None:
    result = cards_left_out(
        listed(tmp_path, [*LISTINGS, ("Lost", "063/182", rarity)])["tcgcsv_products"], "pokemon"
    )
    assert result == {"23286": [f"Lost (productId 7) has the rarity {str(rarity)!r}"]}
