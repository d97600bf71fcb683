"""eBay's Browse API: pages of a search, and single items. Sellers are counted, not identified."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from arb_pipeline.sources.parsing import LayoutError, Record, Records, json_object, records_in
from arb_pipeline.sources.redaction import Edit, edited, gone

# Not the title: eBay's own sandbox leaves it out.
REQUIRED = {"listing": ("item_id", "price", "currency", "url"), "item": ("item_id", "url")}
KEPT_OF_SELLER = ("feedbackPercentage", "feedbackScore", "ordinal")
BY_SELLERS = (
    *("conditionDescription", "description", "returnInstructions", "shortDescription"),
    *("economicOperator", "manufacturer", "responsiblePersons", "sellerCustomPolicies", "sellerLegalInfo"),
)
"""Personal data: names, addresses and sellers' texts."""


class Sellers:
    """Numbers the sellers of one package in order of appearance, which counts without identifying them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._last = 0

    def number(self, name: str) -> int:
        """A seller's number; the next free one for a new name."""
        if name not in self._numbers:
            self._last += 1
            self._numbers[name] = self._last
        return self._numbers[name]

    def after(self, numbers: Iterable[int | None]) -> None:
        """Skips numbers that pages of an earlier crawl hold."""
        self._last = max([self._last, *(number for number in numbers if number)])


def redacted(body: bytes, sellers: Sellers) -> bytes:
    """The answer with each seller's name replaced by a number, and other personal data left out."""

    def seller(value: Any) -> Any:
        given = value if isinstance(value, dict) else {}
        kept = {key: given[key] for key in KEPT_OF_SELLER if key in given}
        name = given.get("username") or given.get("userId")
        return {**kept, "ordinal": sellers.number(str(name))} if name else kept

    def location(value: Any) -> Any:
        country = value.get("country") if isinstance(value, dict) else None
        return {"country": country}

    edits: dict[str, Edit] = {"seller": seller, "itemLocation": location, "username": gone}
    return edited(body, edits | dict.fromkeys(BY_SELLERS, gone), source="ebay")


@dataclass(frozen=True, slots=True)
class Paging:
    """Position of a page in its search."""

    total: int
    """Offers that eBay counts."""
    end: int
    """Offers read, with this page."""
    has_more: bool
    notes: tuple[str, ...] = ()
    """eBay's remarks on the request, e.g. an ignored filter."""


def paging(body: bytes) -> Paging:
    """Position of a page in its search. Raises `LayoutError`."""
    page = json_object(body, source="ebay")
    shown = len(page.get("itemSummaries") or ())
    end = int(page.get("offset") or 0) + shown
    total = int(page.get("total") or end)
    notes = tuple(str(note.get("message", note)) for note in page.get("warnings") or ())
    return Paging(total, end, bool(shown) and (bool(page.get("next")) or end < total), notes)


def listings(body: bytes, *, query: str) -> Records:
    """The offers of a page of a search. Raises `LayoutError`."""
    page = json_object(body, source="ebay")
    if "itemSummaries" not in page and (page.get("total") == 0 or int(page.get("offset") or 0)):
        return  # eBay leaves the key out where nothing was found, or nothing more: its total is an estimate
    for item in records_in(page, "itemSummaries", source="ebay"):
        yield _listing(item, query)


def item(body: bytes, *, may_be_gone: bool = False) -> Records:
    """The one offer of a look-up. Raises `LayoutError`.

    `may_be_gone`: the answer had status 404, by which the API marks an ended item.
    """
    document = json_object(body, source="ebay")
    if may_be_gone and document.get("errors"):
        return
    if "itemId" not in document and "legacyItemId" not in document:
        msg = f"ebay answered without an item; it has {sorted(document)[:12]}"
        raise LayoutError(msg)
    yield _listing(document, None)


def _listing(item: Record, query: str | None) -> Record:
    price, seller = item.get("price") or {}, item.get("seller") or {}
    shipping, shipping_type = _shipping(item.get("shippingOptions") or [], price.get("currency"))
    categories = item.get("leafCategoryIds") or [item[key] for key in ("categoryId",) if key in item]
    return {
        "item_id": item.get("itemId") or f"v1|{item.get('legacyItemId')}|0",
        "title": item.get("title"),
        "price": price.get("value"),
        "currency": price.get("currency"),
        "converted_from_currency": price.get("convertedFromCurrency"),
        "shipping": shipping,
        "shipping_type": shipping_type,
        "landed": _sum(price.get("value"), shipping),
        "condition": item.get("condition"),
        "condition_id": item.get("conditionId"),
        "buying_options": "|".join(item.get("buyingOptions") or ()),
        "item_group_type": item.get("itemGroupType"),
        "seller": seller.get("ordinal"),
        "feedback_score": seller.get("feedbackScore"),
        "feedback_percentage": seller.get("feedbackPercentage"),
        "available_quantity": (item.get("estimatedAvailabilities") or [{}])[0].get(
            "estimatedAvailableQuantity"
        ),
        "country": (item.get("itemLocation") or {}).get("country"),
        "leaf_category_ids": "|".join(categories),
        "url": item.get("itemWebUrl"),
        "query": query,
    }


def _shipping(options: list[Record], currency: str | None) -> tuple[str | None, str | None]:
    """Cost and type of the cheapest option in the price's currency; no cost where none is stated."""
    costs = []
    for option in options:
        cost = option.get("shippingCost") or {}
        if (amount := _decimal(cost.get("value"))) is not None and cost.get("currency") == currency:
            costs.append((amount, cost["value"], option.get("shippingCostType")))
    if costs:
        _, text, kind = min(costs, key=lambda cost: cost[0])
        return text, kind
    return None, options[0].get("shippingCostType") if options else None


def _sum(price: str | None, shipping: str | None) -> str | None:
    """Sum of price and shipping, as text; None where either is unknown."""
    first, second = _decimal(price), _decimal(shipping)
    return None if first is None or second is None else str(first + second)


def _decimal(text: str | None) -> Decimal | None:
    """The number; None for other text, which the record keeps unchanged."""
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
