"""Effects of a change before it is saved."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from arb_pipeline.api.models.base import Body, Money, View
from arb_pipeline.api.models.catalogue import Currency

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,80}$")]


class ParameterPreviewRequest(Body):
    """A value of a parameter to try."""

    group: Word
    key: Word
    value: Any


class ParameterEffectRow(View):
    """A product that would join or leave the list."""

    product_id: UUID
    name: str
    currency: Currency
    profit: Money | None
    margin_percentage: float | None


class ParameterEffect(View):
    """The newest day's list under the present parameters, and with the other value."""

    as_of: date
    products: int
    values_changed: int = Field(description="Products with another net value.")
    published_before: int
    published_after: int
    gained: list[ParameterEffectRow] = Field(description="Would join the list, best first.")
    lost: list[ParameterEffectRow] = Field(description="Would leave it, best first.")
    note: str | None = Field(description="What the figures leave out; null: nothing.")


class AlertRulePreviewRequest(Body):
    """A rule as in the rule file, without its name."""

    rule: dict[str, Any]


class AlertRulePreviewRow(View):
    """An opportunity that would trigger a message."""

    opportunity_id: UUID
    name: str
    currency: Currency
    sealed_price: Money
    profit: Money
    margin_percentage: float
    p_profit: float | None


class AlertRulePreview(View):
    """The opportunities that the rule alerts on, best profit first."""

    opportunities: int = Field(description="Current opportunities, whether the rule fits them or not.")
    targets: list[str]
    items: list[AlertRulePreviewRow]
