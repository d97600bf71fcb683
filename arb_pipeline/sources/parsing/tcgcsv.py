"""TCGCSV's daily archive: one JSON file per group of products, at `<day>/<category>/<group>/prices`."""

from codecs import BOM_UTF8

from arb_pipeline.sources.parsing import LayoutError, Records, json_object, records_in

REQUIRED = {"price": ("productId", "subTypeName", "midPrice")}


def day_of_last_update(body: bytes) -> str:
    """The day of `last-updated.txt`, e.g. `2025-10-10T20:05:31+0000` -> `2025-10-10`."""
    body = body.removeprefix(BOM_UTF8)
    day = body[:10].decode("latin-1")
    if not body[:4].isdigit() or day[4:5] != "-" or day[7:8] != "-":
        msg = f"tcgcsv: last-updated.txt holds {body[:80]!r}, expected a time: 2025-10-10T20:05:31+0000"
        raise LayoutError(msg)
    return day


def prices(path: str, body: bytes) -> Records:
    """The price rows of one group's file. Raises `LayoutError`."""
    document = json_object(body, source=f"tcgcsv {path}")
    yield from records_in(document, "results", source=f"tcgcsv {path}")
