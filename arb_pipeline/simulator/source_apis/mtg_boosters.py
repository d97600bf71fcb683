"""taw/magic-sealed-data on raw.githubusercontent.com: every booster in one list."""

import json
from pathlib import Path

import orjson

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request

PATH = "/taw/magic-sealed-data/refs/heads/master/sealed_basic_data.json"


def answer(folder: Path, request: Request) -> Answer:
    """The objects of the booster files."""
    files = sorted((folder / "mtg/boosters/booster").glob("*.json"))
    if request.path != PATH or not files:
        return NOT_FOUND
    boosters = [{**json.loads(file.read_text("utf-8")), "code": file.stem} for file in files]
    return Answer(orjson.dumps(boosters), "text/plain; charset=utf-8")  # as GitHub labels raw files
