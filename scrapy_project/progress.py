"""What a crawl tells its parent while it runs: one JSON object a line, on standard output."""

import sys
from typing import Any

import orjson


def tell(event: str, **content: Any) -> None:
    """Writes one event."""
    sys.stdout.buffer.write(orjson.dumps({"event": event, **content}) + b"\n")
    sys.stdout.buffer.flush()
