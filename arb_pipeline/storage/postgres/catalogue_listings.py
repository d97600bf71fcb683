"""The lists of products, prices, valuations and opportunities."""

from arb_pipeline.storage.postgres.buyer_tables import SEARCHED
from arb_pipeline.storage.postgres.listings import Listing, Sort, columns_of, texts_of
from arb_pipeline.storage.postgres.tables import (
    arbitrage_opportunities,
    opportunity_events,
    price_history,
    products,
    sealed_valuations,
    valuation_singles,
)

NOT_PASSED_ON = ("ebay", "amazon", "amazon_sp")
"""Sources whose terms forbid redistribution of their prices: exports leave them out."""
_FORBIDDEN = ", ".join(f"'{name}'" for name in NOT_PASSED_ON)
NUMBER, LOWEST = "numeric", "'-Infinity'"
TCGPLAYER_PAGE = "'https://www.tcgplayer.com/product/' || p.tcg_product_id"
TCGPLAYER_PICTURE = "'https://tcgplayer-cdn.tcgplayer.com/product/' || p.tcg_product_id || '_200w.jpg'"
IS_NUMBER = "p.tcg_product_id ~ '^[0-9]+$'"
IMAGE = f"coalesce(p.image_url, CASE WHEN {IS_NUMBER} THEN {TCGPLAYER_PICTURE} END)"
IS_OF_USER = "EXISTS (SELECT 1 FROM user_products u WHERE u.product_id = p.id)"
PAGE = f"CASE WHEN {IS_NUMBER} THEN {TCGPLAYER_PAGE} END"
SEARCH = (
    (
        f"{SEARCHED.replace('set_code', 'p.set_code').replace('set_name', 'p.set_name')}"
        " @@ to_tsquery('simple', nullif(regexp_replace(btrim(search_words(%(q)s)), ' +', ':* & ', 'g'), '')"
        " || ':*')"
    )
    .replace(" name::text", " p.name::text")
    .replace("(kind,", "(p.kind,")
)

PRODUCT_NAMES = {
    "name": "p.name",
    "set_name": "p.set_name",
    "set_code": "p.set_code",
    "category": "p.category",
    "kind": "p.kind",
    "tcg_product_id": "p.tcg_product_id",
    "image_url": IMAGE,
    "product_url": PAGE,
}
"""Fields that identify a product to users; `p` is products."""

PRODUCTS = Listing(
    name="products",
    tables="products p",
    key="p.id",
    key_kind="uuid",
    columns={
        **columns_of(products, "p"),
        "image_url": IMAGE,
        "product_url": PAGE,
        "origin": f"CASE WHEN {IS_OF_USER} THEN 'user' ELSE 'source' END",
    },
    filters={
        "q": SEARCH,
        "category": "p.category = %(category)s",
        "set_code": "lower(p.set_code) = lower(%(set_code)s)",
        "product_type": "p.product_type = %(product_type)s",
        "kind": "p.kind = %(kind)s",
        "is_active": "p.is_active = %(is_active)s",
        "is_featured": "p.is_featured = %(is_featured)s",
        "origin": {"user": IS_OF_USER, "source": f"NOT {IS_OF_USER}"},
    },
    sorts={
        "name": Sort("p.name", "text"),
        "release_date": Sort("coalesce(p.release_date, '-infinity'::date)", "date"),
        "updated_at": Sort("p.updated_at", "timestamptz"),
    },
    scopes=("catalogue",),
    texts=texts_of(products),
)

PRICES = Listing(
    name="price-history",
    tables="price_history h",
    key="h.id",
    key_kind="uuid",
    columns=columns_of(price_history, "h"),
    filters={
        "source": "h.source = %(source)s",
        "price_type": "h.price_type = %(price_type)s",
        "printing": "h.printing = %(printing)s",
    },
    sorts={"recorded_at": Sort("h.recorded_at", "timestamptz")},
    where="h.product_id = %(product_id)s AND h.recorded_at >= %(since)s AND h.recorded_at < %(until)s",
    scopes=("prices",),
    texts=texts_of(price_history),
    export_where=f"h.source NOT IN ({_FORBIDDEN})",
)


def _source_url(alias: str, product: str) -> str:
    """Page of the cheapest offer: TCGplayer's by id, another source's as the newest price states it."""
    return (
        f"CASE WHEN {alias}.sealed_source = 'tcgplayer' THEN {PAGE} ELSE (SELECT h.source_url"  # noqa: S608 - declared above
        f" FROM price_history h WHERE h.product_id = {product} AND h.source = {alias}.sealed_source"
        f" AND h.recorded_at >= {alias}.as_of - 4 AND h.recorded_at < {alias}.as_of + 1"
        " AND h.source_url IS NOT NULL ORDER BY h.recorded_at DESC LIMIT 1) END"
    )


def _filters(alias: str) -> dict[str, str]:
    return {
        "q": SEARCH,
        "category": "p.category = %(category)s",
        "set_code": "lower(p.set_code) = lower(%(set_code)s)",
        "kind": "p.kind = %(kind)s",
        "source": f"{alias}.sealed_source = %(source)s",
        "risk": f"{alias}.risk_level = %(risk)s",
        "flag": f"%(flag)s = ANY({alias}.flags)",
        "min_margin": f"{alias}.margin_percentage >= %(min_margin)s",
        "max_margin": f"{alias}.margin_percentage <= %(max_margin)s",
        "min_profit": f"{alias}.profit >= %(min_profit)s",
        "max_profit": f"{alias}.profit <= %(max_profit)s",
        "min_p_profit": f"{alias}.p_profit >= %(min_p_profit)s",
        "min_confidence": f"{alias}.confidence_score >= %(min_confidence)s",
        "min_price": f"{alias}.sealed_price >= %(min_price)s",
        "max_price": f"{alias}.sealed_price <= %(max_price)s",
    }


def _sorts(alias: str) -> dict[str, Sort]:
    numbers = {
        "margin": "margin_percentage",
        "profit": "profit",
        "p_profit": "p_profit",
        "confidence": "confidence_score",
        "price": "sealed_price",
    }
    return {
        "rank": Sort(f"coalesce({alias}.rank_score, {LOWEST})", "double precision"),
        "name": Sort("p.name", "text"),
        **{name: Sort(f"coalesce({alias}.{column}, {LOWEST})", NUMBER) for name, column in numbers.items()},
    }


OPPORTUNITIES = Listing(
    name="opportunities",
    # Every row has its product: a left join is the same, and left out where nothing of the product is wanted.
    tables="arbitrage_opportunities o LEFT JOIN products p ON p.id = o.sealed_product_id",
    key="o.id",
    key_kind="uuid",
    columns={
        **PRODUCT_NAMES,
        **columns_of(arbitrage_opportunities, "o"),
        "currency": "'USD'",
        "source_url": _source_url("o", "o.sealed_product_id"),
    },
    filters={
        **_filters("o"),
        "status": "o.status = %(status)s",
        "product_id": "o.sealed_product_id = %(product_id)s",
    },
    sorts={**_sorts("o"), "updated_at": Sort("o.updated_at", "timestamptz")},
    scopes=("opportunities", "catalogue", "prices"),
    texts=texts_of(arbitrage_opportunities, products) | {"source_url"},
    export_where=f"coalesce(o.sealed_source, '') NOT IN ({_FORBIDDEN})",
)

VALUATIONS = Listing(
    name="valuations",
    tables="sealed_valuations v LEFT JOIN products p ON p.id = v.product_id",
    key="v.product_id",
    key_kind="uuid",
    columns={
        **PRODUCT_NAMES,
        **columns_of(sealed_valuations, "v"),
        "currency": "'USD'",
        "source_url": _source_url("v", "v.product_id"),
    },
    filters={**_filters("v"), "published": "v.published = %(published)s"},
    sorts=_sorts("v"),
    where="v.as_of = coalesce(%(as_of)s, (SELECT max(as_of) FROM sealed_valuations))",
    scopes=("analysis", "catalogue", "prices"),
    texts=texts_of(sealed_valuations, products) | {"source_url"},
    export_where=f"coalesce(v.sealed_source, '') NOT IN ({_FORBIDDEN})",
)

EVENTS = Listing(
    name="events",
    tables="opportunity_events e",
    key="e.id",
    key_kind="uuid",
    columns=columns_of(opportunity_events, "e"),
    filters={},
    sorts={"created_at": Sort("e.created_at", "timestamptz")},
    where="e.opportunity_id = %(opportunity_id)s",
    scopes=("opportunities",),
)

TOP_CARDS = {
    **columns_of(valuation_singles, "s", without=("product_id", "as_of", "created_at", "updated_at")),
    "name": "p.name",
    "set_code": "p.set_code",
    "rarity": "(SELECT max(m.rarity) FROM product_singles m WHERE m.sealed_product_id = s.product_id"
    " AND m.single_product_id = s.single_product_id)",
    "image_url": IMAGE,
    "product_url": PAGE,
}
"""Fields of a valuation's highest-value cards; `s` is valuation_singles, `p` the card."""
