"""A distributor's price lists: the files of `distributor/`, each under its name."""

from mimetypes import guess_type
from pathlib import Path

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request


def answer(folder: Path, request: Request) -> Answer:
    """The price list of that name."""
    root, name = folder / "distributor", request.path.removeprefix("/")
    if not root.is_dir() or name not in {path.name for path in root.iterdir() if path.is_file()}:
        return NOT_FOUND
    return Answer((root / name).read_bytes(), guess_type(name)[0] or "application/octet-stream")
