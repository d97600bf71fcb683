"""Titles and the products they name: a small catalogue, a small registry, and the simulated market's listings."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from arb_pipeline.core.matching import MATCHED, Catalogue, Registry, match
from arb_pipeline.core.matching.blocklist import LANGUAGES, REFUSED
from arb_pipeline.core.matching.result import PRECEDENCE, Reason
from arb_pipeline.core.matching.tokenizer import LONGEST, split
from arb_pipeline.core.matching.vocabulary import NOISE, SPELLINGS
from arb_pipeline.simulator.build import build_market

NAMES = {
    "inn": "Innistrad Booster Box",
    "inr": "Innistrad Remastered Play Booster Box",
    "2xm": "Double Masters Draft Booster Box",
    "2x2": "Double Masters 2022 Draft Booster Box",
    "mh1": "Modern Horizons Booster Box",
    "mh2": "Modern Horizons 2 Draft Booster Box",
    "mh2-pack": "Modern Horizons 2 Draft Booster Pack",
    "mh2-case": "Modern Horizons 2 Draft Booster Box Case",
    "mh2-set": "Modern Horizons 2 Set Booster Box",
    "mh2-collector": "Modern Horizons 2 Collector Booster Box",
    "mh2-bundle": "Modern Horizons 2 Bundle",
    "decks": "Fallout Commander Decks Set of 4",
    "deck": "Fallout Commander Deck Science",
    "mystery": "Mystery Booster Booster Box",
    "lot": "Secret Lair Drop A Lot to Learn",
    "pair": "Duel Deck Elves vs Goblins",
    "elves": "Duel Deck Elves vs Goblins Elves Deck",
    "cats": "Secret Lair Drop Cats Are Better Than Dogs",
    "dogs": "Secret Lair Drop Dogs Are Better Than Cats",
    "war": "War of the Spark Booster Box",
    "war-ja": "War of the Spark Japanese Booster Box",
    "nameless": "Booster Box",
    "m15": "2015 Core Set Booster Box",
    "urza": "Urzas Saga Booster Pack",
    "new": "New Phyrexia Booster Pack",
}
LANGUAGE = {"war-ja": "Japanese"}


def product(product_id: str, name: str, **changed: Any) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "category": "mtg",
        "name": name,
        "set_name": "",
        "set_code": product_id[:3],
        "kind": "booster_box",
        "language": LANGUAGE.get(product_id, "English"),
    } | changed


CATALOGUE = Catalogue.of(pl.DataFrame([product(key, name) for key, name in NAMES.items()]))


def record(
    product_id: str, name: str, *, sets: list[Any], types: list[str], **match_terms: Any
) -> dict[str, Any]:
    is_series = match_terms.pop("is_series", False)
    return {
        "id": product_id,
        "name": name,
        "set": name.partition(" Booster")[0],
        "language": "EN",
        "pack_count": 36 if "Box" in name else None,
        "era_umbrella": is_series,
        "match": {"set_terms": sets, "type_terms": types, **match_terms},
    }


BOX, ETB = ["booster box", "caixa de booster"], ["elite trainer box", "etb"]
TIDES = ["Marés Brilhantes", "Bright Tides"]
REGISTRY = Registry.of(
    [
        record("tides", "Bright Tides Booster Box", sets=TIDES, types=BOX, exclude_terms=["bundle"]),
        record("tides-pack", "Bright Tides Booster Pack", sets=TIDES, types=["booster pack"]),
        record("tides-etb", "Bright Tides Elite Trainer Box", sets=TIDES, types=ETB),
        record(
            "tides-pc", "Bright Tides Center ETB", sets=TIDES, types=ETB, requires_terms=["pokemon center"]
        ),
        record("deep", "Bright Tides Deep Booster Box", sets=["bright tides deep"], types=BOX),
        record("77", "Pokemon 77 Booster Box", sets=[77], types=BOX),
        record("era", "Grand Era Booster Box", sets=["grand era"], types=BOX, is_series=True),
    ],
    category="pokemon",
)


@pytest.mark.parametrize(
    ("title", "product_id"),
    [
        ("MTG Innistrad Booster Box NEW SEALED", "inn"),
        ("Magic: The Gathering - Double Masters 2022: Draft Booster Box", "2x2"),
        ("Double Masters Draft Booster Display, Factory Sealed, English", "2xm"),
        ("Modern Horizons 2 MH2 Draft Booster Box 36 Packs", "mh2"),
        ("Modern Horizons 2 Draft Booster Box 36ct - 36 packs x 15 cards", "mh2"),
        ("1x Modern Horizons 2 Draft Booster Pack", "mh2-pack"),
        ("Case of 6 Modern Horizons 2 Draft Booster Boxes", "mh2-case"),
        ("Modern Horizons 2 Draft Booster Case", "mh2-case"),
        ("Fallout Commander Decks - Set of 4 - Magic", "decks"),
        ("Mystery Booster Box", "mystery"),
        ("Secret Lair Drop: A Lot to Learn - Non-Foil", "lot"),
        ("Magic Duel Decks: Elves vs. Goblins", "pair"),
        ("Duel Deck Elves versus Goblins, Elves Deck", "elves"),
        ("War of the Spark Booster Box Japanese", "war-ja"),
        ("M15 Booster Box", "m15"),
        ("Magic 2015 Core Set Booster Box", "m15"),
        ("Urza's Saga Booster Pack", "urza"),
        ("\uff29nnistrad Bōöster Box™", "inn"),
    ],
)
def test_a_title_that_holds_a_name_and_noise_is_that_product(title: str, product_id: str) -> None:
    assert match(title, CATALOGUE) == (product_id, MATCHED, (product_id,))


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Innistrad Remastered Booster Box", "unknown"),  # a longer variant that the catalogue does not have
        ("Innistrad Booster Box Omega", "unknown"),
        ("Pokemon Innistrad Booster Box", "unknown"),
        ("Booster Box NEW SEALED", "unknown"),
        ("", "unknown"),
        ("Modern Horizons 2 Booster", "ambiguous"),
        ("Double Masters 2022 Booster Box", "unknown"),  # one product has these words, and may not be the one
        ("Secret Lair Drop Cats Are Better Than Dogs", "ambiguous"),
        ("Innistrad Booster Box REPACK", "repack"),
        ("Mystery box: chance at an Innistrad Booster Box", "repack"),
        ("Innistrad Booster Box EMPTY", "empty"),
        ("Innistrad Booster Box - wrappers only", "empty"),
        ("Innistrad Booster Box opened, cards only, no box", "opened"),
        ("Innistrad Booster Box dented", "damaged"),
        ("MTG Arena code card Innistrad Booster Box", "code_card"),
        ("Innistrad single card 12/264", "single_card"),
        ("Innistrad Booster Box Acrylic protector", "accessory"),
        ("Lot of Innistrad Booster Box", "lot"),
        ("3x Innistrad Booster Box", "lot"),
        ("Innistrad Booster Box x 5", "lot"),
        ("4 Innistrad Booster Box", "lot"),
        ("Innistrad Booster Boxes", "lot"),
        ("6 Modern Horizons 2 Draft Booster Packs", "lot"),
        ("Case of 6 Innistrad Booster Box", "lot"),
        ("Innistrad Booster Box + promo", "lot"),
        ("Fallout Commander Decks Set of 5", "lot"),
        ("Innistrad Booster Box Japanese", "wrong_language"),
        ("Innistrad Booster Box (DE)", "wrong_language"),
        ("Innistrad Booster Box イニストラード", "wrong_language"),
        ("War of the Spark Japanese Booster Box ENGLISH", "wrong_language"),
    ],
)
def test_a_title_of_something_else_is_refused_with_the_reason(title: str, reason: Reason) -> None:
    result = match(title, CATALOGUE)
    assert (result.product_id, result.reason) == (None, reason)


def test_an_ambiguous_title_tells_what_it_may_mean() -> None:
    assert match("Modern Horizons 2 Draft Booster", CATALOGUE).candidates == ("mh2", "mh2-case", "mh2-pack")


@pytest.mark.parametrize(("year", "product_id"), [("2021", "mh2"), ("2022", None)])
def test_only_the_products_own_year_is_explained(year: str, product_id: str | None) -> None:
    frame = pl.DataFrame([product("mh2", NAMES["mh2"], release_date=date(2021, 6, 18))])
    assert match(f"{NAMES['mh2']} {year}", Catalogue.of(frame)).product_id == product_id


def test_the_name_of_the_set_may_stand_in_the_title_or_be_the_name() -> None:
    tin = product("tin", "Azure Tin", category="pokemon", set_name="Azure Legends", set_code="ALG")
    pack = product("pack", "Booster Pack", category="pokemon", set_name="Deep Sea")
    catalogue = Catalogue.of(pl.DataFrame([tin, pack]))
    assert match("Pokemon Scarlet & Violet Azure Legends: Azure Tin ALG", catalogue).product_id == "tin"
    assert match("Pokemon Deep Sea Booster Pack", catalogue).product_id == "pack"


@pytest.mark.parametrize(
    ("title", "product_id", "reason"),
    [
        ("Booster Box Bright Tides - Pokémon TCG lacrado", "tides", MATCHED),
        ("Booster Box Bright Tides 36 packs - Bulbaquux", "tides", MATCHED),
        ("Booster Box Bright Tides 18 packs", None, "other_count"),
        ("Caixa de Booster Marés Brilhantes (English)", "tides", MATCHED),
        ("Caixa de Booster Marés Brilhantes", None, "wrong_language"),
        ("Bright Tides Deep Booster Box", "deep", MATCHED),
        ("ETB Bright Tides", "tides-etb", MATCHED),
        ("Grand Era Bright Tides Booster Box", "tides", MATCHED),
        ("Grand Era Booster Box EN", "era", MATCHED),
        ("Grand Era Unheard Of Booster Box", None, "unknown"),
        ("Pokemon 77 Booster Box", "77", MATCHED),
        ("Bright Tides Booster Box Case", None, "unknown"),
        ("Bright Tides Booster Box Bundle", None, "unknown"),
        ("Bright Tides ETB [Bulbaquux]", None, "unknown"),
        ("Bright Tides Booster Box 77", None, "ambiguous"),
        ("Bright Tides Center ETB Pokemon Center", "tides-pc", MATCHED),
        ("Carta Bulbaquux Bright Tides (1/191)", None, "single_card"),
        ("Booster Box Bright Tides Japonês", None, "wrong_language"),
        ("Digimon Booster Box Bright Tides", None, "unknown"),
        ("Two words", None, "unknown"),
    ],
)
def test_declared_terms_decide(title: str, product_id: str | None, reason: Reason) -> None:
    result = match(title, REGISTRY)
    assert (result.product_id, result.reason) == (product_id, reason)


@given(
    st.sampled_from(sorted(NAMES)),
    st.lists(
        st.sampled_from(sorted(NOISE - {"nonfoil", "english", "eng", "en", "ing", "ingles", "pokemon"})),
        max_size=6,
    ),
    st.sampled_from([str, str.upper, str.title, "- {} -".format, "{}!".format]),
    st.randoms(use_true_random=False),
)
def test_noise_around_a_name_never_makes_it_another_product(
    key: str, noise: list[str], as_: Any, rng: Any
) -> None:
    at = rng.randint(0, len(noise))
    title = as_(" ".join([*noise[:at], NAMES[key], *noise[at:]]))
    assert match(title, CATALOGUE).product_id in {key, None}


@given(st.text(max_size=80))
def test_any_text_is_answered(title: str) -> None:
    for products in (CATALOGUE, REGISTRY):
        result = match(title, products)
        assert (result.reason == MATCHED) == (result.product_id is not None)


def test_terms_are_in_the_form_that_titles_are_read_in() -> None:
    for phrase in [*REFUSED, *LANGUAGES]:
        assert split(" ".join(phrase))[0] == phrase
        assert len(phrase) <= LONGEST
    assert all(split(" ".join(spelling))[0] == spelling for spelling in SPELLINGS.values())
    assert {*REFUSED.values()} <= {*PRECEDENCE}


WRONG = {
    "REPACK": "repack",
    "EMPTY": "empty",
    "LOT OF": "lot",
    "JAPANESE": "wrong_language",
    "opened,": "opened",
}


def test_the_simulated_markets_listings_are_matched_and_its_traps_refused(tmp_path: Path) -> None:
    build_market(tmp_path, days=10)
    names = [
        ("mtg", name)
        for file in (tmp_path / "mtg/sealed_content/data/products").glob("*.yaml")
        for name in yaml.safe_load(file.read_text("utf-8"))["products"]
    ]
    pokemon = pl.read_csv(tmp_path / "pokemon/sealed_daily/sealed_products_tracking.csv")
    names += [("pokemon", name) for name in pokemon["name"]]
    catalogue = Catalogue.of(pl.DataFrame([product(name, name, category=game) for game, name in names]))
    known = {name for _, name in names}
    output: Counter[str] = Counter()
    for listing in json.loads((tmp_path / "ebay/item_summaries.json").read_text("utf-8")):
        title = listing["title"]
        result = match(title, catalogue)
        trap = next((reason for word, reason in WRONG.items() if word in title), None)
        meant = max((name for name in known if name in title), key=len, default=None)
        assert result.product_id == (None if trap else meant), title
        if trap:
            assert result.reason == trap, title
        output[result.reason] += 1
    assert output[MATCHED] > 250
    assert all(output[reason] > 5 for reason in WRONG.values())
