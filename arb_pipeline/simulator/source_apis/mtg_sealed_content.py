"""mtgjson/mtg-sealed-content as codeload.github.com packs a branch."""

from pathlib import Path

from arb_pipeline.simulator.replay.archives import tar
from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request

PATH = "/mtgjson/mtg-sealed-content/tar.gz/refs/heads/main"
TOP = "mtg-sealed-content-main"


def answer(folder: Path, request: Request) -> Answer:
    """The YAML files under the folder that GitHub names after repository and branch."""
    root = folder / "mtg/sealed_content"
    files = [
        file for part in ("products", "contents") for file in sorted((root / "data" / part).glob("*.yaml"))
    ]
    if request.path != PATH or not files:
        return NOT_FOUND
    members = {f"{TOP}/{file.relative_to(root).as_posix()}": file.read_bytes() for file in files}
    return Answer(tar(members, "gz"), "application/x-gzip")
