"""TCGplayer's own API: prices of the newest day in the archive's form, names from the listings beside it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import py7zr
from py7zr.io import BytesIOFactory

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import (
    WRONG,
    bearer,
    day_of,
    fields,
    is_issued,
    json_answer,
    newest,
    parsed,
    table,
    token,
    whole,
)

VERSION = "/v1.39.0/"
MOST_PER_PAGE = 100
CATEGORIES = ("1", "2", "3")
"""Magic, Yu-Gi-Oh, Pokemon: the 80 other categories of the archive are never requested."""
POKEMON = "3"
_MEMBER = re.compile(rf"[^/]+/({'|'.join(CATEGORIES)})/(\d+)/prices")
_GROUP_COLUMNS = ("groupId", "name", "categoryId", "abbreviation", "modifiedOn")

Row = dict[str, Any]


def answer(folder: Path, request: Request) -> Answer:
    """A token, groups, products, or prices."""
    root = folder / "tcgcsv"
    archive, raw = (newest((root / part).glob("*"), request.day) for part in ("archive", "raw"))
    # Of one day's archive and folder the archive counts: it is whole.
    days = sorted((path for path in (raw, archive) if path), key=day_of)
    if not days:
        return NOT_FOUND
    if request.path == "/token":
        return _token(request)
    if not request.path.startswith(VERSION):
        return NOT_FOUND
    if not is_issued("tcgplayer", bearer(request)):
        return _none("Unauthorized: the bearer token is missing, invalid or expired.", 401)
    return _routed(_market(folder, days[-1]), request)


def _routed(market: "_Market", request: Request) -> Answer:
    match request.path.removeprefix(VERSION).split("/"):
        case ["catalog", "groups"]:
            return _page(request, market.named_groups(request.query.get("categoryId", "")), "groups")
        case ["catalog", "products"]:
            return _page(
                request, [row for row in market.products.values() if _matches(row, request)], "products"
            )
        case ["catalog", "products", ids]:
            return _found([market.products[n] for n in _ids(ids) if n in market.products], "products")
        case ["pricing", "group", group]:
            return _found(market.prices(group), "prices")
        case ["pricing", "product", ids]:
            return _found(market.prices_of(_ids(ids)), "prices")
    return NOT_FOUND


def _ids(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.strip().isdecimal()]


def _token(request: Request) -> Answer:
    form = fields(request)
    client, secret = form.get("client_id"), form.get("client_secret")
    if form.get("grant_type") != "client_credentials" or not client or not secret or secret == WRONG:
        return json_answer({"error": "invalid_client"}, 400)
    return json_answer(
        {"access_token": token("tcgplayer", client), "token_type": "bearer", "expires_in": 1_209_599}
    )


def _found(rows: list[Row], kind: str, total: int | None = None) -> Answer:
    """The envelope of all answers; nothing found is a 404."""
    if not rows:
        return _none(f"No {kind} were found.", 404)
    return json_answer(
        {"totalItems": len(rows) if total is None else total, "success": True, "errors": [], "results": rows}
    )


def _none(message: str, status: int) -> Answer:
    return json_answer({"success": False, "errors": [message], "results": []}, status)


def _page(request: Request, rows: list[Row], kind: str) -> Answer:
    limit, offset = whole(request.query, "limit", 10), whole(request.query, "offset", 0)
    if not 1 <= limit <= MOST_PER_PAGE or offset < 0:
        return _none("limit goes from 1 to 100, offset from 0.", 400)
    return _found(rows[offset : offset + limit], kind, len(rows))


def _matches(row: Row, request: Request) -> bool:
    name = request.query.get("productName", "").lower()
    keys = ("categoryId", "groupId")
    return name in row["name"].lower() and all(
        str(row[key]) == request.query.get(key, str(row[key])) for key in keys
    )


@dataclass(frozen=True)
class _Market:
    """A day of prices by category and group, unread, and the products that have a name."""

    bodies: Mapping[tuple[str, str], bytes]
    groups: Mapping[str, str]
    """Group id -> its name."""
    group_of: Mapping[int, tuple[str, str]]
    products: Mapping[int, Row]

    def named_groups(self, category: str) -> list[Row]:
        """Groups of a category with their names; an unnamed group has its number as name."""
        known = sorted((cat, group) for cat, group in self.bodies if cat == category)
        facts = [(group, self.groups.get(group, f"Group {group}")) for _, group in known]
        return [{"groupId": int(n), "name": name, "categoryId": int(category)} for n, name in facts]

    def prices(self, group: str) -> list[Row]:
        """All price rows of a group."""
        return [row for key, body in self.bodies.items() if key[1] == group for row in _rows(body)]

    def prices_of(self, products: Iterable[int]) -> list[Row]:
        """All price rows of some products."""
        wanted = {number: self.group_of[number][1] for number in products if number in self.group_of}
        return [
            row
            for group in sorted(set(wanted.values()))
            for row in self.prices(group)
            if row["productId"] in wanted
        ]


def _rows(body: bytes) -> list[Row]:
    rows: list[Row] = orjson.loads(body)["results"]
    return rows


@lru_cache(maxsize=2)
def _market(folder: Path, day: Path) -> _Market:
    if day.is_dir():
        members = {str(path.relative_to(day.parent)): path.read_bytes() for path in day.glob("*/*/prices")}
    else:
        members = _unpacked(day)
    members_ = ((_MEMBER.fullmatch(name), body) for name, body in members.items())
    bodies = {(member[1], member[2]): body for member, body in members_ if member}
    group_of = {row["productId"]: key for key, body in bodies.items() for row in _rows(body)}
    listings = sorted((folder / "tcgcsv/products").glob("*/*/products"))
    products = _listed_by_name(folder, group_of)
    products |= {row["productId"]: row for path in listings for row in parsed(path)["results"]}
    return _Market(bodies, _group_names(folder), group_of, dict(sorted(products.items())))


def _unpacked(archive: Path) -> dict[str, bytes]:
    factory = BytesIOFactory(10**9)
    with py7zr.SevenZipFile(archive) as opened:
        targets = [name for name in opened.getnames() if _MEMBER.fullmatch(name)]
        opened.reset()
        opened.extract(targets=targets, factory=factory)
    return {name: body.read() for name, body in factory.products.items()}


def _listed_by_name(folder: Path, group_of: Mapping[int, tuple[str, str]]) -> dict[int, Row]:
    """Products that only a CSV file names; those without a price have no group and are left out."""
    magic = ((row["tcgplayerProductId"], row["name"]) for row in table(folder / "tcgcsv/sealed_products.csv"))
    tracked = table(folder / "pokemon/sealed_daily/sealed_products_tracking.csv")
    named = {
        int(number): name for number, name in (*magic, *((row["productId"], row["name"]) for row in tracked))
    }
    return {
        number: {
            "productId": number,
            "name": name,
            "cleanName": "".join(letter for letter in name if letter.isalnum() or letter == " "),
            "imageUrl": f"https://tcgplayer-cdn.tcgplayer.com/product/{number}_200w.jpg",
            "categoryId": int(group_of[number][0]),
            "groupId": int(group_of[number][1]),
            "url": f"https://www.tcgplayer.com/product/{number}",
            "modifiedOn": "2025-10-01T00:00:00",
        }
        for number, name in named.items()
        if number in group_of
    }


def _group_names(folder: Path) -> dict[str, str]:
    groups = {row["groupId"]: row["set"].upper() for row in table(folder / "tcgcsv/mtg_groups.csv")}
    pokemon = table(folder / "pokemon/tcgplayer/Groups_category3.csv", columns=_GROUP_COLUMNS)
    groups |= {row["groupId"]: row["name"] for row in pokemon}
    for path in (folder / "pokemon/tcgdex").glob("*.json"):
        head = parsed(path)["set"]
        if "tcgplayer" in head.get("thirdParty", {}):  # galleries have no group of their own
            groups.setdefault(str(head["thirdParty"]["tcgplayer"]), head["name"])
    return groups
