"""Pokemon and Yu-Gi-Oh on 2025-10-15: what the sample data values, by hand, and what it cannot."""

import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import py7zr
import pytest
from py7zr.io import BytesIOFactory

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.core.contents import catalog
from arb_pipeline.core.contents.game_contents import GameContents, game_contents, pack_pulls
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.pricing.rollup import daily_rollup
from arb_pipeline.core.valuation.edition_fallback import with_any_edition
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.features.history import history_features
from arb_pipeline.games.pokemon import tcgdex
from arb_pipeline.games.pokemon.product_facts import product_facts
from arb_pipeline.games.registry import GAMES, REFERENCE
from arb_pipeline.sources.cleaning import tcgplayer
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.params import parameters, pull_rates
from arb_pipeline.storage.tcgcsv_files import price_files

DAY = date(2025, 10, 15)
RATES = {
    # Articles of the sets, % of packs (rates.md): what is drawn in the rare slot, and in each reverse slot.
    "sv03": {"rare": {"Double rare": "13.61", "Ultra Rare": "6.63"}, "first": {}},
    "sv03.5": {"rare": {"Double rare": "13.28", "Ultra Rare": "6.44"}, "first": {}},
    "sv04.5": {
        "rare": {"Double rare": "15.89", "Ultra Rare": "6.61"},
        "first": {"Shiny rare": "25.44", "Shiny Ultra Rare": "7.72"},
    },
    "sv08": {"rare": {"Double rare": "16.94", "Ultra Rare": "6.74"}, "first": {"ACE SPEC Rare": "5.03"}},
    "sv09": {"rare": {"Double rare": "20.29", "Ultra Rare": "6.54"}, "first": {}},
}
SECOND = {
    "sv03": ("7.60", "3.13", "1.92"),
    "sv03.5": ("8.50", "3.11", "1.94"),
    "sv04.5": ("7.22", "1.72", "1.61"),
    "sv08": ("7.67", "1.15", "0.53"),
    "sv09": ("8.50", "1.16", "0.73"),
}
"""% of packs with an illustration, a special illustration and a hyper rare."""
SECOND_RARITIES = ("Illustration rare", "Special illustration rare", "Hyper rare")
GROUPS = {"sv03": "23228", "sv03.5": "23237", "sv04.5": "23353", "sv08": "23651", "sv09": "24073"}
PROMOS = "22872"

ESTIMATED = {"2585", "2626", "2675", "2685", "2701", "2754", "2765", "2807", "2906", "3064", "23529"}
"""Groups of the sets that have cards and no table: Sword & Shield to Fusion Strike, Shrouded Fable ..."""


def contents_of(category: str, data: Path, home: Path) -> tuple[pl.DataFrame, GameContents]:
    """Sealed products of a game and what is in them, from the sample folder alone."""
    game, folder, landing = GAMES[category], DataFolder(data, REFERENCE), Landing(home)
    sources = {"pokemon": ("tcgdex", "pokemon_sealed"), "yugioh": ("ygojson",)}[category]
    landed = {
        name: landing.land(name, folder.reference(name), origin=str(data)).files
        for name in (*sources, "tcgcsv_products")
    }
    sealed = catalog.sealed_products(game.listed(landed)[0])
    rows, problems = game.printings(landed)
    assert problems == []
    printings = catalog.printings(rows, category=category)
    odds = pack_pulls(game.boosters(landed, printings))
    records = game.contents(landed, sealed, odds.packs).records
    made = game_contents(sealed, records, {}, odds.pulls, odds.refused, printings, category=category)
    return sealed, made


def valued(category: str, data: Path, home: Path) -> pl.DataFrame:
    """A game's products of the day, valued, with what is in them."""
    params = parameters(DAY)
    sealed, made = contents_of(category, data, home / "landing")
    landed = Landing(home / "landing").land(
        "tcgcsv", DataFolder(data, REFERENCE).prices(DAY.isoformat()), part=DAY.isoformat(), origin=str(data)
    )
    files = price_files(landed.files, day=DAY.isoformat(), categories={category: CATEGORIES[category]})
    rollup = home / f"day={DAY}" / "part.parquet"
    rollup.parent.mkdir()
    daily_rollup(
        tcgplayer.clean(files, day=DAY).observations, asks_quality=params.prices.asks_quality
    ).write_parquet(rollup)
    features = with_any_edition(
        history_features(
            [rollup], category=category, as_of=DAY, prices=params.prices, outliers=params.outliers
        )
    )
    nets = card_nets(made.singles, features, params)
    rows = value_sealed(
        sealed, made.completeness, made.lines, nets, features, drawn=None, params=params, as_of=DAY
    )
    facts = [name for name in ("set_code", "name", "tcg_product_id") if name not in rows.columns]
    return rows.join(sealed.select("product_id", *facts), on="product_id")


@pytest.fixture(scope="module")
def pokemon(data: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Pokemon's products of the day."""
    return valued("pokemon", data, tmp_path_factory.mktemp("pokemon"))


@pytest.fixture(scope="module")
def yugioh(data: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Yu-Gi-Oh's products of the day."""
    return valued("yugioh", data, tmp_path_factory.mktemp("yugioh"))


Prices = dict[tuple[int, str], Decimal]


@pytest.fixture(scope="module")
def prices(data: Path) -> Prices:
    """(product, printing) -> market price in dollars, else its lowest ask, read by a loop."""
    factory = BytesIOFactory(10**9)
    targets = [f"{DAY}/3/{group}/prices" for group in (*GROUPS.values(), PROMOS)]
    targets += [f"{DAY}/2/{group}/prices" for group in ("1854", "1948")]
    with py7zr.SevenZipFile(data / f"tcgcsv/archive/prices-{DAY}.ppmd.7z") as archive:
        archive.extract(targets=targets, factory=factory)
    result: Prices = {}
    for body in factory.products.values():
        body.seek(0)
        for record in json.loads(body.read(), parse_float=Decimal)["results"]:
            asks = [record[field] for field in ("lowPrice", "midPrice") if record[field] is not None]
            price = record["marketPrice"] if record["marketPrice"] is not None else min(asks, default=None)
            if price is not None:
                result[record["productId"], record["subTypeName"]] = Decimal(price)
    return result


def plain_pack(set_id: str, data: Path, prices: Prices) -> Fraction:
    """Value of a pack of Scarlet & Violet, in dollars: the article's rates by plain loops."""
    cards = json.loads((data / f"pokemon/tcgdex/{set_id}.json").read_text("utf-8"))["cards"]
    n = Counter(card["rarity"] for card in cards)
    percent = {name: Fraction(rate) / 100 for slot in RATES[set_id].values() for name, rate in slot.items()}
    second = dict(zip(SECOND_RARITIES, (Fraction(rate) / 100 for rate in SECOND[set_id]), strict=True))
    in_rare = sum(percent[name] for name in RATES[set_id]["rare"])
    in_first = sum(percent[name] for name in RATES[set_id]["first"])
    copies = {"Common": Fraction(4), "Uncommon": Fraction(3), "Rare": 1 - in_rare} | percent | second
    reverses = n["Common"] + n["Uncommon"] + n["Rare"]
    reverse_copies = 2 - in_first - sum(second.values())
    worth = Fraction(0)
    for card in cards:
        rarity = card["rarity"]
        plain = [v for v in card["variants"] if not v.get("stamp") and v.get("foil") in {None, "gold"}]
        with_id = [v for v in plain if "tcgplayer" in v.get("thirdParty", {})]
        by_type = {v["type"]: v["thirdParty"]["tcgplayer"] for v in reversed(with_id)}
        kind, printing = ("normal", "Normal") if rarity in {"Common", "Uncommon"} else ("holo", "Holofoil")
        price = prices.get((by_type.get(kind, 0), printing), Decimal(0))
        worth += copies[rarity] / n[rarity] * Fraction(price)
        if rarity in {"Common", "Uncommon", "Rare"}:
            price = prices.get((by_type.get("reverse", 0), "Reverse Holofoil"), Decimal(0))
            worth += reverse_copies / reverses * Fraction(price)
    return worth


def cents(dollars: Fraction) -> int:
    return int(dollars * 100 + Fraction(1, 2))


def test_a_pack_of_surging_sparks_costs_3_01(data: Path, pokemon: pl.DataFrame, prices: Prices) -> None:
    assert cents(plain_pack("sv08", data, prices)) == 301
    assert row(pokemon, "Surging Sparks Booster Pack")["gross_singles_value_cents"] == 301


def row(frame: pl.DataFrame, name: str) -> dict[str, Any]:
    """The product of a name."""
    return frame.filter(pl.col("name") == name).row(0, named=True)


BY_HAND = {
    # Product: set of its packs, packs, and TCGplayer's ids of the cards beside them with their prices of the day.
    "Obsidian Flames Booster Pack": ("sv03", 1, {}),
    "151 Booster Pack": ("sv03.5", 1, {}),
    "Surging Sparks Sleeved Booster Pack": ("sv08", 1, {}),
    "Journey Together Sleeved Booster Pack": ("sv09", 1, {}),
    "Surging Sparks Booster Bundle": ("sv08", 6, {}),
    "Paldean Fates Booster Bundle": ("sv04.5", 6, {}),
    "Obsidian Flames Booster Box": ("sv03", 36, {}),
    "Surging Sparks Booster Box": ("sv08", 36, {}),
    "Obsidian Flames Booster Box Case": ("sv03", 216, {}),
    "Surging Sparks Booster Box Case": ("sv08", 216, {}),
    "Surging Sparks Sleeved Booster Pack Case": ("sv08", 144, {}),
    "Journey Together Sleeved Booster Case": ("sv09", 144, {}),
    # Magneton 159, N's Zorua 189.
    "Surging Sparks Elite Trainer Box": ("sv08", 9, {594386: "7.89"}),
    "Journey Together Elite Trainer Box": ("sv09", 9, {625181: None}),
    # Snorlax 051 plain and stamped, Magneton 159 plain and stamped.
    "151 Pokemon Center Elite Trainer Box (Exclusive)": ("sv03.5", 11, {517175: "16.34", 517270: "257.27"}),
    "Surging Sparks Pokemon Center Elite Trainer Box (Exclusive)": (
        "sv08",
        11,
        {594386: "7.89", 594468: "89.70"},
    ),
    # Ten boxes: 90 packs and ten promo cards.
    "Surging Sparks Elite Trainer Box Case": ("sv08", 90, {594386: "7.89"}),
    "151 Elite Trainer Box Case": ("sv03.5", 90, {517175: "16.34"}),
    # Quagsire 156, Zapdos 157; Wooper 155, Scraggy 186.
    "Surging Sparks 3 Pack Blisters [Quagsire]": ("sv08", 3, {594403: "0.51"}),
    "Surging Sparks 3 Pack Blisters [Zapdos]": ("sv08", 3, {594405: "0.66"}),
    "Surging Sparks Single Pack Blister [Wooper]": ("sv08", 1, {594389: "3.75"}),
    "Journey Together Single Pack Blister [Scraggy]": ("sv09", 1, {627707: "4.60"}),
    "151 Mini Tin [Gengar & Poliwag]": ("sv03.5", 2, {}),
    "Paldean Fates Mini Tin [Maushold]": ("sv04.5", 2, {}),
    # Charizard ex 074, Great Tusk ex 072.
    "Paldean Fates Tin [Charizard ex]": ("sv04.5", 5, {538687: None}),
    "Paldean Fates International Tin [Great Tusk ex]": ("sv04.5", 4, {538684: None}),
    # Bulbasaur 046, Charmander 047, Squirtle 048.
    "151 Poster Collection": ("sv03.5", 3, {517271: None, 517272: None, 517273: None}),
    "151 Binder Collection": ("sv03.5", 4, {}),
    # By the text of the listing: a box of nine packs and Magneton, and a bundle of six.
    "Costco Pokemon Surging Sparks 2-Pack Trainer Box and Booster Bundle": ("sv08", 15, {594386: "7.89"}),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_product_is_worth_its_packs_and_its_promo_cards(
    name: str, data: Path, pokemon: pl.DataFrame, prices: Prices
) -> None:
    set_id, packs, cards = BY_HAND[name]
    boxes = 10 if name.endswith("Elite Trainer Box Case") else 1
    worth = packs * plain_pack(set_id, data, prices)
    for product, price in cards.items():
        result = prices[product, "Holofoil"]
        assert price is None or result == Decimal(price)
        worth += boxes * Fraction(result)
    assert row(pokemon, name)["gross_singles_value_cents"] == cents(worth)
    assert row(pokemon, name)["contents_complete"]


def test_the_boxes_of_the_acceptance_are_worth_what_it_says(pokemon: pl.DataFrame) -> None:
    # Nine packs of 3.0075 and 7.89; eleven of 8.2373, 16.34 and 257.27.
    assert row(pokemon, "Surging Sparks Elite Trainer Box")["gross_singles_value_cents"] == 3496
    center = row(pokemon, "151 Pokemon Center Elite Trainer Box (Exclusive)")
    assert round(center["gross_singles_value_cents"] / 100) == 364


def kind(name: str) -> str | None:
    """The kind that the acceptance counts; cases, displays and sets of several are none."""
    if any(word in name for word in ("Case", "Display", "Set of", "Carton")):
        return None
    kinds = ("Blister", "Elite Trainer Box", "Booster Bundle", "Booster Box", "Booster Pack")
    return next((kind for kind in kinds if kind in name), None)


def test_300_products_with_a_market_price_are_known(data: Path, pokemon: pl.DataFrame) -> None:
    tracked = pl.read_csv(data / "pokemon/sealed_daily/sealed_products_tracking.csv", infer_schema=False)
    ids = tracked["productId"].to_list()
    priced = pokemon.filter(pl.col("tcg_product_id").is_in(ids) & pl.col("market_price_cents").is_not_null())
    assert priced.height == 1116
    assert priced["contents_complete"].sum() >= 300
    # What is not known says what is missing.
    rest = priced.filter(~pl.col("contents_complete"))
    assert rest["unknown_parts"].list.len().min() >= 1
    assert rest.select(pl.col("unknown_parts").list.first().str.len_chars().min()).item() >= len("the text")


def test_85_percent_of_the_main_kinds_of_sets_with_cards_are_known(data: Path, pokemon: pl.DataFrame) -> None:
    heads = [json.loads(path.read_text("utf-8"))["set"] for path in (data / "pokemon/tcgdex").glob("*.json")]
    groups = [str((head.get("thirdParty") or {}).get("tcgplayer")) for head in heads if head["id"] != "svp"]
    counted = pokemon.filter(pl.col("set_code").is_in(groups) & pl.col("market_price_cents").is_not_null())
    counted = counted.filter(pl.Series([kind(name) is not None for name in counted["name"]]))
    known = counted["contents_complete"]
    assert known.len() >= 245
    assert known.sum() / known.len() >= 0.85


def test_estimated_rates_value_a_product_and_never_publish_it(pokemon: pl.DataFrame) -> None:
    estimated = pokemon.filter(pl.col("flags").list.contains("estimated_rates"))
    assert set(estimated["set_code"]) >= ESTIMATED
    of_their_sets = pokemon.filter(pl.col("set_code").is_in(ESTIMATED) & pl.col("contents_complete"))
    assert set(of_their_sets["product_id"]) == set(
        estimated.filter(pl.col("set_code").is_in(ESTIMATED) & pl.col("contents_complete"))["product_id"]
    )
    assert of_their_sets["gross_singles_value_cents"].is_not_null().any()
    assert not estimated["published"].any()
    box = row(pokemon, "Fusion Strike Booster Box")
    assert box["why"].startswith("estimated, not measured: pull rates of Fusion Strike: as in Evolving Skies")


def test_a_promo_card_whose_ids_are_the_wrong_way_round_is_doubted(pokemon: pl.DataFrame) -> None:
    # Eevee 173: 101.87 plain, 13.01 stamped. No other box looks like it.
    doubted = pokemon.filter(pl.col("flags").list.contains("identity_doubt"))
    assert sorted(doubted["name"]) == [
        "Prismatic Evolutions Elite Trainer Box",
        "Prismatic Evolutions Elite Trainer Box Case",
        "Prismatic Evolutions Pokemon Center Elite Trainer Box (Exclusive)",
    ]
    assert not doubted["published"].any()


def test_a_promo_card_whose_id_another_card_claims_has_no_price(pokemon: pl.DataFrame) -> None:
    # TCGdex gives Charmander 044 and Fuecoco 002 one TCGplayer id.
    box = row(pokemon, "Obsidian Flames Elite Trainer Box")
    assert "unpriced_promo" in box["flags"]
    assert box["contents_complete"]


def test_values_are_plausible_against_what_others_paid(pokemon: pl.DataFrame) -> None:
    # On a real day nothing that many open is worth more than it costs; nor is a pack in print worth nothing.
    known = pokemon.filter(~pl.col("flags").list.contains("identity_doubt"))
    ratio = (pl.col("gross_singles_value_cents") / pl.col("market_price_cents")).alias("ratio")
    assert known.select(ratio.max()).item() < 0.80
    is_loose = pl.col("name").str.ends_with(" Booster Pack") & ~pl.col("name").str.contains("Sleeved")
    measured = known.filter(is_loose & ~pl.col("flags").list.contains("estimated_rates"))
    packs = measured.select("name", ratio).drop_nulls()
    # Thirteen sets of Scarlet & Violet and four of Sword & Shield have a table, cards and a price.
    assert packs.height == 17
    assert packs["ratio"].is_between(0.15, 0.80).all()
    assert pokemon["published"].sum() == 0


def test_tcgdex_still_names_the_wrong_group_for_the_promo_set(data: Path) -> None:
    # When it no longer does, `instead_of` in pokemon_products.yaml is to be removed.
    heads = {
        path.stem: json.loads(path.read_text("utf-8"))["set"]
        for path in (data / "pokemon/tcgdex").glob("*.json")
    }
    for set_id, promo_set in product_facts().promo_sets.items():
        named = (heads[set_id].get("thirdParty") or {}).get("tcgplayer")
        wrong = promo_set.instead_of
        assert str(named) == wrong if wrong else named is None or str(named) == promo_set.group


def test_blister_promos_that_one_card_fits_are_cosmos_holofoils_of_the_sets_numbers(
    data: Path, pokemon: pl.DataFrame
) -> None:
    cards = json.loads((data / "pokemon/tcgdex/svp.json").read_text("utf-8"))["cards"]
    by_name: dict[str, list[dict[str, Any]]] = {}
    for card in cards:
        by_name.setdefault(card["name"], []).append(card)
    blister = re.compile(r"(?:Single|3) Pack Blisters? \[(?P<card>.+)\]")
    result = 0
    for set_id, numbers in product_facts().blister_promos.items():
        if numbers.set != "svp" or set_id == "sv06.5":
            continue
        for name in pokemon.filter(pl.col("set_code") == pull_rates().tables[set_id].group)["name"]:
            match = blister.search(name)
            fitting = by_name.get(match["card"], []) if match else []
            if len(fitting) != 1:
                continue
            result += 1
            assert "cosmos" in {v.get("foil") for v in fitting[0]["variants"] if not v.get("stamp")}, name
            assert numbers.first <= int(fitting[0]["localId"]) <= numbers.last, name
    assert result >= 25


def test_promo_cards_of_boxes_are_the_cards_that_tcgdex_numbers_so(data: Path) -> None:
    cards = {
        (set_id, card["localId"]): card["name"]
        for set_id in product_facts().promo_sets
        for card in json.loads((data / f"pokemon/tcgdex/{set_id}.json").read_text("utf-8"))["cards"]
    }
    promos = [
        promo
        for box in product_facts().elite_trainer_boxes.values()
        for promo in box.promos.values()
        if promo.number
    ]
    assert len(promos) >= 25
    assert {(p.set, p.number): p.name for p in promos} == {
        (p.set, p.number): cards.get((p.set, p.number)) for p in promos
    }


def test_evolving_skies_has_its_printed_classes(data: Path) -> None:
    result, _ = tcgdex.sets(data / "pokemon/tcgdex")
    skies = next(card_set for card_set in result if card_set.id == "swsh7")
    n = Counter(card["rarity"] for card in skies.cards if card["finish"] == "holofoil")
    # Its card list: 166 to 203 (22 full art V, 11 alternate, 5 trainers), 204 to 237 (16, 6 and 12).
    assert [n[name] for name in ("full art v", "alternate v", "full art trainer")] == [22, 11, 5]
    assert [n[name] for name in ("rainbow", "alternate vmax", "gold")] == [16, 6, 12]


DESTINY_SOLDIERS = {"super": 4, "secret": 1}
"""Cards of a rarity in a pack (YGOJSON, TCG SP Pack)."""


@pytest.mark.parametrize(
    ("group", "code", "cards", "gross"),
    [("1854", "deso", DESTINY_SOLDIERS, 364), ("1948", "bllr", {"ultra": 4, "secret": 1}, 374)],
)
def test_a_yugioh_pack_by_plain_loops(
    group: str, code: str, cards: dict[str, int], gross: int, data: Path, yugioh: pl.DataFrame, prices: Prices
) -> None:
    files = [json.loads(p.read_text("utf-8")) for p in (data / "yugioh/ygojson/sets").glob("*.json")]
    (held,) = (
        card_set["contents"][0] | {"prefix": card_set["locales"]["en"]["prefix"]}
        for card_set in files
        if (card_set["locales"].get("en") or {}).get("prefix", "").lower() == f"{code}-en"
    )
    listed = json.loads((data / f"tcgcsv/products/2/{group}/products").read_text("utf-8"))["results"]
    facts = [(p, {e["name"]: e["value"] for e in p["extendedData"]}) for p in listed]
    ids = {(f["Number"], f["Rarity"].split()[0].lower()): p["productId"] for p, f in facts if "Number" in f}
    n = Counter(card["rarity"] for card in held["cards"])
    worth = Fraction(0)
    for card in held["cards"]:
        rarity = card["rarity"]
        product = ids.get((f"{held['prefix']}{card['suffix']}", rarity))
        price = prices.get((product or 0, "1st Edition"), Decimal(0))
        worth += Fraction(cards[rarity], n[rarity]) * Fraction(price)
    assert cents(worth) == gross
    pack = yugioh.filter((pl.col("set_code") == group) & pl.col("name").str.ends_with("Booster Pack"))
    assert pack["gross_singles_value_cents"].to_list() == [gross]
    box = yugioh.filter((pl.col("set_code") == group) & pl.col("name").str.ends_with("Booster Box"))
    assert box["gross_singles_value_cents"].to_list() == [cents(24 * worth)]


def test_a_yugioh_product_that_ygojson_does_not_know_says_so(yugioh: pl.DataFrame) -> None:
    result = row(yugioh, "Quarter Century Bonanza Booster Box")
    assert result["unknown_parts"] == ["what it holds: YGOJSON lists neither it nor its set"]


def test_a_box_of_raging_tempest_by_hand(data: Path, tmp_path: Path) -> None:
    sealed, made = contents_of("yugioh", data, tmp_path)
    box = sealed.filter(pl.col("name") == "Raging Tempest (Box)")["product_id"].item()
    lines = made.lines.filter(pl.col("sealed_product_id").cast(pl.String) == box)
    result: dict[str, Any] = dict(lines.group_by("rarity").agg(pl.col("expected_copies").sum()).iter_rows())
    # 24 packs of 7 commons (4 of 48 at a third of the chance), a rare, and secret 1/12, ultra 1/6, else super.
    expected = {"secret": 2, "ultra": 4, "super": 18, "rare": 24, "shortprint": 24 * 7 / 34}
    assert result == pytest.approx({**expected, "common": 24 * 7 * 33 / 34})
