"""Booster sheets as taw/magic-sealed-data publishes them: one JSON list of booster configurations."""

from typing import Any, BinaryIO

from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import Records, json_list

SOURCE = "mtg_boosters"
FILE = "sealed_basic_data.json"


def boosters(file: BinaryIO) -> Records:
    """Each booster: code, set_code, name, and how many boosters and sheets it has. Raises `LayoutError`."""
    for booster in json_list(whole(file), source=SOURCE):
        entry = booster if isinstance(booster, dict) else {}
        yield {
            "code": entry.get("code"),
            "set_code": entry.get("set_code"),
            "name": entry.get("name"),
            "boosters": _size(entry.get("boosters")),
            "sheets": _size(entry.get("sheets")),
        }


def _size(parts: Any) -> int | None:
    """None where there is none, so that it counts as missing."""
    return (len(parts) or None) if isinstance(parts, list | dict) else None
