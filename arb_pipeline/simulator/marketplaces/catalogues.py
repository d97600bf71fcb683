"""Files of other catalogues: TCGCSV's listings, YGOPRODeck, the Pokemon TCG API."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from arb_pipeline.simulator.cards import MAGIC, POKEMON, YUGIOH, ListingKey
from arb_pipeline.simulator.marketplaces.market_view import Scene
from arb_pipeline.simulator.source_apis.cardkingdom import slug

POKEMONTCG_COLUMNS = (
    "Card ID",
    "Card Name",
    "Set Name",
    "Set ID",
    "Number",
    "Rarity",
    *(
        f"TCGPlayer {kind} ({finish})"
        for finish in ("Normal", "Holofoil")
        for kind in ("Market", "Low", "High")
    ),
    "Cardmarket Average",
    "Cardmarket Low",
    "Cardmarket Trend",
    "Has Pricing",
    "Last Updated",
)
RARITY_CODES = {"Common / Short Print": ("Common", "(C)"), "Rare": ("Rare", "(R)")}
"""TCGplayer's rarity -> YGOPRODeck's; the others are the same, and their code is their initials."""
IMAGE = "https://images.example.invalid/cards/{}.jpg"


def write(scene: Scene) -> None:
    """tcgcsv/products of Magic and Pokemon, mtg/mtgjson, yugioh/ygoprodeck_sets, pokemon/tcgplayer."""
    _write_listings(scene)
    _write_set_files(scene)
    _write_ygoprodeck(scene)
    _write_pokemontcg(scene)


def _write_listings(scene: Scene) -> None:
    """TCGCSV's products of each group. A card has a number and a rarity, a sealed product neither."""
    group_of = {quote.product_id: quote.group_id for quote in scene.table.quotes}
    groups: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)

    def add(category: int, number: int, name: str, released: str, **facts: str) -> None:
        group = group_of[number]
        groups[category, group].append(_listing(number, name, category, group, released, facts))

    for row in scene.rows("tcgcsv/sealed_products.csv"):
        text = f"{row['name']}, factory sealed."
        add(MAGIC, int(row["tcgplayerProductId"]), row["name"], row["release_date"], Description=text)
    for row in scene.rows("mtg/id_map/mtg_id_map.csv"):
        facts = {"Rarity": row["rarity"][0].upper(), "Number": row["number"]}
        add(MAGIC, int(row["tcgplayerProductId"]), row["name"], "", **facts)
        if etched := row["tcgplayerEtchedProductId"]:
            add(MAGIC, int(etched), f"{row['name']} (Foil Etched)", "", **facts)
    for row in scene.rows("pokemon/sealed_daily/sealed_products_tracking.csv"):
        add(POKEMON, int(row["productId"]), row["name"], row["earliestDate"], UPC=row["productId"].zfill(12))
    for body in scene.documents("pokemon/tcgdex/*.json"):
        for card in body["cards"]:
            number = f"{card['localId']}/{body['set']['cardCount']['official']:03d}"
            product, facts = card["variants"][0]["thirdParty"]["tcgplayer"], {"Rarity": card["rarity"]}
            add(POKEMON, product, f"{card['name']} - {number}", "", Number=number, **facts)
    for (category, group), products in groups.items():
        body = {"totalItems": len(products), "success": True, "errors": [], "results": products}
        scene.document(f"tcgcsv/products/{category}/{group}/products", body)


def _listing(
    number: int, name: str, category: int, group: int, released: str, facts: Mapping[str, str]
) -> dict[str, Any]:
    note = {"isPresale": False, "releasedOn": f"{released}T00:00:00" if released else None, "note": None}
    return {
        "productId": number,
        "name": name,
        "cleanName": "".join(letter for letter in name if letter.isalnum() or letter == " "),
        "imageUrl": f"https://images.example.invalid/product/{number}_200w.jpg",
        "categoryId": category,
        "groupId": group,
        "url": f"https://shop.example.invalid/product/{number}",
        "modifiedOn": "2025-12-01T00:00:00",
        "imageCount": 1,
        "presaleInfo": note,
        "extendedData": [
            {"name": fact, "displayName": fact, "value": value} for fact, value in facts.items()
        ],
    }


def _write_set_files(scene: Scene) -> None:
    """MTGJSON's file of each Magic set, its cards with their ids."""
    sets: dict[str, list[dict[str, Any]]] = defaultdict(list)
    ids = ("scryfallId", "mcmId", "tcgplayerProductId")
    for row in scene.rows("mtg/id_map/mtg_id_map.csv"):
        card = {name: row[name] for name in ("uuid", "name", "number", "rarity")}
        identifiers = {name: row[name] for name in ids if row[name]}
        finishes = row["finishes"].split("|")
        sets[row["set"]].append({**card, "finishes": finishes, "identifiers": identifiers})
    meta = {"date": scene.end.isoformat(), "version": f"5.2.2+{scene.end:%Y%m%d}"}
    for code, cards in sets.items():
        facts = {"code": code.upper(), "name": scene.set_names.get(code, code), "type": "expansion"}
        scene.document(
            f"mtg/mtgjson/slim/{code.upper()}.json", {"meta": meta, "data": {**facts, "cards": cards}}
        )


def _write_ygoprodeck(scene: Scene) -> None:
    """A dump of each set, the list of sets, and YGOJSON's own version."""
    lookup = scene.documents("yugioh/ygojson/cards_lookup.json")[0]
    listings = scene.documents(f"tcgcsv/products/{YUGIOH}/*/products")
    by_number = {
        _fact(row, "Number"): row for listing in listings for row in listing["results"] if row["extendedData"]
    }
    sets = []
    for body in scene.documents("yugioh/ygojson/sets/*.json"):
        name, prefix = body["name"]["en"], body["locales"]["en"]["prefix"]
        entries = body["contents"][0]["cards"]
        cards = [
            _ygo_card(scene, lookup[entry["card"]], name, by_number[prefix + entry["suffix"]])
            for entry in entries
        ]
        scene.document(f"yugioh/ygoprodeck_sets/{slug(name).replace('-', '_')}.json", cards)
        facts = {"set_name": name, "set_code": prefix.split("-")[0], "num_of_cards": len(cards)}
        sets.append(
            {**facts, "tcg_date": body["locales"]["en"]["date"], "set_image": IMAGE.format(facts["set_code"])}
        )
    scene.document("yugioh/cardsets.json", sets)
    read = {
        f"last{name}Read": f"{scene.end}T01:49:24.830766" for name in ("Yamlyugi", "Yugipedia", "YGOProDeck")
    }
    schema = "https://raw.githubusercontent.com/iconmaster5326/YGOJSON/main/schema/v1/meta.json"
    scene.document("yugioh/ygojson/meta.json", {"$schema": schema, "version": 1, "increment": 1, **read})


def _fact(row: dict[str, Any], name: str) -> str:
    return next(fact["value"] for fact in row["extendedData"] if fact["name"] == name)


def _ygo_card(scene: Scene, card: dict[str, Any], set_name: str, listing: dict[str, Any]) -> dict[str, Any]:
    """A card as YGOPRODeck dumps it. Its prices are text, "0" or "0.00" where unknown."""
    number, rarity = card["externalIDs"]["ygoprodeck"]["id"], _fact(listing, "Rarity")
    title, code = RARITY_CODES.get(rarity, (rarity, f"({''.join(word[0] for word in rarity.split())})"))
    key = (listing["productId"], "1st Edition")
    dollars = scene.cents(key)[-1] / 100 if key in scene.quotes else 0.0
    shops = ("cardmarket", "tcgplayer", "ebay", "amazon", "coolstuffinc")
    printed = {"set_name": set_name, "set_code": _fact(listing, "Number"), "set_rarity": title}
    return {
        "id": number,
        "name": card["name"],
        "typeline": ["Machine", "Effect"],
        "type": "Effect Monster",
        "humanReadableCardType": "Effect Monster",
        "frameType": "effect",
        "desc": "It waits.",
        "race": "Machine",
        "atk": 1600,
        "def": 1200,
        "level": 4,
        "attribute": "EARTH",
        "ygoprodeck_url": f"https://cards.example.invalid/{card['externalIDs']['ygoprodeck']['name']}",
        "card_sets": [
            {**printed, "set_rarity_code": code, "set_price": f"{dollars:.2f}" if dollars else "0"}
        ],
        "card_images": [
            {"id": number, "image_url": IMAGE.format(number), "image_url_small": IMAGE.format(number)}
        ],
        "card_prices": [{f"{shop}_price": f"{dollars * scene.rng.uniform(0.9, 1):.2f}" for shop in shops}],
    }


def _write_pokemontcg(scene: Scene) -> None:
    """Its sets are numbered without TCGdex's leading zero: zz01 is zz1."""
    rows: list[tuple[object, ...]] = []
    for body in scene.documents("pokemon/tcgdex/*.json"):
        set_id = body["set"]["id"].replace("0", "", 1)
        for card in body["cards"]:
            number, product = int(card["localId"]), card["variants"][0]["thirdParty"]["tcgplayer"]
            finishes = [_finish(scene, (product, finish)) for finish in ("Normal", "Holofoil")]
            has_prices = "Yes" if any(map(any, finishes)) else "No"
            named = (f"{set_id}-{number}", card["name"], body["set"]["name"], set_id, number, card["rarity"])
            rows.append(
                (*named, *finishes[0], *finishes[1], "", "", "", has_prices, f"{scene.end}T07:55:08.558Z")
            )
    scene.table_of(f"pokemon/tcgplayer/pokemontcg_io_prices_{scene.end}.csv", POKEMONTCG_COLUMNS, rows)


def _finish(scene: Scene, key: ListingKey) -> tuple[str, ...]:
    """Market, low and high price of a finish; empty where the card has none."""
    if key not in scene.quotes:
        return ("", "", "")
    column = scene.table.column[key]
    grids = (scene.table.market, scene.table.low, scene.table.high)
    return tuple(f"{grid[-1, column] / 100:.2f}" for grid in grids)
