"""MTGJSON: set files and deck lists as archives, each with its checksum."""

import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from arb_pipeline.simulator.replay.archives import tar
from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import table
from arb_pipeline.simulator.source_apis.mtg_decks import decks

_ARCHIVE = re.compile(r"/api/v5/(AllSetFiles|AllDeckFiles)\.tar\.(xz|gz)(\.sha256)?")
_Known = dict[tuple[str, str], tuple[str, str]]
"""(set, number) -> uuid and name."""
_BOARDS = {"mainBoard": "cards", "commander": "commander", "sideBoard": "sideboard"}
NO_META = {"date": "2026-01-01", "version": "5.2.2+20260101"}


def answer(folder: Path, request: Request) -> Answer:
    """Meta.json, an archive, or an archive's checksum."""
    if request.path == "/api/v5/Meta.json":
        meta = _meta(folder)
        return Answer(orjson.dumps({"meta": meta, "data": meta}))
    match = _ARCHIVE.fullmatch(request.path)
    body = _archive(folder, match[1], match[2], _stamp(folder)) if match else None
    if not match or body is None:
        return NOT_FOUND
    if match[3]:
        return Answer(sha256(body).hexdigest().encode(), "text/plain")
    return Answer(body, "application/x-xz" if match[2] == "xz" else "application/gzip")


def _sets(folder: Path) -> list[Path]:
    return sorted((folder / "mtg/mtgjson/slim").glob("*.json"))


def _meta(folder: Path) -> dict[str, str]:
    metas = (orjson.loads(file.read_bytes()).get("meta", NO_META) for file in _sets(folder))
    return max(metas, key=lambda meta: meta["date"], default=NO_META)


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    """Stamp that changes with any file of an archive."""
    files = [*_sets(folder), *sorted((folder / "mtg/precon_decks").glob("*.json"))]
    return tuple((str(file), file.stat().st_mtime_ns) for file in files)


@lru_cache(maxsize=8)
def _archive(folder: Path, name: str, compression: str, _stamp: object) -> bytes | None:
    """Cached, since clients request the checksum first; None where the folder has no files for it."""
    if name == "AllSetFiles":
        members = {f"{name}/{file.name}": file.read_bytes() for file in _sets(folder)}
    else:
        members = _deck_files(folder)
    return tar(members, compression) if members else None


def _deck_files(folder: Path) -> dict[str, bytes]:
    rows = table(folder / "mtg/id_map/mtg_id_map.csv")
    known = {(row["set"].lower(), row["number"]): (row["uuid"], row["name"]) for row in rows}
    meta = _meta(folder)
    members: dict[str, bytes] = {}
    for record in decks(folder):
        code = record["set_code"].upper()
        stem = f"AllDeckFiles/{re.sub(r'[^A-Za-z0-9]', '', record['name'])}_{code}"
        while f"{stem}.json" in members:  # two decks of one name in a set
            stem += "_"
        members[f"{stem}.json"] = orjson.dumps({"meta": meta, "data": _deck(record, code, known)})
    return members


def _deck(record: dict[str, Any], code: str, known: _Known) -> dict[str, Any]:
    boards = {
        board: [_card(entry, known) for entry in record.get(key) or []] for board, key in _BOARDS.items()
    }
    facts = {"code": code, "name": record["name"], "type": record.get("type", "")}
    return {**facts, "releaseDate": record.get("release_date"), **boards}


def _card(entry: list[Any], known: _Known) -> dict[str, Any]:
    set_code, number, foil, count = entry
    unlisted = str(uuid5(NAMESPACE_URL, f"{set_code}/{number}")), ""
    uuid, name = known.get((set_code.lower(), str(number)), unlisted)
    facts = {"count": count, "isFoil": bool(foil), "name": name, "number": str(number)}
    return {**facts, "setCode": set_code.upper(), "uuid": uuid}
