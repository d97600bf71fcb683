"""Query parameters of the lists. Unknown ones are refused."""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from arb_pipeline.api.models.base import CLEAN, FILLED, Day, UtcIn
from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.enums import OpportunityStatus, ProductType, RiskLevel

Search = Annotated[
    str,
    StringConstraints(max_length=200),
    CLEAN,
    Field(description="Every word has to begin a word of set code, set, name or kind: `blb play box`."),
]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,80}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,20}$")]
SIGNED = r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$"


def _signed(value: Any) -> Any:
    if not isinstance(value, str | Decimal) or not re.fullmatch(SIGNED, str(value), re.ASCII):
        msg = "must be an amount with at most two digits after the point, as in 52.50"
        raise ValueError(msg)
    return value


Amount = Annotated[
    Decimal,
    BeforeValidator(_signed),
    WithJsonSchema({"type": "string", "pattern": SIGNED, "examples": ["52.50"]}),
]
Percentage = Annotated[float, Field(ge=-100, le=1_000_000, allow_inf_nan=False)]
Chance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Filters(BaseModel):
    """Base: unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", use_enum_values=True)


class ListQuery(Filters):
    """Parameters of every list."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, StringConstraints(max_length=2000), CLEAN] | None = Field(
        default=None, description="`next_cursor` of the page before."
    )
    fields: Annotated[str, StringConstraints(max_length=2000), CLEAN] | None = Field(
        default=None,
        description="Names of the fields to answer, separated by commas; the answer's type is then "
        "application/vnd.arb.selection+json.",
    )
    include_total: bool = Field(default=False, description="Count the rows of the whole list.")


class ProductQuery(ListQuery):
    """Filters of products."""

    q: Search | None = None
    category: Category | None = None
    set_code: Code | None = None
    product_type: ProductType | None = None
    kind: Word | None = None
    is_active: Literal["true", "false", "all"] = "true"
    is_featured: bool | None = None
    origin: Literal["source", "user"] | None = None
    sort: Literal["name", "-name", "release_date", "-release_date", "updated_at", "-updated_at"] = "name"


class PriceQuery(ListQuery):
    """Filters of a product's prices."""

    since: UtcIn | None = Field(default=None, description="Default: 90 days before `until`.")
    until: UtcIn | None = Field(default=None, description="Default: now.")
    source: Word | None = None
    price_type: Word | None = None
    printing: Word | None = None
    sort: Literal["recorded_at", "-recorded_at"] = "-recorded_at"


class ValuedQuery(ListQuery):
    """Filters that opportunities and valuations share."""

    q: Search | None = None
    category: Category | None = None
    set_code: Code | None = None
    kind: Word | None = None
    source: Word | None = Field(default=None, description="Source of the cheapest offer.")
    risk: RiskLevel | None = None
    flag: Word | None = Field(default=None, description="Only rows with this flag.")
    min_margin: Percentage | None = Field(default=None, description="In percent.")
    max_margin: Percentage | None = None
    min_profit: Amount | None = None
    max_profit: Amount | None = None
    min_p_profit: Chance | None = None
    min_confidence: Chance | None = None
    min_price: Amount | None = Field(default=None, description="Of the cheapest landed offer.")
    max_price: Amount | None = None


ValuedSort = Literal[
    "rank",
    "-rank",
    "margin",
    "-margin",
    "profit",
    "-profit",
    "p_profit",
    "-p_profit",
    "confidence",
    "-confidence",
    "price",
    "-price",
    "name",
    "-name",
]


class OpportunityQuery(ValuedQuery):
    """Filters of opportunities."""

    status: OpportunityStatus | Literal["all"] = OpportunityStatus.ACTIVE
    product_id: UUID | None = None
    sort: ValuedSort | Literal["updated_at", "-updated_at"] = "-rank"


class ValuationQuery(ValuedQuery):
    """Filters of a day's valuations."""

    as_of: Day | None = Field(default=None, description="Default: the newest analysed day.")
    published: bool | None = Field(default=None, description="false: the near misses.")
    sort: ValuedSort = "-margin"


class EventQuery(ListQuery):
    """Filters of an opportunity's events."""


class RemovalQuery(Filters):
    """Reason of a removal."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500), FILLED] = Field(
        description="Why: kept beside what is removed, and in the audit log."
    )


class QuarantineQuery(Filters):
    """Filters of the quarantine."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, StringConstraints(max_length=2000), CLEAN] | None = None
    include_total: bool = False
    source: Word | None = None
    day: Day | None = None
    reason: Word | None = None


class PriceListRowQuery(ListQuery):
    """Filters of a price list's rows."""

    state: Literal["valued", "unmatched", "not_valued"] | None = None
    sort: Literal["line", "-line", "-rank", "-profit", "-margin", "-p_profit"] = "line"


class AuditQuery(ListQuery):
    """Filters of the audit log."""

    user_id: UUID | None = None
    action: Word | None = None
    object_type: Word | None = None
    object_id: Annotated[str, StringConstraints(max_length=100), CLEAN] | None = None
    since: UtcIn | None = None
    until: UtcIn | None = None


class UserQuery(ListQuery):
    """Filters of users."""

    q: Annotated[str, StringConstraints(max_length=100), CLEAN] | None = Field(
        default=None, description="Beginning of the name."
    )
    role: Literal["viewer", "buyer", "operator", "admin"] | None = None
    is_active: bool | None = None


class ApiKeyQuery(ListQuery):
    """Filters of API keys."""

    user_id: UUID | None = None
    is_valid: bool | None = Field(default=None, description="Neither revoked nor expired.")


class DayQuery(Filters):
    """The analysed day of a detail."""

    as_of: Day | None = Field(default=None, description="Default: the newest analysed day of the product.")


class NoQuery(Filters):
    """For routes without parameters: unknown ones are refused."""


class PortfolioQuery(Filters):
    """Pages of the portfolio."""

    state: Literal["open", "closed"] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, StringConstraints(max_length=2000), CLEAN] | None = None


class RunQuery(Filters):
    """Filters of runs."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    job: Word | None = None


class CalibrationQuery(Filters):
    """Origin of the calibration's data."""

    source: Literal["backtest", "purchases"] = "backtest"
    category: Category | None = None


class AsOfQuery(Filters):
    """The day of parameters."""

    as_of: Day | None = Field(default=None, description="Default: today (UTC).")
