"""What-if: a buyer's quote, from the service to the model of the route. For the process that calculates."""

from decimal import Decimal

import sqlalchemy as sa

from arb_pipeline.api.models.buyers import BreakEven, PurchaseFigures, WhatIf, WhatIfRequest
from arb_pipeline.api.models.catalogue import OutcomeBar
from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.core.valuation.what_if import Purchase
from arb_pipeline.services import catalogue
from arb_pipeline.services.what_if import FiguresView, value_purchases
from arb_pipeline.settings import Settings


def value(settings: Settings, engine: sa.Engine, body: WhatIfRequest) -> WhatIf:
    """The value of the quote. Called in a worker."""
    with engine.connect() as connection:
        product_id = catalogue.resolve(connection, str(body.product_id or body.product)).product_id
    purchase = Purchase(
        product_id,
        int(body.price * 100),
        body.quantity,
        int((body.shipping or Decimal(0)) * 100),
    )
    try:
        valued = value_purchases(
            settings, [purchase], day=body.as_of, channels=body.channels or (), chance=body.chance
        )[0]
    except KeyError:
        message = f"The product {product_id} is not in the catalogue that analyses read"
        raise NotFoundError(message, next_step="It is valued once a source lists its contents.") from None
    return WhatIf(
        product_id=valued.product_id,
        name=valued.name,
        set_code=valued.set_code,
        category=valued.category,
        as_of=valued.as_of,
        quantity=valued.quantity,
        reason=valued.reason,
        currency="USD",
        one=_figures(valued.one),
        all=_figures(valued.all),
        market_price=valued.market_price,
        cheapest_offer=valued.cheapest_offer,
        cheapest_source=valued.cheapest_source,
        priced_share=valued.priced_share,
        confidence_score=valued.confidence_score,
        risk_level=valued.risk_level,
        competition_level=valued.competition_level,
        flags=list(valued.flags),
        is_suspect=valued.is_suspect if valued.all else None,
        is_worth_buying=valued.is_worth_buying if valued.all else None,
        why=valued.why,
    )


def _figures(figures: FiguresView | None) -> PurchaseFigures | None:
    if figures is None:
        return None
    money = (
        *("cost", "gross", "net", "profit", "mean", "sd", "contents_sd", "price_sd", "p5", "p50", "p95"),
        *("quick_sale", "cash", "resale"),
    )
    return PurchaseFigures(
        pieces=figures.pieces,
        horizon_days=figures.horizon_days,
        margin_percentage=figures.margin_percentage,
        p_profit=figures.p_profit,
        **{name: getattr(figures, name) for name in money},
        break_even=[BreakEven.model_validate(level.model_dump()) for level in figures.break_even],
        outcome=[
            OutcomeBar(low=round(bar.low, 2), high=round(bar.high, 2), chance=bar.chance)
            for bar in figures.outcome
        ],
    )
