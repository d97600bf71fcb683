"""taw/magic-preconstructed-decks-data on raw.githubusercontent.com: every deck in one list."""

import json
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request

PATH = "/taw/magic-preconstructed-decks-data/refs/heads/master/decks_v2.json"


def answer(folder: Path, request: Request) -> Answer:
    """The records of all deck files."""
    body = decks(folder)
    if request.path != PATH or not body:
        return NOT_FOUND
    return Answer(orjson.dumps(body), "text/plain; charset=utf-8")  # as GitHub labels raw files


def decks(folder: Path) -> list[dict[str, Any]]:
    """In the order of the files."""
    files = sorted((folder / "mtg/precon_decks").glob("*.json"))
    return [deck for file in files for deck in json.loads(file.read_text("utf-8"))]
