"""Writes a simulated market into the sources' own files. No random draws, no pricing."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5
from zoneinfo import ZoneInfo

import orjson
import py7zr
import yaml
from py7zr.helpers import ArchiveTimestamp

from arb_pipeline.simulator.cards import MAGIC, YUGIOH, Catalog, Printing
from arb_pipeline.simulator.market import Product, World
from arb_pipeline.simulator.pokemon import TRACKING_COLUMNS, PokemonMarket
from arb_pipeline.simulator.prices import NULL, PriceTable
from arb_pipeline.simulator.yugioh import YugiohMarket

PPMD = [{"id": py7zr.FILTER_PPMD, "order": 8, "mem": 24}]
PUBLISHED_AT = time(20, 0, 20, tzinfo=ZoneInfo("UTC"))
SEALED_COLUMNS = (
    "tcgplayerProductId",
    "set",
    "name",
    "category",
    "subtype",
    "release_date",
    "mcmId",
    "cardKingdomId",
)
ID_MAP_COLUMNS = (
    "set",
    "number",
    "name",
    "rarity",
    "finishes",
    "uuid",
    "scryfallId",
    "mcmId",
    "tcgplayerProductId",
    "tcgplayerEtchedProductId",
    "cardKingdomId",
    "cardKingdomFoilId",
    "cardKingdomEtchedId",
    "source",
)
FINISH_ORDER = ("nonfoil", "foil", "etched")
INT_ID_EVERY = 9
"""Every ninth TCGplayer id in products/*.yaml is an int; the others are strings, as in the source."""


def write_archives(folder: Path, table: PriceTable, end: date) -> None:
    """One PPMd 7z per day. Members are dated by publication, so that two builds are byte-equal."""
    folder.mkdir(parents=True, exist_ok=True)
    days = len(table.market)
    for index in range(days):
        day = end - timedelta(days=days - 1 - index)
        stamp = ArchiveTimestamp.from_datetime(datetime.combine(day, PUBLISHED_AT).timestamp())
        with py7zr.SevenZipFile(folder / f"prices-{day}.ppmd.7z", "w", filters=PPMD) as archive:
            for (category, group), rows in _rows_by_group(table, index).items():
                body = {"success": True, "errors": [], "results": rows}
                archive.writestr(orjson.dumps(body), f"{day}/{category}/{group}/prices")
            for member in archive.header.files_info.files:
                member["lastwritetime"] = stamp


def _rows_by_group(table: PriceTable, day: int) -> Mapping[tuple[int, int], list[dict[str, Any]]]:
    grids = (table.low, table.mid, table.high, table.market, table.direct)
    low, mid, high, market, direct = ([_dollars(cents) for cents in grid[day].tolist()] for grid in grids)
    listed = table.listed[day].tolist()
    groups: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for n, quote in enumerate(table.quotes):
        if listed[n]:
            groups[quote.category_id, quote.group_id].append(
                {
                    "productId": quote.product_id,
                    "lowPrice": low[n],
                    "midPrice": mid[n],
                    "highPrice": high[n],
                    "marketPrice": market[n],
                    "directLowPrice": direct[n],
                    "subTypeName": quote.sub_type,
                }
            )
    return groups


def _dollars(cents: int) -> float | None:
    return None if cents == NULL else cents / 100


def write_magic(folder: Path, world: World) -> None:
    """Everything under mtg/ and the two CSV files of tcgcsv/."""
    products = list(world.products.values())
    groups = ((MAGIC, group, code) for code, group in world.catalog.groups.items())
    _csv(folder / "tcgcsv/mtg_groups.csv", ("categoryId", "groupId", "set"), groups)
    _csv(
        folder / "tcgcsv/sealed_products.csv",
        SEALED_COLUMNS,
        (_sealed_row(item) for item in products if item.tcg_id),
    )
    _csv(folder / "mtg/id_map/mtg_id_map.csv", ID_MAP_COLUMNS, _id_map_rows(world.catalog))
    content = folder / "mtg/sealed_content/data"
    for code in world.catalog.groups:
        of_set = [product for product in products if product.set_code == code]
        _yaml(
            content / f"products/{code.upper()}.yaml",
            code,
            {item.name: _product_entry(item) for item in of_set},
        )
        _yaml(
            content / f"contents/{code.upper()}.yaml",
            code,
            {item.name: item.contents or [] for item in of_set},
        )
    boosters = folder / "mtg/boosters"
    for code, booster in world.boosters.items():
        _json(boosters / f"booster/{code}.json", booster, indent=2)
    index = [{"name": booster["name"], "code": code} for code, booster in world.boosters.items()]
    _json(boosters / "booster_index.json", index, indent=2)
    decks = list(world.decks.values())
    named = folder / "mtg/precon_decks"
    _json(named / "decks_v2_slim.json", [deck for deck in decks if "type" in deck])
    _json(named / "decks_added.json", [deck for deck in decks if "type" not in deck])


def _marketplace_ids(product: Product) -> tuple[str, str]:
    """The product's Cardmarket and Card Kingdom ids; some products lack the latter."""
    number = product.tcg_id or 0
    return str(number - 6_500_000), str(number - 6_700_000) if number % 4 else ""


def _sealed_row(product: Product) -> Sequence[object]:
    facts = (product.set_code, product.name, product.category, product.subtype, product.release_date or "")
    return (product.tcg_id, *facts, *_marketplace_ids(product))


def _product_entry(product: Product) -> dict[str, Any]:
    identifiers: dict[str, Any] = {}
    if product.tcg_id:
        market_id, kingdom_id = _marketplace_ids(product)
        identifiers = {"cardKingdomId": kingdom_id} if kingdom_id else {}
        tcg_id = product.tcg_id if product.tcg_id % INT_ID_EVERY == 0 else str(product.tcg_id)
        identifiers |= {"mcmId": market_id, "tcgplayerProductId": tcg_id}
    released = {"release_date": product.release_date} if product.release_date else {}
    return {"category": product.category, "identifiers": identifiers, **released, "subtype": product.subtype}


def _id_map_rows(catalog: Catalog) -> Iterable[Sequence[object]]:
    for printing in catalog.printings.values():
        finishes = "|".join(finish for finish in FINISH_ORDER if finish in printing.finishes)
        number = printing.product_id
        card = (printing.set_code, printing.number, printing.name, printing.rarity, finishes)
        foil = number - 6_150_000 if "foil" in printing.finishes else ""
        kingdom = (number - 6_050_000, foil, number - 6_250_000 if printing.etched_id else "")
        ids = (_uuid(printing, "card"), _uuid(printing, "scryfall"), number - 5_900_000, number)
        yield (*card, *ids, printing.etched_id or "", *kingdom, "demo")


def _uuid(printing: Printing, kind: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"{kind}/{printing.set_code}/{printing.number}"))


def write_pokemon(folder: Path, market: PokemonMarket) -> None:
    """Everything under pokemon/."""
    rows = ([row[column] for column in TRACKING_COLUMNS] for row in market.tracking)
    _csv(folder / "pokemon/sealed_daily/sealed_products_tracking.csv", TRACKING_COLUMNS, rows)
    for set_id, body in market.sets.items():
        _json(folder / f"pokemon/tcgdex/{set_id}.json", body)


def write_yugioh(folder: Path, market: YugiohMarket) -> None:
    """Everything under yugioh/, and TCGCSV's product listings, which join it to prices."""
    root = folder / "yugioh/ygojson"
    _json(root / "sealedProducts.json", market.sealed_products)
    _json(root / "distributions.json", market.distributions)
    _json(root / "cards_lookup.json", market.cards)
    for body in market.sets:
        _json(root / f"sets/{body['id']}.json", body)
    for group, products in market.listings.items():
        listing = {"totalItems": len(products), "success": True, "errors": [], "results": products}
        _json(folder / f"tcgcsv/products/{YUGIOH}/{group}/products", listing)


def _csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _yaml(path: Path, code: str, products: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"code": code, "products": dict(products)}
    path.write_text(yaml.dump(body, Dumper=_PlainDumper, allow_unicode=True, width=1_000), encoding="utf-8")


class _PlainDumper(yaml.SafeDumper):
    """Writes a shared list twice, as the source does, instead of as an anchor and an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class's signature
        return True


def _json(path: Path, body: object, indent: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(body, ensure_ascii=False, indent=indent, separators=separators)
    path.write_text(text, encoding="utf-8")
