"""Contents of Pokemon's sealed products: packs, promo cards, and missing parts, with the evidence."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import Printings
from arb_pipeline.core.contents import catalog
from arb_pipeline.core.contents.game_contents import GameContents, game_contents, pack_pulls
from arb_pipeline.games.adapter import Landed
from arb_pipeline.games.registry import GAMES
from arb_pipeline.games.tables import LISTED

GAME = GAMES["pokemon"]
SURGING, SHROUDED, PROMO_GROUP = "23651", "23529", "22872"
TYPES = {"Common": ("normal", "reverse"), "Uncommon": ("normal", "reverse"), "Rare": ("holo", "reverse")}
RARITIES = ("Common", "Uncommon", "Rare", "Double rare", "Ultra Rare", "Illustration rare")
RARITIES += ("Special illustration rare", "Hyper rare", "ACE SPEC Rare")
ETB = "Surging Sparks Elite Trainer Box"
CENTER = "Surging Sparks Pokemon Center Elite Trainer Box (Exclusive)"


def variant(product: int, **facts: Any) -> dict[str, Any]:
    """A holofoil with its TCGplayer product id."""
    return {"type": "holo", "thirdParty": {"tcgplayer": product}, **facts}


def promo(number: str, name: str, *variants: dict[str, Any]) -> dict[str, Any]:
    """A promo card as TCGdex has it."""
    return {
        "id": f"svp-{number}",
        "localId": number,
        "name": name,
        "rarity": "Promo",
        "variants": list(variants),
    }


MAGNETON = promo("159", "Magneton", variant(1590), variant(1591, stamp=["pokemon-center"]))
PROMOS = (
    MAGNETON,
    promo("155", "Wooper", variant(1550, foil="cosmos")),
    promo("156", "Quagsire", variant(1560, foil="cosmos"), variant(1561, stamp=["set-logo"])),
    # Another Wooper, of an earlier set's blister.
    promo("041", "Wooper", variant(410, foil="cosmos")),
    promo("121", "Revavroom", variant(1210, foil="cosmos")),
)


def cards_of(set_id: str, *more: dict[str, Any]) -> list[dict[str, Any]]:
    """Two cards of each rarity."""
    return [
        {
            "id": f"{set_id}-{n:03d}",
            "localId": f"{n:03d}",
            "name": f"Card {n}",
            "rarity": RARITIES[(n - 1) // 2],
            "variants": [
                {"type": kind, "thirdParty": {"tcgplayer": 1000 * n}}
                for kind in TYPES.get(RARITIES[(n - 1) // 2], ("holo",))
            ],
        }
        for n in range(1, 2 * len(RARITIES) + 1)
    ] + list(more)


def landed(
    folder: Path,
    *,
    promos: tuple[dict[str, Any], ...] = PROMOS,
    texts: dict[str, str] | None = None,
    group: str = SURGING,
    more: tuple[dict[str, Any], ...] = (),
) -> Landed:
    """Surging Sparks, Shrouded Fable and the promo set; listings with texts, all of one group."""
    sets = folder / "tcgdex"
    sets.mkdir(parents=True)
    heads = {"sv08": ("Surging Sparks", 23651), "sv06.5": ("Shrouded Fable", 23529), "svp": ("SVP", 22873)}
    for set_id, (name, number) in heads.items():
        cards = list(promos) if set_id == "svp" else cards_of(set_id, *(more if set_id == "sv08" else ()))
        head = {"id": set_id, "name": name, "thirdParty": {"tcgplayer": number}}
        (sets / f"{set_id}.json").write_text(json.dumps({"set": head, "cards": cards}), "utf-8")
    if texts is None:
        return {"tcgdex": sets}
    results = [
        {
            "productId": 90_000 + n,
            "name": name,
            "groupId": int(group),
            "extendedData": [{"name": "CardText", "value": text}],
        }
        for n, (name, text) in enumerate(texts.items())
    ]
    (folder / f"products/3/{group}").mkdir(parents=True)
    (folder / f"products/3/{group}/products").write_text(json.dumps({"results": results}), "utf-8")
    return {"tcgdex": sets, "tcgcsv_products": folder / "products"}


def opened(
    given: Landed, *names: str, group: str = SURGING
) -> tuple[dict[str, dict[str, Any]], GameContents]:
    """Name -> its row of completeness with `packs` and `cards`; and all frames."""
    rows = [{"category": "pokemon", "set_code": group, "name": name} for name in names]
    sealed = catalog.sealed_products(pl.DataFrame(rows, schema=LISTED))
    printings = conform(catalog.printings(GAME.printings(given)[0], category="pokemon"), Printings)
    known = pack_pulls(GAME.boosters(given, printings))
    records = GAME.contents(given, sealed, known.packs).records
    made = game_contents(sealed, records, {}, known.pulls, known.refused, printings, category="pokemon")
    lines = made.lines.with_columns(pl.col("sealed_product_id").cast(pl.String))
    names_of = dict(made.singles.select("card_id", "tcg_product_id").cast(pl.String).iter_rows())
    result = {}
    for product_id, name in sealed.select("product_id", "name").iter_rows():
        own = lines.filter(pl.col("sealed_product_id") == product_id)
        packs = dict(own.filter(pl.col("pack") != "").select("pack", "quantity").unique().iter_rows())
        cards = own.filter("guaranteed").select(pl.col("card_id").cast(pl.String), "quantity").iter_rows()
        row = made.completeness.filter(pl.col("sealed_product_id") == product_id).row(0, named=True)
        result[name] = row | {"packs": packs, "cards": {names_of[card]: n for card, n in cards}}
    return result, made


def test_an_elite_trainer_box_holds_nine_packs_and_its_promo_card(tmp_path: Path) -> None:
    rows, made = opened(landed(tmp_path), ETB)
    assert rows[ETB]["contents_complete"]
    assert rows[ETB]["packs"] == {f"{SURGING}-booster": 9}
    assert rows[ETB]["cards"] == {"1590": 1}
    labels = made.parts.filter(pl.col("kind") != "other")["label"].to_list()
    assert labels == [
        f"Magneton ({PROMO_GROUP} #159), parameter file",
        f"pack {SURGING}/booster, by its name",
    ]


def test_a_pokemon_center_box_holds_eleven_packs_and_the_card_plain_and_stamped(tmp_path: Path) -> None:
    rows, made = opened(landed(tmp_path), CENTER)
    assert rows[CENTER]["packs"] == {f"{SURGING}-booster": 11}
    assert rows[CENTER]["cards"] == {"1590": 1, "1591": 1}
    ids = {
        product: card
        for card, product in made.singles.select("card_id", "tcg_product_id").cast(pl.String).iter_rows()
    }
    assert rows[CENTER]["promo_card_ids"] == [ids["1590"], ids["1591"]]
    # The plain card should cost less than the stamped one.
    assert rows[CENTER]["dearer_card_ids"] == [ids["1591"], None]


def test_a_case_holds_ten_boxes_with_their_promo_cards(tmp_path: Path) -> None:
    rows, _ = opened(landed(tmp_path), f"{ETB} Case", ETB)
    case = rows[f"{ETB} Case"]
    assert (case["packs"], case["cards"]) == ({f"{SURGING}-booster": 90}, {"1590": 10})
    assert len(case["promo_card_ids"]) == 10


def test_a_case_whose_piece_is_not_listed_holds_the_same(tmp_path: Path) -> None:
    rows, _ = opened(landed(tmp_path), f"{ETB} Case")
    case = rows[f"{ETB} Case"]
    assert (case["packs"], case["cards"]) == ({f"{SURGING}-booster": 90}, {"1590": 10})


def test_a_promo_card_that_no_list_has_stamped_makes_the_center_box_incomplete(tmp_path: Path) -> None:
    rows, _ = opened(landed(tmp_path, promos=(promo("159", "Magneton", variant(1590)),)), CENTER, ETB)
    assert rows[ETB]["contents_complete"]
    assert rows[CENTER]["unknown_parts"] == ["promo card svp 159: no list has it stamped"]


def test_a_promo_number_that_is_another_card_in_the_list_is_not_taken(tmp_path: Path) -> None:
    rows, _ = opened(landed(tmp_path, promos=(promo("159", "Zapdos", variant(1590)),)), ETB)
    assert rows[ETB]["unknown_parts"] == ["promo card svp 159: it should be Magneton, not Zapdos"]


def test_a_blister_holds_the_one_card_of_its_name_among_the_sets_numbers(tmp_path: Path) -> None:
    names = ("Surging Sparks 3 Pack Blisters [Quagsire]", "Surging Sparks Single Pack Blister [Wooper]")
    rows, _ = opened(landed(tmp_path), *names)
    assert [rows[name]["contents_complete"] for name in names] == [True, True]
    assert [rows[name]["packs"] for name in names] == [{f"{SURGING}-booster": n} for n in (3, 1)]
    # Wooper 041 is of Obsidian Flames' blister; a prerelease stamp is in no blister.
    assert [rows[name]["cards"] for name in names] == [{"1560": 1}, {"1550": 1}]


def test_a_blisters_card_outside_the_sets_numbers_is_named_and_not_taken(tmp_path: Path) -> None:
    name = "Surging Sparks Single Pack Blister [Revavroom]"
    rows, _ = opened(landed(tmp_path), name)
    (why,) = rows[name]["unknown_parts"]
    assert why == (
        "promo card 'Revavroom': no single printing fits, and none is from 155 to 158; "
        "candidates: svp 121 (cosmos)"
    )


def test_a_card_of_two_printings_makes_a_blister_incomplete_with_both_named(tmp_path: Path) -> None:
    pecharunt = (
        promo("149", "Pecharunt", variant(1, foil="cosmos")),
        promo("150", "Pecharunt", variant(2, foil="cosmos")),
    )
    name = "Shrouded Fable 3 Pack Blister [Pecharunt]"
    rows, _ = opened(landed(tmp_path, promos=pecharunt), name, group=SHROUDED)
    (why,) = rows[name]["unknown_parts"]
    assert why.endswith("candidates: svp 149 (cosmos), svp 150 (cosmos)")


def test_a_card_without_a_promo_printing_is_the_cosmos_holofoil_of_the_series(tmp_path: Path) -> None:
    melmetal = {"id": "sv08-104", "localId": "104", "name": "Melmetal", "rarity": "Rare"}
    melmetal["variants"] = [variant(1040), variant(1041, foil="cosmos")]  # type: ignore[assignment]
    name = "Surging Sparks Single Pack Blister [Melmetal]"
    rows, _ = opened(landed(tmp_path, more=(melmetal,)), name)
    assert rows[name]["cards"] == {"1041": 1}


def test_rates_of_other_sets_are_an_estimate_and_say_so(tmp_path: Path) -> None:
    rows, _ = opened(landed(tmp_path), "Shrouded Fable Booster Bundle", group=SHROUDED)
    row = rows["Shrouded Fable Booster Bundle"]
    assert row["contents_complete"]
    assert row["estimated_parts"] == [
        "pull rates of Shrouded Fable: as in Temporal Forces, Twilight Masquerade, Stellar Crown, Surging Sparks"
    ]
    measured, _ = opened(landed(tmp_path / "measured"), "Surging Sparks Booster Bundle")
    assert measured["Surging Sparks Booster Bundle"]["estimated_parts"] == []


BUNDLE = "Costco Pokemon Surging Sparks 2-Pack Trainer Box and Booster Bundle"
BUNDLE_TEXT = """Includes:<br>• 9 Pokémon TCG: Scarlet & Violet—Surging Sparks booster packs
<br>• 1 full-art foil promo card featuring Magneton<br>• 65 card sleeves
<br>• 6 Pokémon TCG: Scarlet & Violet—Surging Sparks booster packs"""


def test_a_listings_text_is_enough_where_each_sentence_is_understood(tmp_path: Path) -> None:
    given = landed(tmp_path, texts={BUNDLE: BUNDLE_TEXT}, group="2374")
    rows, made = opened(given, BUNDLE, group="2374")
    assert (rows[BUNDLE]["packs"], rows[BUNDLE]["cards"]) == ({f"{SURGING}-booster": 15}, {"1590": 1})
    assert rows[BUNDLE]["contents_complete"]
    assert "1 full-art foil promo card featuring Magneton" in made.parts["label"].str.join("|").item()


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("• 3 Pokémon TCG booster packs", "of which set its packs are: '3 Pokemon TCG booster packs'"),
        ("• 1 mystery item", "not understood in its listing: '1 mystery item'"),
        ("• 1 foil promo card featuring Mew", "promo card 'Mew': no card of svp has that name"),
    ],
)
def test_one_sentence_that_is_not_enough_makes_the_product_incomplete(
    tmp_path: Path, sentence: str, why: str
) -> None:
    given = landed(tmp_path, texts={BUNDLE: f"{BUNDLE_TEXT}<br>{sentence}"}, group="2374")
    rows, _ = opened(given, BUNDLE, group="2374")
    assert rows[BUNDLE]["unknown_parts"] == [why]


def test_a_text_that_counts_other_packs_than_the_name_is_a_doubt(tmp_path: Path) -> None:
    given = landed(tmp_path, texts={ETB: "Includes:<br>• 8 Pokémon booster packs"})
    rows, _ = opened(given, ETB)
    assert rows[ETB]["unknown_parts"] == [
        "how many packs: 9 by its name, 8 by its listing (8 Pokemon booster packs)"
    ]


def test_a_promo_card_that_the_text_names_otherwise_is_a_doubt(tmp_path: Path) -> None:
    text = "Includes:<br>• 9 Pokémon booster packs<br>• 1 foil promo card featuring Zapdos"
    rows, _ = opened(landed(tmp_path, texts={ETB: text}), ETB)
    assert rows[ETB]["unknown_parts"] == [
        "promo card: Magneton by the parameter file, but '1 foil promo card featuring Zapdos'"
    ]


def test_a_promo_card_takes_the_id_of_the_listing_of_its_number_and_name(tmp_path: Path) -> None:
    # Sword & Shield's promo cards have no id at TCGdex; TCGplayer lists them in their group.
    given = landed(tmp_path, promos=(promo("159", "Magneton", {"type": "holo"}),), texts={})
    facts = [{"name": "Number", "value": "159"}, {"name": "Rarity", "value": "Promo"}]
    listed = [{"productId": 7, "name": "Magneton", "groupId": 22872, "extendedData": facts}]
    folder = tmp_path / f"products/3/{PROMO_GROUP}"
    folder.mkdir(parents=True)
    (folder / "products").write_text(json.dumps({"results": listed}), "utf-8")
    rows, _ = opened(given, ETB)
    assert rows[ETB]["cards"] == {"7": 1}


def test_a_galleries_cards_are_drawn_from_the_parents_packs(tmp_path: Path) -> None:
    folder = tmp_path / "tcgdex"
    folder.mkdir()
    names = {"Holo Rare V": "Ho V", "Holo Rare VMAX": "Ho VMAX", "Radiant Rare": "Radiant Ho"}
    rarities = ["Common", "Uncommon", "Rare", *names]

    def card(number: str, rarity: str, name: str, category: str = "Pokemon", **facts: Any) -> dict[str, Any]:
        is_plain = rarity in {"Common", "Uncommon", "Rare"} and not number.startswith("TG")
        kinds = ("normal", "reverse") if is_plain else ("holo",)
        variants = [
            {"type": kind, **facts, "thirdParty": {"tcgplayer": abs(hash(number)) % 10**6}} for kind in kinds
        ]
        local = {"localId": number, "name": name, "rarity": rarity, "category": category}
        return {"id": f"x-{number}", **local, "variants": variants}

    main = [
        card(f"{n:03d}", rarity, names.get(rarity, f"Card {n}")) for n, rarity in enumerate(rarities, start=1)
    ]
    main += [card("180", "Ultra Rare", "Ho V"), card("181", "Ultra Rare", "Ho V")]
    main += [card("189", "Ultra Rare", "Lady", "Trainer")]
    main += [
        card("197", "Secret Rare", "Ho VMAX", foil="rainbow"),
        card("212", "Secret Rare", "Ho", foil="gold"),
    ]
    gallery = [card("TG01", "Rare", "Ho"), card("TG30", "Secret Rare", "Ho VMAX")]
    for set_id, third, cards in (("swsh11", {"tcgplayer": 3118}, main), ("swsh11tg", None, gallery)):
        head = {"id": set_id, "name": "Lost Origin", "thirdParty": third}
        (folder / f"{set_id}.json").write_text(json.dumps({"set": head, "cards": cards}), "utf-8")
    given = {"tcgdex": folder}
    printings = conform(catalog.printings(GAME.printings(given)[0], category="pokemon"), Printings)
    known = pack_pulls(GAME.boosters(given, printings))
    assert known.refused == {}
    drawn = dict(known.pulls.group_by("number").agg(pl.col("expected_copies").sum()).iter_rows())
    # The table of Lost Origin: 12.31 % of packs hold a card of the gallery, 1.42 % a full art trainer.
    assert drawn["TG01"] + drawn["TG30"] == pytest.approx(0.1231)
    assert drawn["189"] == pytest.approx(0.0142)
    assert drawn["180"] == pytest.approx(0.0198)
    assert drawn["181"] == pytest.approx(0.0050)
