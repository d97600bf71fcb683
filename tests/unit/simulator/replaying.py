"""A small folder to replay, and a client for it."""

import http.client
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from arb_pipeline.simulator.replay import ReplayServer

PRICES = "/tcgplayer/1/7/prices"
ARCHIVE = "/archive/tcgplayer/prices-2026-01-02.ppmd.7z"
UPDATED = "/last-updated.txt"
ROW = {"productId": 1, "lowPrice": 1.5, "midPrice": None, "marketPrice": 2.0, "subTypeName": "Normal"}


@dataclass
class Got:
    """Answer that a client received."""

    status: int
    headers: dict[str, str]
    body: bytes


def two_days(folder: Path) -> Path:
    """A data folder: two days of one price."""
    for day in ("2026-01-01", "2026-01-02"):
        path = folder / f"data/tcgcsv/raw/{day}/1/7/prices"
        path.parent.mkdir(parents=True)
        path.write_bytes(orjson.dumps({"success": True, "errors": [], "results": [ROW]}))
    return folder / "data"


def ask(
    server: ReplayServer, path: str = PRICES, *, source: str = "tcgcsv", timeout: float = 5, **headers: str
) -> Got:
    """GET; header names take `_` for `-`."""
    connection = http.client.HTTPConnection(urlsplit(server.urls[source]).netloc, timeout=timeout)
    try:
        connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return Got(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()
