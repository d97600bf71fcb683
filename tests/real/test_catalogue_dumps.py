"""Real catalogues through their parsers: counts and values as plain loops over the files find them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from arb_pipeline.sources.parsing import pokemontcg, tcgcsv_products, tcgdex, ygojson, ygoprodeck

pytestmark = pytest.mark.slow


def loaded(path: Path) -> Any:
    if not path.is_file():
        pytest.skip(f"no {path.name} among the real data")
    return json.loads(path.read_text("utf-8"))


def files(folder: Path, pattern: str) -> list[Path]:
    result = sorted(folder.glob(pattern))
    return result or pytest.skip(f"no {pattern} in {folder.name} of the real data")


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


def test_ygoprodeck_s_cards_and_printings(data: Path) -> None:
    n_cards = n_printings = 0
    for path in files(data / "yugioh/ygoprodeck_sets", "*.json"):
        listed = loaded(path)
        body = encoded({"data": listed})
        result = list(ygoprodeck.cards(body))
        assert [card["id"] for card in result] == [card["id"] for card in listed]
        assert [card["tcgplayer_price"] for card in result] == [
            c["card_prices"][0]["tcgplayer_price"] for c in listed
        ]
        n_cards += len(result)
        expected = 0
        for card in listed:
            expected += len(card["card_sets"])
        result = list(ygoprodeck.printings(body))
        assert len(result) == expected
        assert all(printing["set_code"] and printing["set_rarity"] for printing in result)
        n_printings += expected
    assert n_cards > 1_300
    assert n_printings > 6_000


def test_ygoprodeck_s_sets(data: Path) -> None:
    listed = loaded(data / "yugioh/cardsets.json")

    result = list(ygoprodeck.sets(encoded(listed)))

    assert len(result) == len(listed) > 1_000
    assert sum(card_set["num_of_cards"] for card_set in result) == sum(
        card_set["num_of_cards"] for card_set in listed
    )


def test_ygojson_s_sets(data: Path) -> None:
    sets = [loaded(path) for path in files(data / "yugioh/ygojson/sets", "*.json")]
    n_printings, n_contents = 0, 0
    for card_set in sets:
        for contents in card_set["contents"]:
            n_contents += 1
            n_printings += len(contents["cards"])

    def read(parser: Any) -> list[dict[str, Any]]:
        return list(parser(io.BytesIO(encoded(sets))))

    assert {row["id"]: row["name"] for row in read(ygojson.sets)} == {
        card_set["id"]: card_set["name"]["en"] for card_set in sets
    }
    printings = read(ygojson.printings)
    assert len(printings) == n_printings > 1_300
    assert all(printing["card"] and printing["rarity"] for printing in printings)
    contents = read(ygojson.contents)
    assert len(contents) == n_contents
    assert sum(content["cards"] for content in contents) == n_printings
    known = {distribution["id"] for distribution in loaded(data / "yugioh/ygojson/distributions.json")}
    assert {content["distrobution"] for content in contents} <= known


def test_ygojson_s_distributions_and_products(data: Path) -> None:
    root = data / "yugioh/ygojson"
    distributions, products = loaded(root / "distributions.json"), loaded(root / "sealedProducts.json")
    n_packs = 0
    for product in products:
        for contents in product["contents"]:
            n_packs += len(contents["packs"])

    with (root / "distributions.json").open("rb") as file:
        result = list(ygojson.distributions(file))
        assert [len(distribution["slots"]) for distribution in result] == [
            len(distribution["slots"]) for distribution in distributions
        ]
    with (root / "sealedProducts.json").open("rb") as file:
        assert [product["name"] for product in ygojson.sealed_products(file)] == [
            product["name"].get("en") for product in products
        ]
        file.seek(0)
        assert sum(1 for _ in ygojson.packs(file)) == n_packs > 900


def test_tcgdex_s_cards_and_variants(data: Path) -> None:
    at_tcgplayer, lacking = 0, 0
    for path in files(data / "pokemon/tcgdex", "*.json"):
        document = loaded(path)
        about = {"id": document["set"]["id"], "name": document["set"]["name"]}
        listed = list(tcgdex.set_cards(encoded({**document["set"], "cards": document["cards"]})))
        assert len(listed) == len(document["cards"])
        for card in document["cards"]:
            variants = card.get("variants")  # a list, flags as in the API, or nothing
            lacking += variants is None
            listed_one_by_one = variants if isinstance(variants, list) else []
            flags = {"normal": True, "reverse": False}  # what the API has where the database has the list
            detailed = {"variants": flags, "variants_detailed": variants} if listed_one_by_one else {}
            body = encoded({**card, "set": about, **detailed})
            (result,) = tcgdex.card(body)
            assert (result["id"], result["rarity"], result["set"]) == (
                card["id"],
                card["rarity"],
                about["id"],
            )
            expected = [variant.get("thirdParty", {}).get("tcgplayer") for variant in listed_one_by_one]
            assert [variant["tcgplayer"] for variant in tcgdex.variants(body)] == expected
            at_tcgplayer += sum(number is not None for number in expected)
    assert at_tcgplayer > 3_000
    assert lacking == 121  # all of swshp, as the data's README counts them


def test_pokemontcg_s_prices(data: Path) -> None:
    (path,) = files(data / "pokemon/tcgplayer", "pokemontcg_io_prices_*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cards, n_prices, cents = [], 0, 0
    for row in rows:
        normal, holofoil = row["TCGPlayer Market (Normal)"], row["TCGPlayer Market (Holofoil)"]
        quoted = {
            name: {"market": float(text)}
            for name, text in (("normal", normal), ("holofoil", holofoil))
            if text
        }
        n_prices += len(quoted)
        cents += sum(round(price["market"] * 100) for price in quoted.values())
        card: dict[str, Any] = {"id": row["Card ID"], "name": row["Card Name"], "set": {"id": row["Set ID"]}}
        cards.append({**card, "tcgplayer": {"updatedAt": row["Last Updated"], "prices": quoted}})
    assert n_prices > 10_000

    found_cards = found_prices = found_cents = 0
    for start in range(0, len(cards), 250):
        held = cards[start : start + 250]
        counts = {"page": start // 250 + 1, "pageSize": 250, "count": len(held), "totalCount": len(cards)}
        body = encoded({"data": held, **counts})
        assert pokemontcg.page_of(body).is_last is (start + 250 >= len(cards))
        found_cards += sum(1 for _ in pokemontcg.cards(body))
        for price in pokemontcg.prices(body):
            found_prices += 1
            found_cents += round(price["market"] * 100)

    assert (found_cards, found_prices, found_cents) == (len(rows), n_prices, cents)


def test_tcgplayer_s_products_of_a_group(data: Path) -> None:
    (path,) = files(data / "pokemon/tcgplayer", "BaseSetProductsAndPrices.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["productId"]: row for row in csv.DictReader(file)}
    cards = {number for number, row in rows.items() if row["extRarity"] or row["extNumber"]}
    results = []
    for row in rows.values():
        extended = [
            {"name": key[3:], "value": value} for key, value in row.items() if key[:3] == "ext" and value
        ]
        results.append({**row, "productId": int(row["productId"]), "extendedData": extended})
    body = encoded({"totalItems": len(results), "success": True, "errors": [], "results": results})

    result = list(tcgcsv_products.products(body))

    assert len(result) == len(rows)
    assert {str(product["productId"]) for product in result if not product["is_sealed"]} == cards
    assert min(product["name"] for product in result if product["is_sealed"]) == (
        "Base Set Booster Box [Revised Unlimited Edition]"
    )
