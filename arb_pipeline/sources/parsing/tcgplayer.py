"""TCGplayer's own API: groups, products and prices, all in one envelope of pages."""

from typing import Any

from arb_pipeline.sources.parsing import LayoutError, Record, Records, json_object, records_in

REQUIRED = {
    "price": ("productId", "subTypeName"),
    "product": ("productId", "name", "categoryId", "groupId"),
    "group": ("groupId", "name"),
}


def rows(body: bytes, *, may_be_none: bool = False) -> Records:
    """The results, without what is nested in them. Raises `LayoutError`.

    `may_be_none`: the answer had status 404, by which the API marks an empty result.
    """
    for row in results(body, may_be_none=may_be_none):
        yield {key: value for key, value in row.items() if not isinstance(value, (dict, list))}


def results(body: bytes, *, may_be_none: bool = False) -> list[Record]:
    """The results as they are. Raises `LayoutError`."""
    envelope = json_object(body, source="tcgplayer")
    records = records_in({"results": [], **envelope}, "results", source="tcgplayer")
    if _is_good(envelope) or (may_be_none and not records and envelope.get("errors")):
        return records
    errors = str(envelope.get("errors"))[:120]
    msg = f"tcgplayer answered without success, errors {errors}; it has {sorted(envelope)}"
    raise LayoutError(msg)


def total(body: bytes) -> int:
    """Number of results over all pages."""
    return int(json_object(body, source="tcgplayer").get("totalItems") or 0)


def _is_good(envelope: dict[str, Any]) -> bool:
    return envelope.get("success") is True and "results" in envelope
