"""Model of the rule file: recipients, opportunities, changes and times of alerts.

Reading the file and the secrets that its targets name belongs to `notifications/alert_rules.py`.
"""

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.enums import AlertEvent, RiskLevel
from arb_pipeline.contracts.sources import SOURCES

CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
OPERATIONS = "operations"
"""Rule name of alerts about the pipeline itself."""
DAILY, OTHER = "daily", "other"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _clock(text: str) -> time:
    match = CLOCK.fullmatch(text.strip())
    if not match:
        msg = f"{text!r} is no time of day: write it as 08:00"
        raise ValueError(msg)
    return time(int(match[1]), int(match[2]))


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        msg = "no such time zone: write one of the IANA names, as in Europe/Berlin"
        raise ValueError(msg) from None
    return name


class QuietHours(_Model):
    """Daily span in local time; it may extend over midnight."""

    start: time
    end: time

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if not isinstance(value, str):
            msg = "write it as '22:00-07:00'"
            raise ValueError(msg)  # noqa: TRY004 - pydantic collects ValueErrors
        start, dash, end = value.partition("-")
        if not dash or _clock(start) == _clock(end):
            msg = "write it as '22:00-07:00', its ends apart"
            raise ValueError(msg)
        return {"start": _clock(start), "end": _clock(end)}


class Digest(_Model):
    """Time at which alerts are sent: at once, at the next full hour, or at a time of day."""

    every: Literal["immediately", "hourly", "daily"] = "immediately"
    at: time = time(8)

    @model_validator(mode="before")
    @classmethod
    def _parse(cls, value: Any) -> Any:
        if value in ("immediately", "hourly"):
            return {"every": value}
        if isinstance(value, str) and value.startswith("daily at "):
            return {"every": "daily", "at": _clock(value.removeprefix("daily at "))}
        msg = "allowed: immediately, hourly, 'daily at 08:00'"
        raise ValueError(msg)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f](.*[^\s\x00-\x1f])?$")]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(min_length=1)]
Percent = Annotated[Decimal, Field(ge=-100, le=100_000)]
Dollars = Annotated[Decimal, Field(ge=0, le=10_000_000)]


class Delivery(_Model):
    """Targets and time of delivery."""

    targets: Names
    digest: Digest = Digest.model_validate("immediately")
    quiet_hours: QuietHours | None = None
    max_per_message: int = Field(default=10, ge=1, le=100)


class Rule(Delivery):
    """One rule; a field that is absent sets no limit. An unknown figure fits no limit set on it."""

    name: Name
    on: Annotated[tuple[AlertEvent, ...], BeforeValidator(_listed), Field(min_length=1)] = tuple(AlertEvent)
    category: Annotated[tuple[Category, ...], BeforeValidator(_listed)] = ()
    sets: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    risk: Annotated[tuple[RiskLevel, ...], BeforeValidator(_listed)] = ()
    min_margin: Percent | None = None
    min_profit: Dollars | None = None
    min_p_profit: float | None = Field(default=None, ge=0, le=1)
    min_confidence: float | None = Field(default=None, ge=0, le=1)
    budget: Dollars | None = None
    change_percent: float = Field(default=10, gt=0, le=1000)


class Operations(Delivery):
    """Alerts about the pipeline itself."""

    failed_runs: bool = True
    stale_hours: dict[str, float] = Field(default_factory=dict)
    max_quarantined_percent: float = Field(default=5, ge=0, le=100)
    min_rows: int = Field(default=20, ge=1)

    @model_validator(mode="after")
    def _sources(self) -> "Operations":
        known = [DAILY, OTHER, *SOURCES]
        for name, hours in self.stale_hours.items():
            if name not in known:
                msg = f"stale_hours.{name}: no such source; allowed: {', '.join(known)}"
                raise ValueError(msg)
            if hours <= 0:
                msg = f"stale_hours.{name} is {hours}; allowed: hours above 0"
                raise ValueError(msg)
        return self

    def stale_after_hours(self, source: str) -> float:
        """Age from which its data is stale: the limit of the rule file, else the one that is declared."""
        declared = SOURCES[source]
        kind = DAILY if declared.is_daily else OTHER
        return self.stale_hours.get(source, self.stale_hours.get(kind, declared.stale_hours))


class Target(_Model):
    """An Apprise URL under a name. `insecure`: let it be plain http to another machine."""

    url: str = Field(min_length=1)
    insecure: bool = False

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value


class RuleFile(_Model):
    """The whole file."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    targets: dict[Name, Target] = Field(min_length=1)
    rules: tuple[Rule, ...] = ()
    operations: Operations | None = None

    @model_validator(mode="after")
    def _names(self) -> "RuleFile":
        names = [rule.name for rule in self.rules]
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            msg = f"rule {double[0]!r}: name is used twice; last notified states are kept by name"
            raise ValueError(msg)
        if OPERATIONS in names:
            msg = f"rule {OPERATIONS!r}: the name is taken by the section of that name"
            raise ValueError(msg)
        for name, delivery in self.deliveries.items():
            unknown = [target for target in delivery.targets if target not in self.targets]
            if unknown:
                where = name if name == OPERATIONS else f"rule {name!r}"
                msg = f"{where}: targets = {unknown[0]!r}; allowed: {', '.join(self.targets)}"
                raise ValueError(msg)
        return self

    @property
    def deliveries(self) -> dict[str, Delivery]:
        """Rules, and operations, by name."""
        by_name: dict[str, Delivery] = {rule.name: rule for rule in self.rules}
        return by_name | ({OPERATIONS: self.operations} if self.operations else {})
