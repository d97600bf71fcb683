"""Pokemon and Yu-Gi-Oh on 2025-10-10: what the sample data values, and what it cannot."""

import json
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

from arb_pipeline.core.contents import catalog
from arb_pipeline.core.contents.game_contents import GameContents, game_contents, pack_pulls
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.pricing.rollup import daily_rollup
from arb_pipeline.core.valuation.edition_fallback import with_any_edition
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.features.history import history_features
from arb_pipeline.games.registry import GAMES
from arb_pipeline.sources.cleaning import tcgplayer
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.params import parameters
from arb_pipeline.storage.tcgcsv_files import price_files

DAY = date(2025, 10, 10)

# The article of Obsidian Flames, % of packs.
RATES = {
    "Double rare": "13.61",
    "Ultra Rare": "6.63",
    "Illustration rare": "7.60",
    "Special illustration rare": "3.13",
    "Hyper rare": "1.92",
}


def contents_of(category: str, data: Path, home: Path) -> tuple[pl.DataFrame, GameContents]:
    """Sealed products of a game and what is in them, from the sample folder alone."""
    game, folder, landing = GAMES[category], DataFolder(data), Landing(home)
    sources = ("tcgdex", "pokemon_sealed") if category == "pokemon" else ("ygojson",)
    landed = {name: landing.land(name, folder.reference(name), origin=str(data)).files for name in sources}
    sealed = catalog.sealed_products(game.listed(landed)[0])
    rows, problems = game.printings(landed)
    assert problems == []
    printings = catalog.printings(rows, category=category)
    odds = pack_pulls(game.boosters(landed, printings))
    assert odds.problems == []
    records = game.contents(landed, sealed, odds.packs).records
    made = game_contents(sealed, records, {}, odds.pulls, odds.refused, printings, category=category)
    return sealed, made


@pytest.fixture(scope="module")
def pokemon(data: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Pokemon's products of the day, valued."""
    home, params = tmp_path_factory.mktemp("pokemon"), parameters(DAY)
    sealed, made = contents_of("pokemon", data, home / "landing")
    landed = Landing(home / "landing").land(
        "tcgcsv", DataFolder(data).prices(DAY.isoformat()), part=DAY.isoformat(), origin=str(data)
    )
    files = price_files(landed.files, day=DAY.isoformat(), categories={"pokemon": 3})
    rollup = home / f"day={DAY}" / "part.parquet"
    rollup.parent.mkdir()
    daily_rollup(
        tcgplayer.clean(files, day=DAY).observations, asks_quality=params.prices.asks_quality
    ).write_parquet(rollup)
    features = with_any_edition(
        history_features(
            [rollup], category="pokemon", as_of=DAY, prices=params.prices, outliers=params.outliers
        )
    )
    nets = card_nets(made.singles, features, params)
    valued = value_sealed(
        sealed, made.completeness, made.lines, nets, features, drawn=None, params=params, as_of=DAY
    )
    return valued.join(sealed.select("product_id", "set_code", "name"), on="product_id")


def plain_prices(data: Path, group: str) -> dict[tuple[int, str], int]:
    """A group's prices in cents, read by a loop."""
    factory = BytesIOFactory(10**9)
    with py7zr.SevenZipFile(data / f"tcgcsv/archive/prices-{DAY}.ppmd.7z") as archive:
        archive.extract(targets=[f"{DAY}/3/{group}/prices"], factory=factory)
    (body,) = factory.products.values()
    body.seek(0)
    found = {}
    for record in json.loads(body.read(), parse_float=Decimal)["results"]:
        asks = [record[field] for field in ("lowPrice", "midPrice") if record[field] is not None]
        price = record["marketPrice"] if record["marketPrice"] is not None else min(asks, default=None)
        if price is not None:
            found[record["productId"], record["subTypeName"]] = int(price * 100 + Decimal("0.5"))
    return found


def test_a_box_of_obsidian_flames_by_plain_loops(data: Path, pokemon: pl.DataFrame) -> None:
    prices = plain_prices(data, "23228")
    cards = json.loads((data / "pokemon/tcgdex/sv03.json").read_text("utf-8"))["cards"]
    n = Counter(card["rarity"] for card in cards)
    # 230 cards, 197 of them before the secret ones.
    secret = {"Ultra Rare": 12, "Illustration rare": 12, "Special illustration rare": 6, "Hyper rare": 3}
    assert {rarity: n[rarity] for rarity in secret} == secret
    assert n["Common"] + n["Uncommon"] + n["Rare"] + n["Double rare"] == 197
    rates = {rarity: Fraction(rate) / 100 for rarity, rate in RATES.items()}
    in_reverse = sum(rates[r] for r in ("Illustration rare", "Special illustration rare", "Hyper rare"))
    rate = {
        "Common": Fraction(4),
        "Uncommon": Fraction(3),
        "Rare": 1 - rates["Double rare"] - rates["Ultra Rare"],
        **rates,
    }
    reverses = n["Common"] + n["Uncommon"] + n["Rare"]
    box = Fraction(0)
    for card in cards:
        rarity = card["rarity"]
        # The first variant without a stamp is the plain one.
        plain = next(v for v in card["variants"] if not v.get("stamp"))
        number, is_plain = plain["thirdParty"]["tcgplayer"], rarity in {"Common", "Uncommon"}
        box += 36 * rate[rarity] / n[rarity] * prices.get((number, "Normal" if is_plain else "Holofoil"), 0)
        if is_plain or rarity == "Rare":
            box += 36 * (2 - in_reverse) / reverses * prices.get((number, "Reverse Holofoil"), 0)
    found = pokemon.filter(pl.col("name") == "Obsidian Flames Booster Box").row(0, named=True)
    assert found["gross_singles_value_cents"] == int(box + Fraction(1, 2))
    assert found["priced_share"] == 1.0


def test_products_of_the_sets_with_rates_and_cards_are_valued_and_no_other(pokemon: pl.DataFrame) -> None:
    valued = pokemon.filter(pl.col("gross_singles_value_cents").is_not_null())
    sets = {"2848", "23120", "23228", "23237", "23651", "23821", "24073"}
    assert set(valued["set_code"]) == sets
    assert valued.height == 39
    rest = pokemon.filter(pl.col("gross_singles_value_cents").is_null())
    assert rest["contents_complete"].sum() == 0
    assert rest["unknown_parts"].list.len().min() >= 1


def test_values_are_plausible_against_what_others_paid(pokemon: pl.DataFrame) -> None:
    # On a real day nothing that is opened by many is worth more than it costs; nor is it worth nothing.
    ratio = (pl.col("gross_singles_value_cents") / pl.col("market_price_cents")).alias("ratio")
    # (Sleeved packs of an old set are kept as they are: Evolving Skies' cost ten times what is in them.)
    name = pl.col("name")
    loose = name.str.ends_with(" Booster Pack") & ~name.str.contains("Sleeved")
    packs = pokemon.filter(loose).select("name", ratio).drop_nulls()
    assert packs.height == 7
    assert packs["ratio"].is_between(0.15, 0.80).all()
    assert pokemon["published"].sum() == 0


def test_yugioh_is_known_and_has_no_price_without_tcgplayers_list(data: Path, tmp_path: Path) -> None:
    sealed, made = contents_of("yugioh", data, tmp_path)
    complete = made.completeness.filter("contents_complete")
    # Boxes of the sets of the folder; the others' sets are not in it.
    assert complete.height == 14
    assert made.singles["tcg_product_id"].null_count() == made.singles.height > 0
    assert sealed["tcg_product_id"].null_count() == sealed.height


def test_a_box_of_raging_tempest_by_hand(data: Path, tmp_path: Path) -> None:
    sealed, made = contents_of("yugioh", data, tmp_path)
    box = sealed.filter(pl.col("name") == "Raging Tempest (Box)")["product_id"].item()
    lines = made.lines.filter(pl.col("sealed_product_id").cast(pl.String) == box)
    found: dict[str, Any] = dict(lines.group_by("rarity").agg(pl.col("expected_copies").sum()).iter_rows())
    # 24 packs of 7 commons (4 of 48 at a third of the chance), a rare, and secret 1/12, ultra 1/6, else super.
    expected = {"secret": 2, "ultra": 4, "super": 18, "rare": 24, "shortprint": 24 * 7 / 34}
    assert found == pytest.approx({**expected, "common": 24 * 7 * 33 / 34})
