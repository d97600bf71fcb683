"""Alert-worthy changes: an opportunity compared with a rule and with its last notified state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from arb_pipeline.contracts.enums import AlertEvent, RiskLevel
from arb_pipeline.core.alerting.rules import Rule
from arb_pipeline.core.identity import stable_id
from arb_pipeline.core.opportunities.freshness import is_fresh

RISKS = {level.value: place for place, level in enumerate(RiskLevel)}
"""Risk levels, the lowest first."""


@dataclass(frozen=True, slots=True)
class Opportunity:
    """One opportunity as it stands. Money in cents, margin in basis points; None: not known."""

    id: str
    name: str
    category: str
    set_code: str | None
    status: str
    price_cents: int
    value_cents: int
    profit_cents: int
    margin_bps: int
    confidence: float
    risk: str
    as_of: date
    expires_at: datetime | None
    is_latest: bool
    """Confirmed by the newest analysis of its game?"""
    p_profit: float | None = None
    p5_cents: int | None = None
    p95_cents: int | None = None
    quick_sale_cents: int | None = None
    """Net of its cards sold at once, at their lowest asks."""
    resale_cents: int | None = None
    """Net of the product resold unopened."""
    exit: str | None = None
    """The sale that the purchase rests on (`contracts.enums.Exit`)."""
    flags: tuple[str, ...] = ()
    why: str = ""
    url: str = ""
    stale_days: int | None = None
    """Days after which its prices are too old to be acted on; None: no limit."""

    def is_current(self, now: datetime) -> bool:
        """May a buyer act on it now?"""
        in_time = self.expires_at is not None and self.expires_at > now
        fresh = self.stale_days is None or is_fresh(self.as_of, now, self.stale_days)
        return self.status == "active" and self.is_latest and in_time and fresh

    @property
    def figures(self) -> "Figures":
        """Figures that a later state is compared with."""
        return Figures(self.price_cents, self.value_cents, self.profit_cents, self.margin_bps, self.risk)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of an opportunity that an alert reports."""

    price_cents: int
    value_cents: int
    profit_cents: int
    margin_bps: int
    risk: str


@dataclass(frozen=True, slots=True)
class LastNotified:
    """State of an opportunity at its latest alert, per rule and target."""

    id: str
    """Id of the row of the outbox."""
    event: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert for one target."""

    id: str
    rule: str
    target: str
    event: AlertEvent
    opportunity: Opportunity
    before: Figures | None
    is_silent: bool = False
    """Recorded for the comparison of later changes, but not sent: the rule does not list `new`."""


def fits(rule: Rule, opportunity: Opportunity) -> bool:
    """True if an opportunity meets the conditions of a rule. An unknown figure fits no limit."""
    o = opportunity
    at_least = (
        (rule.min_margin, Decimal(o.margin_bps) / 100),
        (rule.min_profit, Decimal(o.profit_cents) / 100),
        (rule.min_p_profit, o.p_profit),
        (rule.min_confidence, o.confidence),
    )
    return (
        (not rule.category or o.category in rule.category)
        and (not rule.sets or (o.set_code or "").lower() in {code.lower() for code in rule.sets})
        and (not rule.risk or o.risk in rule.risk)
        and (rule.budget is None or Decimal(o.price_cents) / 100 <= rule.budget)
        and all(limit is None or (value is not None and value >= limit) for limit, value in at_least)
    )


def event_of(
    rule: Rule, opportunity: Opportunity, last: LastNotified | None, now: datetime
) -> AlertEvent | None:
    """Event that a rule sends for an opportunity last notified as `last`; None: no event.

    After an alert, a change counts whether or not the opportunity still fits the rule: a margin that fell
    from 30 % to 5 % is an event. It is `worse` where profit fell by `change_percent` or risk rose, whatever
    else improved. Opportunities that a person executed or cancelled trigger no alert.
    """
    is_known = last is not None and last.event != AlertEvent.GONE
    if not opportunity.is_current(now):
        return (
            AlertEvent.GONE
            if is_known and opportunity.status == "expired" and AlertEvent.GONE in rule.on
            else None
        )
    if last is None or not is_known:
        return AlertEvent.NEW if fits(rule, opportunity) else None
    before, after = last.figures, opportunity.figures
    least = abs(before.profit_cents) * rule.change_percent / 100
    change = after.profit_cents - before.profit_cents
    has_moved = change != 0 and abs(change) >= least
    risk = RISKS[after.risk] - RISKS[before.risk]
    event: AlertEvent | None = None
    if (has_moved and change < 0) or risk > 0:
        event = AlertEvent.WORSE
    elif has_moved or risk < 0:
        event = AlertEvent.BETTER
    return event if event in rule.on else None


def notices(
    rule: Rule,
    target: str,
    opportunities: Iterable[Opportunity],
    last_notified: Mapping[str, LastNotified],
    now: datetime,
) -> list[Notice]:
    """Alerts of a rule for one target; `last_notified` by opportunity id.

    An id follows from rule, target, opportunity, event, analysis, figures and the last notified state:
    deciding twice makes the same notices.
    """
    result = []
    for opportunity in opportunities:
        before = last_notified.get(opportunity.id)
        event = event_of(rule, opportunity, before, now)
        if event is None:
            continue
        o = opportunity
        figures = (o.price_cents, o.value_cents, o.profit_cents, o.risk)
        series = (rule.name, target, o.id, before.id if before else "")
        id_ = stable_id("alert", *series, event, o.as_of.isoformat(), *map(str, figures))
        known = before.figures if before and event != AlertEvent.NEW else None
        result.append(Notice(id_, rule.name, target, event, o, known, is_silent=event not in rule.on))
    return result
