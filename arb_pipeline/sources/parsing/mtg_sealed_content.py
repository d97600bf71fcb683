"""mtgjson/mtg-sealed-content as GitHub packs it: a tar.gz of YAML files, of products and of contents."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import yaml

from arb_pipeline.sources.archives import MEBIBYTE, Limits, members
from arb_pipeline.sources.parsing import Record, Records

FILE = "mtg-sealed-content.tar.gz"
LIMITS = Limits(member_bytes=16 * MEBIBYTE, total_bytes=512 * MEBIBYTE)
DETAILS = ("category", "subtype", "release_date", "language")
FAULTS = (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)
"""Exceptions raised for a file that is not the source's."""


TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.CSafeLoader):  # type: ignore[misc] - PyYAML is not typed
    """Leaves days as text: the invalid `0000-00-00` loses its product's day, not the file."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
    for letter, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def yaml_files(file: BinaryIO, kind: str) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of the files of a kind, `products` or `contents`. Raises `LayoutError`."""
    for name, body in members(file, rf"[^/]+/data/{kind}/[^/]+\.yaml", limits=LIMITS):
        yield name.rpartition("/")[2], body


def entries(body: bytes) -> list[tuple[str, str, Any]]:
    """(set code, name, record) of a file. Raises one of `FAULTS`."""
    document = yaml.load(body.decode("utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    code, listed = str(document["code"]).lower(), document.get("products") or {}
    return [(code, str(name), record) for name, record in listed.items()]


def products(file: BinaryIO) -> Records:
    """Each sealed product: code, name, category, its ids at marketplaces. Raises `LayoutError`."""
    for record, entry in _records(file, "products"):
        details = entry if isinstance(entry, dict) else {}
        identifiers = details.get("identifiers")
        ids = identifiers if isinstance(identifiers, dict) else {}
        yield {**record, **{field: details.get(field) for field in DETAILS}, **ids}


def contents(file: BinaryIO) -> Records:
    """Each product's contents: code, name, and the kinds of its parts. Raises `LayoutError`."""
    for record, entry in _records(file, "contents"):
        yield {**record, "parts": sorted(map(str, entry)) if isinstance(entry, dict) else None}


def _records(file: BinaryIO, kind: str) -> Iterator[tuple[Record, Any]]:
    """Records of a file. An unreadable file is one record without code and name; many stop the crawl."""
    for name, body in yaml_files(file, kind):
        try:
            for code, product, record in entries(body):
                yield {"file": name, "code": code, "name": product}, record
        except FAULTS:
            yield {"file": name, "code": None, "name": None}, None
