"""Products, their prices, valuations, contents, outcomes and offers."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from arb_pipeline.api.models.base import CLEAN, FILLED, Body, Flag, Line, Money, Page, Utc, View, row_base
from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.enums import ProductType
from arb_pipeline.storage.postgres.tables import price_history, products, sealed_valuations, valuation_singles

Currency = Annotated[str, Field(description="ISO 4217 code of the amounts.", examples=["USD"])]
Link = Annotated[
    str | None, Field(description="Page of the offer at its source; null where the source has none.")
]


class ProductNames(View):
    """Names that identify a product."""

    name: str = Field(description="As the source writes it.")
    set_name: str | None = Field(description="Name of the set or expansion.")
    set_code: str | None = Field(description="Code of the set, such as MH3.")
    category: Category
    kind: str | None = Field(description="booster_box, deck, card, ...")
    tcg_product_id: str | None = Field(description="Id at TCGplayer.")
    image_url: str | None = Field(description="Picture; TCGplayer's where no other is known.")
    product_url: str | None = Field(description="The product's page at TCGplayer.")


class Product(row_base(products)):  # type: ignore[misc]
    """One sealed product or single card."""

    product_url: str | None = Field(description="The product's page at TCGplayer.")
    origin: Literal["source", "user"] = Field(
        description="source: a source lists it. user: a user created it, and reloads leave it alone."
    )


class ProductPage(Page[Product]):
    """One page of products."""


class Price(row_base(price_history)):  # type: ignore[misc]
    """One price observation."""


class PricePage(Page[Price]):
    """One page of a product's price history, newest first."""


class Valuation(row_base(sealed_valuations), ProductNames):  # type: ignore[misc]
    """One sealed product as valued on a day. Nulls: not enough data."""

    currency: Currency
    source_url: Link


class ValuationPage(Page[Valuation]):
    """One page of a day's valuations, published or not."""


class TopCard(
    row_base(valuation_singles, without=("product_id", "as_of", "created_at", "updated_at"))  # type: ignore[misc]
):
    """A card that contributes most to the value of a product."""

    name: str
    set_code: str | None
    rarity: str | None = Field(description="As printed, where a list of contents states it.")
    image_url: str | None
    product_url: str | None


class ConfidenceFactor(View):
    """One of the four factors of the confidence score."""

    name: str
    value: float = Field(description="0 to 1.")
    weight: float = Field(description="Share of the score.")
    is_missing: bool = Field(description="True where there was no data; the value is then the default.")


class ValuationDetail(Valuation):
    """A valuation with its components."""

    top_cards: list[TopCard] = Field(description="Highest-value cards, best first.")
    confidence_factors: list[ConfidenceFactor]


class ContentsPart(View):
    """One part of a product's contents, with the parts inside it."""

    kind: str = Field(description="sealed, pack, deck, card, variable, other.")
    label: str
    count: int
    chance: str = Field(description="Empty for certain; `1 of 5` for an alternative of a mixture.")
    parts: list["ContentsPart"]


class ContentsValue(View):
    """Expected copies and value of one pack kind, or of the guaranteed cards."""

    part: str
    copies: float
    gross: Money | None = Field(description="Expected copies x reference price.")
    net: Money | None = Field(description="Expected copies x net of the best exit channel.")


class Contents(View):
    """Contents of a product."""

    product_id: UUID
    as_of: date | None = Field(description="Day of the prices behind the amounts.")
    is_complete: bool = Field(description="Whether all contents are known.")
    unknown_parts: list[str]
    tree: list[ContentsPart]
    values: list[ContentsValue] = Field(description="Largest net first.")
    set_names: dict[str, str] = Field(description="Names of the sets whose codes the packs name.")
    currency: Currency


class OutcomeBar(View):
    """One bar of a distribution."""

    low: Money
    high: Money
    chance: float = Field(description="Probability that the net value lies in [low, high).")


class Exit(View):
    """An exit: a way to sell the contents, or the sealed product itself."""

    name: Literal["patient", "quick", "cash", "resale"]
    value: Money | None
    profit: Money | None = Field(description="value - cost.")
    margin_percentage: float | None


class ProductOutcome(View):
    """Net value of one opened product, with its cost and exits."""

    product_id: UUID
    as_of: date
    currency: Currency
    cost: Money | None = Field(description="Cheapest landed cost.")
    mean: Money | None
    sd: Money | None
    p5: Money | None
    p50: Money | None
    p95: Money | None
    p_profit: float | None
    bars: list[OutcomeBar] = Field(description="Empty where the product has no value.")
    exits: list[Exit]


class Offer(View):
    """One offer of a sealed product, and its exclusion reason."""

    source: str
    source_product_id: str | None
    price: Money
    shipping: Money | None
    landed: Money | None = Field(description="Price + shipping + tax.")
    currency: Currency
    is_shipping_stated: bool = Field(description="False: the shipping is the parameters' default.")
    sellers: int | None
    quantity: int | None
    moq: int | None = Field(description="Pieces that have to be ordered at least.")
    recorded_at: Utc
    source_url: Link
    exclusion_reason: str | None = Field(description="Why it is not the price; null: it can be bought.")
    is_price: bool = Field(description="Whether it is the offer that the valuation uses.")


class Offers(View):
    """All offers of a product on a day, cheapest first."""

    product_id: UUID
    as_of: date | None
    items: list[Offer]


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), FILLED]
Url = Annotated[str, StringConstraints(max_length=500, pattern=r"^https://[^\s\x00-\x1f]+$")]
MarketplaceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
Asin = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{10}$")]
Description = Annotated[str, StringConstraints(max_length=10_000), CLEAN]


class ProductCreate(Body):
    """A product of your own, beside those that the sources list."""

    name: Name
    product_type: ProductType
    category: Category
    set_name: Annotated[str, StringConstraints(max_length=200), CLEAN] | None = None
    set_code: Annotated[str, StringConstraints(max_length=20), CLEAN] | None = None
    tcg_product_id: MarketplaceId | None = None
    ebay_product_id: MarketplaceId | None = None
    amazon_asin: Asin | None = None
    description: Description | None = None
    image_url: Url | None = None


class ProductUpdate(Body):
    """Changes of a product; absent fields stay unchanged. Ids need a reason and outlive every reload."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    is_featured: Flag | None = None
    is_active: Flag | None = None
    description: Description | None = None
    image_url: Url | None = None
    tcg_product_id: MarketplaceId | None = None
    ebay_product_id: MarketplaceId | None = None
    amazon_asin: Asin | None = None
    reason: Line | None = Field(default=None, description="Required when an id changes.")

    @model_validator(mode="before")
    @classmethod
    def _has_change(cls, value: Any) -> Any:
        if isinstance(value, dict) and not set(value) - {"reason"}:
            msg = (
                f"names nothing to change. Allowed: {', '.join(n for n in cls.model_fields if n != 'reason')}"
            )
            raise ValueError(msg)
        return value
