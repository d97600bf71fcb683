"""Card Kingdom's price lists, rebuilt from the daily CSV files."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import day_of, newest, stable_id, stamp, table

BASE_URL = "https://www.cardkingdom.com/"
PUBLISHED_AT = "05:00:00"
NO_SALE = {
    f"{grade}_{part}": 0 if part == "qty" else "0.00"
    for grade in ("ex", "vg", "g")
    for part in ("price", "qty")
}
_Row = Mapping[str, str]


def answer(folder: Path, request: Request) -> Answer:
    """The singles' or the sealed products' list of the day."""
    root = folder / "cardkingdom"
    if request.path == "/api/v2/pricelist":
        day = newest((root / "daily_singles_csv").glob("*.csv"), request.day)
        everything = newest(root.glob("all_singles_*.csv"), request.day)
        body = _singles(folder, day, everything) if day or everything else b""
    elif request.path == "/api/sealed_pricelist":
        day, everything = newest((root / "daily_sealed_csv").glob("*.csv"), request.day), None
        body = _listing(day, _sealed(folder, day)) if day else b""
    else:
        return NOT_FOUND
    of = day or everything
    return Answer(body, modified=stamp(day_of(of))) if of else NOT_FOUND


def _listing(of: Path, data: Iterator[dict[str, Any]]) -> bytes:
    meta = {"created_at": f"{day_of(of)} {PUBLISHED_AT}", "base_url": BASE_URL}
    return orjson.dumps({"meta": meta, "data": list(data)})


@lru_cache(maxsize=2)
def _singles(folder: Path, day: Path | None, everything: Path | None) -> bytes:
    """Rows of the day, and those that only the full list has."""
    rows = {row["sku"]: {**row, "cashUsd": row["buyCashUsd"]} for row in table(everything)}
    rows |= {row["sku"]: row | {"name": rows.get(row["sku"], {}).get("name", "")} for row in table(day)}
    catalog = {row["sku"]: row for row in table(folder / "cardkingdom/singles_catalog.csv")}
    printings = {
        (row["set"].upper(), row["number"]): row for row in table(folder / "mtg/id_map/mtg_id_map.csv")
    }
    editions = {sku.split("-")[0] for sku in rows}
    of = day or everything
    return _listing(of, (_single(row, catalog, printings, editions) for row in rows.values())) if of else b""


def _single(
    row: _Row, catalog: Mapping[str, _Row], printings: Mapping[tuple[str, str], _Row], editions: set[str]
) -> dict[str, Any]:
    """A record of the list. Card data come from the catalogue, else from the SKU: `[F]SET-number`."""
    sku = row["sku"]
    code, _, number = sku.partition("-")
    is_foil = code[:1] == "F" and code[1:] in editions
    code = code[1:] if is_foil else code
    known = catalog.get(sku) or {"name": row["name"], "edition": code, "variation": ""}
    is_foil = known.get("foil", str(is_foil)).lower() == "true"
    printing = printings.get(
        (known.get("scryfallSet", code).upper(), known.get("collectorNumber", number.lstrip("0"))), {}
    )
    # Card Kingdom's set codes are not all Scryfall's: the name shows whether it is the same card.
    printing = printing if printing.get("name", "").split(" // ")[0] == known["name"].split(" // ")[0] else {}
    number_of = printing.get("cardKingdomFoilId" if is_foil else "cardKingdomId")
    return {
        "id": int(number_of) if number_of else stable_id(sku),
        "sku": sku,
        "scryfall_id": known.get("scryfallId") or printing.get("scryfallId", ""),
        "url": f"mtg/{slug(known['edition'])}/{slug(known['name'])}",
        "name": known["name"],
        "variation": known["variation"],
        "edition": known["edition"],
        "is_foil": str(is_foil).lower(),
        **_terms(row),
        "condition_values": {"nm_price": _usd(row["retailUsd"]), "nm_qty": int(row["qtyRetail"]), **NO_SALE},
    }


def _sealed(folder: Path, day: Path) -> Iterator[dict[str, Any]]:
    ids = {row["name"].lower(): row["cardKingdomId"] for row in table(folder / "tcgcsv/sealed_products.csv")}
    for row in table(day):
        number = ids.get(row["name"].lower())
        yield {
            "id": int(number) if number else stable_id(row["name"]),
            "sku": row["sku"],
            "url": urlsplit(row["ckUrl"]).path.removeprefix("/"),
            "name": row["name"],
            "edition": row["edition"],
            **_terms(row),
        }


def _terms(row: _Row) -> dict[str, Any]:
    return {
        "price_retail": _usd(row["retailUsd"]),
        "qty_retail": int(row["qtyRetail"]),
        "price_buy": _usd(row["cashUsd"]),
        "qty_buying": int(row["qtyBuying"]),
    }


def _usd(text: str) -> str:
    return f"{float(text or 0):.2f}"


def slug(text: str) -> str:
    """A name as written in Card Kingdom's URLs."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())
