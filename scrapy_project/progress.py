"""Progress events of a crawl for its parent: one JSON object per line, on standard output."""

import sys
from typing import Any

import orjson


def tell(event: str, **content: Any) -> None:
    """Writes one event."""
    sys.stdout.buffer.write(orjson.dumps({"event": event, **content}) + b"\n")
    sys.stdout.buffer.flush()
