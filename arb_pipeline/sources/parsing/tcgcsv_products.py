"""TCGCSV's copies of TCGplayer's groups (sets) and products."""

from arb_pipeline.sources.parsing import SHOWN, LayoutError, Record, Records, json_object, records_in

SOURCE = "TCGCSV"
GROUP = ("groupId", "name", "abbreviation", "isSupplemental", "publishedOn", "modifiedOn", "categoryId")
PRODUCT = ("productId", "name", "cleanName", "groupId", "categoryId", "url", "modifiedOn")
PRESALE = ("isPresale", "releasedOn")
OF_A_CARD = {"Rarity": "rarity", "Number": "number"}
"""Keys of `extendedData` that cards have and sealed products do not."""


def groups(body: bytes) -> Records:
    """The groups of a category."""
    return ({field: group.get(field) for field in GROUP} for group in _results(body))


def products(body: bytes) -> Records:
    """The products of a group, cards and sealed ones."""
    return (_product(product) for product in _results(body))


def _product(product: Record) -> Record:
    presale = product.get("presaleInfo") or {}
    extended = product.get("extendedData") or []
    if not isinstance(presale, dict) or not all(isinstance(entry, dict) for entry in extended):
        msg = f"{SOURCE}'s product {product.get('productId')} has another layout: {str(product)[:SHOWN]!r}"
        raise LayoutError(msg)
    facts = {entry.get("name"): entry.get("value") for entry in extended}
    card = {ours: facts.get(theirs) for theirs, ours in OF_A_CARD.items()}
    return {
        **{field: product.get(field) for field in PRODUCT},
        **{field: presale.get(field) for field in PRESALE},
        **card,
        "is_sealed": not any(card.values()),
    }


def _results(body: bytes) -> list[Record]:
    """All results of an envelope that reports success."""
    envelope = json_object(body, source=SOURCE)
    results = records_in(envelope, "results", source=SOURCE)
    if envelope.get("success") is not True or envelope.get("errors"):
        envelope_fields = {key: envelope.get(key) for key in ("success", "errors")}
        msg = f"{SOURCE} answered {str(envelope_fields)[:SHOWN]}"
        raise LayoutError(msg)
    # A group without products has neither a count nor an empty list (tcgcsv issue 6).
    total = envelope.get("totalItems", None if results else 0)
    if not isinstance(total, int) or len(results) < total:
        msg = f"{SOURCE} answered {len(results)} of {total!r} results: the file is cut or has another layout"
        raise LayoutError(msg)
    return results
