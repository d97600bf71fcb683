"""Titles of the real data folder: no wrong match is tolerated, and what is matched is printed."""

import csv
import json
import re
import time
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from arb_pipeline.core.contents import catalog
from arb_pipeline.core.matching import MATCHED, Catalogue, Registry, match
from arb_pipeline.games.magic import contents
from arb_pipeline.games.registry import REFERENCE
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.landing import Landing

DECORATIONS = (
    "{}",
    "NEW SEALED {}",
    "MTG {}",
    "Magic the Gathering {} Factory Sealed",
    "{} - Free shipping",
    "MTG Magic: The Gathering {} - NEW SEALED! Ships Fast, In Stock",
    "1x {} BRAND NEW UNOPENED (Wizards of the Coast)",
)
LIGA = {
    **dict.fromkeys(("L1", "L1b", "L1c"), "ssp-booster-box-en"),
    **dict.fromkeys(("L2", "L2b"), "ssp-etb-en"),
    **dict.fromkeys(("L5", "L5b"), "pre-booster-bundle-en"),
    "L3": "scr-booster-box-en",
    # Its comment calls L4 ambiguous; the cases hold the same title as this product, and so do the terms.
    "L4": "pre-etb-en",
    "L6": "single_card",
    "L7": "sv151-booster-bundle-en",
    "L8": "wrong_language",
}
NAMED = "fourth fifth sixth seventh eighth ninth tenth"
ORDINALS = {f"{n}th": name for n, name in enumerate(NAMED.split(), 4)}
IDLE = {
    "non",
    "foil",
    "universes",
    "beyond",
    "x",
    "mtg",
    "the",
    "of",
    "a",
    "and",
    "s",
    "kit",
    "pack",
    "deck",
    "decks",
}
"""Words by which a shop's title and a product's name may differ; foil or not is compared beside them."""


@pytest.fixture(scope="module")
def folder(data: Path) -> Path:
    """The folder of title cases."""
    result = data / "pokemon/sealed_registry"
    if not result.is_dir():
        pytest.skip(f"no title cases: {result} is absent")
    return result


@pytest.fixture(scope="module")
def declared(folder: Path) -> list[dict[str, Any]]:
    """The declared products, as their file has them."""
    text = (folder / "sku_registry.yaml").read_text("utf-8")
    skus: list[dict[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)["skus"]
    return skus


@pytest.fixture(scope="module")
def registry(declared: list[dict[str, Any]]) -> Registry:
    return Registry.of(declared, category="pokemon")


@pytest.fixture(scope="module")
def magic(data: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Magic's sealed products."""
    landing = Landing(tmp_path_factory.mktemp("titles"))
    landed = landing.land(
        "mtg_sealed_content", DataFolder(data, REFERENCE).reference("mtg_sealed_content"), origin="real"
    )
    listed, _ = contents.listed_products(landed.files)
    return catalog.sealed_products(listed).with_columns(set_name="set_code")


@pytest.fixture(scope="module")
def magic_catalogue(magic: pl.DataFrame) -> Catalogue:
    return Catalogue.of(magic)


def tell(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n  {text}")  # noqa: T201 - the figures are what the run is for


def test_the_title_cases_have_no_wrong_match(
    folder: Path, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = json.loads((folder / "matcher_cases.json").read_text("utf-8"))
    output = [(case["gold"], match(case["title"], registry)) for case in cases]
    matched = [(gold, result) for gold, result in output if result.product_id]
    right = sum(result.product_id == gold for gold, result in matched)
    positive = sum(gold is not None for gold, _ in output)
    precision, recall = right / len(matched), right / positive
    reasons = Counter(result.reason for gold, result in output if gold is None)
    tell(
        capsys,
        f"title cases: precision {precision:.3f} ({right}/{len(matched)}), recall {recall:.3f} "
        f"({right}/{positive}), refused {dict(reasons)}",
    )
    assert precision == 1
    assert recall > 0.95
    assert MATCHED not in reasons


def test_the_listings_are_what_their_comment_says(folder: Path, registry: Registry) -> None:
    listings = json.loads((folder / "liga_listings.json").read_text("utf-8"))["listings"]
    output = {listing["id"]: match(listing["title"], registry) for listing in listings}
    assert {key: result.product_id or result.reason for key, result in output.items()} == LIGA


def test_a_declared_products_own_name_is_never_another(
    folder: Path, declared: list[dict[str, Any]], registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    output = {sku["id"]: match(sku["name"], registry).product_id for sku in declared}
    own = sum(result == key for key, result in output.items())
    tell(capsys, f"declared products by their own name: {own} of {len(output)} matched, the others refused")
    assert {key: result for key, result in output.items() if result not in (key, None)} == {}
    assert own / len(output) > 0.8
    priced = json.loads((folder / "us_reference.json").read_text("utf-8"))["prices"]
    assert set(priced) <= set(output)


def test_a_marketplaces_names_match_the_product_of_their_id_or_of_their_name(
    data: Path, declared: list[dict[str, Any]], registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = {sku["id"]: str(sku["tcgplayer_product_id"]) for sku in declared}
    words = {sku["id"]: set(sku["name"].lower().split()) - {"(english)"} for sku in declared}
    output, by_name = Counter[str](), []
    with (data / "pokemon/sealed_daily/sealed_products_tracking.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            result = match(f"Pokemon TCG {row['name']}", registry)
            output[result.reason] += 1
            if result.product_id and ids[result.product_id] != row["productId"]:
                assert words[result.product_id] <= set(row["name"].lower().split()), row["name"]
                by_name.append(row["name"])
    tell(capsys, f"TCGplayer's names against the registry: {dict(output)}; another id, same name: {by_name}")
    assert output[MATCHED] > 80
    assert len(by_name) < 5


@pytest.mark.parametrize("decoration", DECORATIONS)
def test_a_magic_products_name_is_never_another(
    decoration: str, magic: pl.DataFrame, magic_catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    output = Counter[str]()
    for product_id, name in magic.select("product_id", "name").iter_rows():
        result = match(decoration.format(name), magic_catalogue)
        assert result.product_id in (product_id, None), (name, result)
        output[result.reason] += 1
    tell(capsys, f"{decoration!r}: {output[MATCHED] / magic.height:.2%} of {magic.height}, {dict(output)}")
    assert output[MATCHED] / magic.height > 0.99


def test_english_is_refused_for_what_is_sold_in_another_language(
    magic: pl.DataFrame, magic_catalogue: Catalogue
) -> None:
    foreign = magic.filter(pl.col("language") != "English")["name"]
    assert len(foreign) > 20
    for name in foreign:
        assert match(f"{name} ENGLISH", magic_catalogue).reason == "wrong_language"


def test_a_pokemon_products_name_is_never_another(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pl.read_csv(data / "pokemon/sealed_daily/sealed_products_tracking.csv").select(
        "name",
        product_id=pl.col("productId").cast(pl.String),
        category=pl.lit("pokemon"),
        set_name=pl.lit(""),
        set_code=pl.col("set_code").cast(pl.String),
        language=pl.lit("English"),
    )
    catalogue, output = Catalogue.of(frame), Counter[str]()
    for product_id, name in frame.select("product_id", "name").iter_rows():
        result = match(f"Pokemon TCG: {name} - NEW SEALED English", catalogue)
        assert result.product_id in (product_id, None), (name, result)
        output[result.reason] += 1
    tell(capsys, f"Pokemon's sealed products by name: {dict(output)} of {frame.height}")
    assert output[MATCHED] / frame.height > 0.99


def plain_words(text: str) -> set[str]:
    """Words in ASCII, without apostrophes and the dots of initials; ordinals of core sets spelled out."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    bare = re.sub(r"[',]|(?<=\b\w)\.(?=\w\b)", "", letters.lower())
    return {ORDINALS.get(word, word) for word in re.findall(r"\w+", bare)}


def test_another_shops_names_match_products_of_the_same_words(
    data: Path, magic: pl.DataFrame, magic_catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    """Card Kingdom writes its own titles: whatever matches says the same, but for words that say nothing."""
    lists = sorted((data / "cardkingdom/daily_sealed_csv").glob("*.csv"))
    if not lists:
        pytest.skip("no sealed list of Card Kingdom")
    names = dict(magic.select("product_id", "name").iter_rows())
    output, differing = Counter[str](), []
    for title in pl.read_csv(lists[-1], infer_schema_length=None)["name"].unique():
        result = match(f"MTG {title}", magic_catalogue)
        output[result.reason] += 1
        if result.product_id:
            message, meant = plain_words(title), plain_words(names[result.product_id])
            is_foil, is_meant = ("foil" in text and "non" not in text for text in (message, meant))
            if is_foil != is_meant or (message ^ meant) - IDLE:
                differing.append((title, names[result.product_id]))
    tell(capsys, f"Card Kingdom's titles against Magic's catalogue: {dict(output)}")
    assert differing == []
    assert output[MATCHED] / output.total() > 0.65


def test_ten_thousand_titles_take_seconds(
    magic: pl.DataFrame, magic_catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    titles = [decoration.format(name) for name in magic["name"] for decoration in DECORATIONS[3:6]][:10_000]
    began = time.perf_counter()
    for title in titles:
        match(title, magic_catalogue)
    took = time.perf_counter() - began
    tell(capsys, f"{len(titles)} titles x {magic.height} products in {took:.1f} s")
    assert took < 20
