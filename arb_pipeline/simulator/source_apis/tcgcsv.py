"""TCGCSV: the daily archives and the current prices; its listings are in `tcgcsv_products`."""

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from arb_pipeline.simulator.replay.archives import pack_7z, unpack_7z
from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.tcgcsv_products import answer as listings
from arb_pipeline.simulator.source_apis.tcgcsv_products import days, updated_at

_ARCHIVE = re.compile(r"/archive/tcgplayer/prices-(\d{4}-\d\d-\d\d)\.ppmd\.7z")
_PRICES = re.compile(r"/tcgplayer/(\d+)/(\d+)/prices")


def answer(folder: Path, request: Request) -> Answer:
    """The archive of a day up to now, the newest prices of a group, or a listing."""
    there = days(folder, request.day)
    if (match := _ARCHIVE.fullmatch(request.path)) and match[1] in there:
        at = updated_at(match[1])
        return Answer(_archive(folder, match[1], at), "application/x-7z-compressed", modified=at)
    if (match := _PRICES.fullmatch(request.path)) and there:
        body = _prices(folder, there[-1], f"{match[1]}/{match[2]}/prices")
        return Answer(body, modified=updated_at(there[-1])) if body else NOT_FOUND
    return listings(folder, request)


def _archive(folder: Path, day: str, at: datetime) -> bytes:
    path = folder / f"tcgcsv/archive/prices-{day}.ppmd.7z"
    if path.is_file():
        return path.read_bytes()
    raw = folder / "tcgcsv/raw"
    files = sorted((raw / day).glob("*/*/prices"))
    return pack_7z({file.relative_to(raw).as_posix(): file.read_bytes() for file in files}, at)


def _prices(folder: Path, day: str, name: str) -> bytes | None:
    path = folder / f"tcgcsv/archive/prices-{day}.ppmd.7z"
    if path.is_file():
        return _unpacked(path, path.stat().st_mtime_ns).get(f"{day}/{name}")
    raw = folder / "tcgcsv/raw" / day / name
    return raw.read_bytes() if raw.is_file() else None


@lru_cache(maxsize=1)
def _unpacked(path: Path, _changed: int) -> dict[str, bytes]:
    return unpack_7z(path.read_bytes())
