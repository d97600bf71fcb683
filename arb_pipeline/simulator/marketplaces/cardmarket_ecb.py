"""Exchange rates of the European Central Bank, and Cardmarket's prices in euros."""

import gzip
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import orjson
from numpy.typing import NDArray

from arb_pipeline.simulator.cards import MAGIC, POKEMON, YUGIOH, ListingKey
from arb_pipeline.simulator.marketplaces.market_view import Scene
from arb_pipeline.simulator.source_apis.cardmarket import CATEGORIES, OTHER, SINGLE, listed

RATES = {"USD": (1.08, 0.003), "JPY": (162.0, 0.004), "GBP": (0.85, 0.002)}
"""Approximate dollars per euro, and the log standard deviation of a working day."""
HISTORY_DAYS, SATURDAY = 90, 5
GAMES = {MAGIC: "1", YUGIOH: "3", POKEMON: "6"}
"""TCGplayer's category -> Cardmarket's game."""
SEALED_ID_OFFSET, CARD_ID_OFFSET = 6_500_000, 5_900_000
"""TCGplayer's id less Cardmarket's, as the id map of the market has it for Magic."""
LOW_SHARE = 0.85
CREATED = "{}T02:45:36+0100"
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject>\
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>\
<Cube>{}</Cube></gesmes:Envelope>"""

Prices = NDArray[np.float64]
Record = tuple[int, int, Prices | None, Prices | None]
"""idProduct, idCategory, euros by day, and those of the foil."""


def write(scene: Scene) -> None:
    """ecb/ and cardmarket/."""
    dollars = _write_rates(scene)
    records = {
        MAGIC: [*_magic_singles(scene), *_sealed(scene, MAGIC)],
        YUGIOH: [*_yugioh_singles(scene), *_sealed(scene, YUGIOH)],
        POKEMON: [*_pokemon_singles(scene), *_sealed(scene, POKEMON)],
    }
    for category, of_game in records.items():
        _write_guides(scene, GAMES[category], [_in_euros(record, dollars) for record in of_game])
    _write_products(scene)


def _write_rates(scene: Scene) -> Prices:
    """Writes the rates of 90 working days; returns dollars per euro for each day of the market."""
    first = min(scene.days[0], scene.end - timedelta(days=HISTORY_DAYS)) - timedelta(days=4)
    rates = {currency: middle for currency, (middle, _) in RATES.items()}
    known: dict[date, dict[str, float]] = {}
    for age in range((scene.end - first).days + 1):
        day = first + timedelta(days=age)
        if day.weekday() < SATURDAY:
            for currency, (middle, wobble) in RATES.items():
                pulled = rates[currency] * (middle / rates[currency]) ** 0.05
                rates[currency] = pulled * float(np.exp(scene.rng.gauss(0, wobble)))
            known[day] = dict(rates)
    cubes = (
        f'<Cube time="{day}">'
        + "".join(f'<Cube currency="{name}" rate="{rate:.4f}"/>' for name, rate in known[day].items())
        + "</Cube>"
        for day in sorted(known, reverse=True)
    )
    scene.file("ecb/eurofxref-hist-90d.xml", ENVELOPE.format("".join(cubes)).encode())
    # A weekend has the rate of the Friday before it.
    return np.array(
        [known[max(rate_day for rate_day in known if rate_day <= day)]["USD"] for day in scene.days]
    )


def _in_euros(record: Record, dollars: Prices) -> Record:
    number, category, *both = record
    plain, foil = (None if cents is None else cents / dollars / 100 for cents in both)
    return number, category, plain, foil


def _single(scene: Scene, key: ListingKey) -> Prices | None:
    """Price of a card in US cents: slightly below TCGplayer's."""
    return scene.cents(key) * scene.rng.uniform(0.85, 1.0) if key in scene.quotes else None


def _magic_singles(scene: Scene) -> Iterator[Record]:
    for row in scene.rows("mtg/id_map/mtg_id_map.csv"):
        number = int(row["tcgplayerProductId"])
        plain, foil = (_single(scene, (number, kind)) for kind in ("Normal", "Foil"))
        if plain is not None or foil is not None:
            yield int(row["mcmId"]), SINGLE, plain, foil


def _yugioh_singles(scene: Scene) -> Iterator[Record]:
    for listing in scene.documents(f"tcgcsv/products/{YUGIOH}/*/products"):
        for row in listing["results"]:
            cents = _single(scene, (row["productId"], "1st Edition")) if row["extendedData"] else None
            if cents is not None:
                yield row["productId"] - CARD_ID_OFFSET, SINGLE, cents, None


def _pokemon_singles(scene: Scene) -> Iterator[Record]:
    """Both sets use the same Cardmarket ids: the first one's card has the price."""
    seen = set()
    for body in scene.documents("pokemon/tcgdex/*.json"):
        for card in body["cards"]:
            third, kind = card["variants"][0]["thirdParty"], card["variants"][0]["type"]
            cents = _single(scene, (third["tcgplayer"], {"normal": "Normal", "holo": "Holofoil"}[kind]))
            if cents is not None and third["cardmarket"] not in seen:
                seen.add(third["cardmarket"])
                yield third["cardmarket"], SINGLE, cents, None


def _sealed(scene: Scene, category: int) -> Iterator[Record]:
    """Sealed products, never cheaper than on TCGplayer."""
    kinds = {
        int(row["tcgplayerProductId"]): row["category"] for row in scene.rows("tcgcsv/sealed_products.csv")
    }
    for product in scene.sealed:
        if product.category_id == category:
            kind = CATEGORIES.get(kinds.get(product.product_id) or _kind(product.name), OTHER)[0]
            cents = product.cents * scene.rng.uniform(1.2, 1.35)
            yield product.product_id - SEALED_ID_OFFSET, kind, cents, None


def _kind(name: str) -> str:
    """The kind of a Pokemon or Yu-Gi-Oh product, from its name."""
    kinds = {"Case": "CASE", "Booster Box": "BOOSTER_BOX", "Pack": "BOOSTER_PACK", "Bundle": "BUNDLE"}
    return next((kind for word, kind in kinds.items() if word in name), "BOX_SET")


def _write_guides(scene: Scene, game: str, records: list[Record]) -> None:
    """Writes a guide for each day; a product with one finish lacks the keys of the other."""
    never = np.full(len(scene.days), np.nan)
    plain, foil = (
        _figures(np.array([never if record[at] is None else record[at] for record in records]), suffix)
        for at, suffix in ((2, ""), (3, "-foil"))
    )
    for index, day in enumerate(scene.days):
        guides = [
            {"idProduct": record[0], "idCategory": record[1]}
            | ({} if record[2] is None else {name: grid[row][index] for name, grid in plain.items()})
            | ({} if record[3] is None else {name: grid[row][index] for name, grid in foil.items()})
            for row, record in enumerate(records)
        ]
        body = orjson.dumps({"version": 1, "createdAt": CREATED.format(day), "priceGuides": guides})
        scene.file(f"cardmarket/raw/price_guide_{game}_{day}.json.gz", gzip.compress(body, 6, mtime=0))


def _figures(euros: Prices, suffix: str) -> dict[str, list[list[float]]]:
    """The guide's six figures by product and day."""
    so_far = np.cumsum(euros, axis=1)
    days = np.arange(1, euros.shape[1] + 1)

    def mean(length: int) -> Prices:
        before = np.pad(so_far, ((0, 0), (length, 0)))[:, : len(days)]
        return (so_far - before) / np.minimum(days, length)

    means = {f"avg{length}": mean(length) for length in (1, 7, 30)}
    figures = {"avg": mean(2), "low": euros * LOW_SHARE, "trend": euros, **means}
    return {f"{name}{suffix}": np.round(grid, 2).tolist() for name, grid in figures.items()}


def _write_products(scene: Scene) -> None:
    """Names: of Magic's cards, and of the sealed products of all games."""
    groups = {row["set"]: row["groupId"] for row in scene.rows("tcgcsv/mtg_groups.csv")}
    columns = (
        "idProduct",
        "name",
        "idExpansion",
        "expansionName",
        "expansionCode",
        "idMetacard",
        "dateAdded",
    )
    singles = (
        (
            row["mcmId"],
            row["name"],
            groups[row["set"]],
            scene.set_names[row["set"]],
            row["set"].upper(),
            int(row["mcmId"]) - 1_000_000,
            "2024-01-05T14:01:28Z",
        )
        for row in scene.rows("mtg/id_map/mtg_id_map.csv")
    )
    scene.table_of("cardmarket/products_singles_names.csv", columns, singles)
    expansions = (
        (
            group,
            scene.set_names[code],
            code.upper(),
            f"/en/Magic/Expansions/{code}",
            "2024-01-05",
            "expansion",
        )
        for code, group in groups.items()
    )
    columns = ("idExpansion", "name", "code", "url", "release_date", "type")
    scene.table_of("cardmarket/expansions.csv", columns, expansions)
    columns = ("mcmId", "set", "name", "category", "subtype")
    magic = scene.rows("tcgcsv/sealed_products.csv")
    rows = {MAGIC: [tuple(row[column] for column in columns) for row in magic if row["mcmId"]]}
    for category in (YUGIOH, POKEMON):
        rows[category] = [
            (
                str(item.product_id - SEALED_ID_OFFSET),
                str(item.group_id),
                item.name,
                _kind(item.name),
                "DEFAULT",
            )
            for item in scene.sealed
            if item.category_id == category
        ]
    for category, of_game in rows.items():
        name = listed(scene.folder / "cardmarket", "nonsingles", GAMES[category]).name
        scene.table_of(f"cardmarket/{name}", columns, of_game)
