"""Shared helpers of the source APIs: newest file of a day, tables, JSON, OAuth tokens. No source format."""

import csv
import gzip
import hashlib
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import orjson

from arb_pipeline.simulator.source_apis import Answer, Request

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
WRONG = "wrong"
"""Client secret or refresh token that every OAuth source here refuses; any other is accepted."""


def json_answer(body: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; header names take `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(orjson.dumps(body), status=status, headers=named)


def day_of(path: Path) -> str:
    """The day in a file's or folder's name."""
    match = _DAY.search(path.name)
    return match[0] if match else ""


def stamp(day: str) -> datetime:
    """Noon of a day: when its file was last modified."""
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)


def newest(paths: Iterable[Path], day: str) -> Path | None:
    """The file of the newest day that is not after `day`; of all days where `day` is ''."""
    dated = [path for path in paths if day_of(path) and (not day or day_of(path) <= day)]
    return max(dated, key=lambda path: (day_of(path), path.name), default=None)


def body_of(path: Path) -> bytes:
    """A file's bytes, unpacked where it is a .gz."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@lru_cache(maxsize=64)
def _parsed(path: Path, _written_at: int) -> Any:
    return orjson.loads(path.read_bytes())


def parsed(path: Path, default: Any = None) -> Any:
    """A JSON file, read again only when it was written again; `default` where there is none."""
    return _parsed(path, path.stat().st_mtime_ns) if path.is_file() else default


def table(path: Path | None, *, columns: tuple[str, ...] | None = None) -> list[dict[str, str]]:
    """A CSV file's rows by column; none where there is no file."""
    if path is None or not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, fieldnames=columns))


def number(text: str | None) -> float | None:
    """A number, or None for an empty cell."""
    return float(text) if text else None


def stable_id(*parts: str) -> int:
    """An id derived from names; 48 bits, so that 150,000 of them do not collide."""
    return int(hashlib.sha256("/".join(parts).encode()).hexdigest()[:12], 16)


def fields(request: Request) -> dict[str, Any]:
    """The body of a request: a JSON object or a form; empty where it is neither."""
    if request.body.lstrip()[:1] != b"{":
        return dict(parse_qsl(request.body.decode("utf-8", "replace")))
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def basic_client(request: Request) -> tuple[str, str]:
    """Client id and secret of an HTTP Basic header; empty where there is none."""
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, secret = b64decode(packed, validate=True).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return "", ""
    return (user, secret) if scheme.lower() == "basic" else ("", "")


def token(source: str, client: str) -> str:
    """Access token of a client, verifiable without stored state."""
    return f"{client}.{_seal(source, client)}"


def _seal(source: str, client: str) -> str:
    return hashlib.sha256(f"replay/{source}/{client}".encode()).hexdigest()[:32]


def is_issued(source: str, text: str) -> bool:
    """True if `token` issued it for the source."""
    client, _, seal = text.rpartition(".")
    return bool(client) and seal == _seal(source, client)


def bearer(request: Request) -> str:
    """The token of an Authorization header; what follows a comma (Amazon's version) is no part of it."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    return rest.split(",")[0].strip() if scheme.lower() == "bearer" else ""


def whole(query: Mapping[str, Any], name: str, default: int) -> int:
    """A number of a query, or -1 where it is none."""
    text = str(query.get(name, default))
    return int(text) if text.isdecimal() else -1
