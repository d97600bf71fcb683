"""YGOJSON's release: one zip of aggregated files, which GitHub serves from another host."""

from functools import lru_cache
from pathlib import Path

import orjson

from arb_pipeline.simulator.deterministic_zip import zipped
from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request

RELEASE = "/iconmaster5326/YGOJSON/releases/download/v1/aggregate.zip"
ASSET = "/release-assets/aggregate.zip"
VERBATIM = ("sealedProducts.json", "distributions.json", "meta.json")


def answer(folder: Path, request: Request) -> Answer:
    """The redirect to the zip, and the zip."""
    root = folder / "yugioh/ygojson"
    if request.path not in {RELEASE, ASSET} or not root.is_dir():
        return NOT_FOUND
    if request.path == RELEASE:
        return Answer(b"", "text/html", 302, {"Location": f"{request.origin}{ASSET}"})
    return Answer(_aggregate(root), "application/octet-stream")


@lru_cache(maxsize=2)
def _aggregate(root: Path) -> bytes:
    cards = orjson.loads((root / "cards_lookup.json").read_bytes())
    sets = [orjson.loads(path.read_bytes()) for path in sorted((root / "sets").glob("*.json"))]
    members = {"cards.json": orjson.dumps(list(cards.values())), "sets.json": orjson.dumps(sets)}
    return zipped(
        members | {name: (root / name).read_bytes() for name in VERBATIM if (root / name).is_file()}
    )
