"""eBay's and Amazon's listings of the sealed products, with similar listings that must not match."""

from collections.abc import Iterator
from typing import Any

from arb_pipeline.simulator.cards import MAGIC, POKEMON, YUGIOH
from arb_pipeline.simulator.marketplaces.market_view import Offered, Scene

GAMES = {MAGIC: "Magic the Gathering MTG", YUGIOH: "Yu-Gi-Oh! TCG", POKEMON: "Pokemon TCG"}
TITLES = ("{game} {name} Factory Sealed", "{name} - NEW SEALED - {game}", "{game}: {name} English Brand New")
WRONG = (
    ("{game} {name} REPACK Mystery - chance at a sealed box!", 0.1, "1000"),
    ("{name} EMPTY BOX ONLY no packs {game}", 0.05, "3000"),
    ("LOT OF 3 {game} {name} Sealed", 3.2, "1000"),
    ("{game} {name} JAPANESE Factory Sealed", 0.6, "1000"),
    ("{game} {name} opened, cards only, no box", 0.5, "3000"),
)
"""Title, price as a share of the real one's, eBay's condition id."""
CONDITIONS = {"1000": "New", "3000": "Used"}
BOXES = {"categoryId": "261044", "categoryName": "CCG Sealed Boxes"}
GAMES_ROOT = {"categoryId": "2536", "categoryName": "CCG & TCG Games"}
ON_AMAZON_EVERY = 4
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
IN_STOCK, OUT_OF_STOCK = "IN_STOCK", "OUT_OF_STOCK"
US_MARKETPLACE = "ATVPDKIKX0DER"


def write(scene: Scene) -> None:
    """ebay/ and amazon/."""
    offers = [offer for product in scene.sealed for offer in _on_ebay(scene, product)]
    scene.document("ebay/item_summaries.json", offers)
    on_amazon = {_asin(scene): product for product in scene.sealed[::ON_AMAZON_EVERY]}
    prices = {
        asin: product.cents[-1] * scene.rng.uniform(1.02, 1.3) / 100 for asin, product in on_amazon.items()
    }
    items = [
        _item(scene, asin, product, prices[asin], n) for n, (asin, product) in enumerate(on_amazon.items())
    ]
    scene.document("amazon/items.json", items)
    scene.document(
        "amazon/sp_offers.json", {asin: _payload(asin, dollars) for asin, dollars in prices.items()}
    )


def _on_ebay(scene: Scene, product: Offered) -> Iterator[dict[str, Any]]:
    """Two to four listings of the product; for every second product also one that must not match."""
    rng = scene.rng
    for _ in range(rng.randint(2, 4)):
        yield _summary(scene, product, rng.choice(TITLES), rng.uniform(1.02, 1.35), "1000")
    if rng.random() < 0.5:  # noqa: PLR2004
        yield _summary(scene, product, *rng.choice(WRONG))


def _summary(scene: Scene, product: Offered, title: str, share: float, condition: str) -> dict[str, Any]:
    rng, legacy = scene.rng, str(scene.rng.randrange(10**11, 10**12))
    price = _money(product.cents[-1] * share / 100)
    created = f"{scene.days[-rng.randint(1, 9)]}T{rng.randrange(24):02d}:17:00.000Z"
    is_auction = rng.random() < 0.1  # noqa: PLR2004
    sale: dict[str, Any] = {"buyingOptions": ["FIXED_PRICE"]}
    if is_auction:
        sale = {"currentBidPrice": price, "bidCount": rng.randint(1, 20), "buyingOptions": ["AUCTION"]}
    shipping = {"shippingCostType": "FIXED", "shippingCost": _money(rng.choice((0, 0, 4.99, 9.99)))}
    if rng.random() < 0.1:  # noqa: PLR2004
        shipping = {"shippingCostType": "CALCULATED"}
    web = f"https://www.ebay.example.invalid/itm/{legacy}"
    return {
        "itemId": f"v1|{legacy}|0",
        "legacyItemId": legacy,
        "title": title.format(game=GAMES[product.category_id], name=product.name),
        "leafCategoryIds": [BOXES["categoryId"]],
        "categories": [BOXES, GAMES_ROOT],
        "price": price,
        **sale,
        "shippingOptions": [shipping],
        "condition": CONDITIONS[condition],
        "conditionId": condition,
        "seller": {
            "username": f"demo_seller_{rng.randrange(400)}",
            "feedbackPercentage": f"{rng.uniform(96, 100):.1f}",
            "feedbackScore": rng.randint(3, 90_000),
        },
        "itemLocation": {"postalCode": f"{rng.randrange(100, 999)}**", "country": "US"},
        "itemWebUrl": web,
        "itemCreationDate": created,
        "itemOriginDate": created,
        "listingMarketplaceId": "EBAY_US",
    }


def _money(dollars: float) -> dict[str, str]:
    return {"value": f"{dollars:.2f}", "currency": "USD"}


def _asin(scene: Scene) -> str:
    return "B0" + "".join(scene.rng.choices(ALPHABET, k=8))


def _item(scene: Scene, asin: str, product: Offered, dollars: float, rank: int) -> dict[str, Any]:
    """An item; every seventh is sold out, every ninth has no offer at all."""
    url = f"https://www.amazon.example.invalid/dp/{asin}"
    title = {
        "displayValue": f"{GAMES[product.category_id]} {product.name}",
        "label": "title",
        "locale": "en_US",
    }
    item: dict[str, Any] = {"asin": asin, "detailPageURL": url, "itemInfo": {"title": title}}
    if rank % 9 == 8:  # noqa: PLR2004
        return item
    amount = round(float(dollars), 2)
    listing = {
        "availability": {
            "maxOrderQuantity": 1,
            "minOrderQuantity": 1,
            "type": OUT_OF_STOCK if rank % 7 == 6 else IN_STOCK,  # noqa: PLR2004
        },
        "condition": {"conditionNote": "", "subCondition": "Unknown", "value": "New"},
        "isBuyBoxWinner": True,
        "merchantInfo": {"name": scene.rng.choice(("Amazon.com", "Demo Games and More"))},
        "price": {"money": {"amount": amount, "currency": "USD", "displayAmount": f"${amount:.2f}"}},
        "violatesMAP": False,
    }
    return {**item, "offersV2": {"listings": [listing]}}


def _payload(asin: str, dollars: float) -> dict[str, Any]:
    """The Selling Partner API's answer for the same item: one offer, with free postage."""
    amount = {"CurrencyCode": "USD", "Amount": round(float(dollars), 2)}
    prices = {"ListingPrice": amount, "Shipping": {"CurrencyCode": "USD", "Amount": 0.0}}
    kind = {"condition": "new", "fulfillmentChannel": "Merchant"}
    offer = {
        **prices,
        "ShippingTime": {"maximumHours": 48, "minimumHours": 24, "availabilityType": "NOW"},
        "SellerFeedbackRating": {"FeedbackCount": 512, "SellerPositiveFeedbackRating": 98.0},
        "ShipsFrom": {"State": "WA", "Country": "US"},
        "SubCondition": "new",
        "IsFeaturedMerchant": True,
        "IsBuyBoxWinner": True,
        "SellerId": "AXXXXXXXXXXXXX",
        "IsFulfilledByAmazon": False,
    }
    return {
        "ASIN": asin,
        "status": "Success",
        "ItemCondition": "New",
        "Identifier": {"MarketplaceId": US_MARKETPLACE, "ItemCondition": "New", "ASIN": asin},
        "Summary": {
            "LowestPrices": [{**kind, "LandedPrice": amount, **prices}],
            "NumberOfOffers": [kind],
            "BuyBoxEligibleOffers": [kind],
            "TotalOfferCount": 1,
        },
        "Offers": [offer],
        "marketplaceId": US_MARKETPLACE,
    }
