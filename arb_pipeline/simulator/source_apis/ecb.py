"""The European Central Bank's reference rates: `ecb/eurofxref-hist-90d.xml`, cut at the day."""

import re
from pathlib import Path

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import stamp

HISTORY = "eurofxref-hist-90d.xml"
_CUBE = re.compile(r"""<Cube time=["'](\d{4}-\d\d-\d\d)["']>.*?</Cube>""", re.DOTALL)


def answer(folder: Path, request: Request) -> Answer:
    """The newest day's rates, or those of 90 days."""
    name = request.path.removeprefix("/stats/eurofxref/")
    path = folder / "ecb" / HISTORY
    if name not in {HISTORY, "eurofxref-daily.xml"} or not path.is_file():
        return NOT_FOUND
    text = path.read_text("utf-8")
    days = list(_CUBE.finditer(text))
    shown = sorted(
        (cube for cube in days if not request.day or cube[1] <= request.day), key=lambda cube: cube[1]
    )
    if not shown:
        return NOT_FOUND
    kept = reversed(shown) if name == HISTORY else shown[-1:]
    body = text[: days[0].start()] + "".join(cube[0] for cube in kept) + text[days[-1].end() :]
    return Answer(body.encode(), "text/xml", modified=stamp(shown[-1][1]))
