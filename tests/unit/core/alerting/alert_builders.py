"""Builders of rules and opportunities for the tests of alerts."""

from datetime import UTC, date, datetime
from typing import Any

from arb_pipeline.core.alerting.changes import Figures, LastNotified, Opportunity
from arb_pipeline.core.alerting.rules import Rule

NOW = datetime(2025, 10, 10, 21, 0, tzinfo=UTC)


def opportunity(**overrides: Any) -> Opportunity:
    """Bought at $100, nets $150: profit $50, margin 50 %."""
    values: dict[str, Any] = {
        "id": "0b6b1a52-0000-4000-8000-000000000001",
        "name": "Play Booster Box",
        "category": "mtg",
        "set_code": "MH3",
        "status": "active",
        "price_cents": 10_000,
        "value_cents": 15_000,
        "profit_cents": 5_000,
        "margin_bps": 5_000,
        "confidence": 0.8,
        "risk": "medium",
        "as_of": date(2025, 10, 10),
        "expires_at": datetime(2025, 10, 11, 20, tzinfo=UTC),
        "is_latest": True,
    }
    return Opportunity(**values | overrides)


def rule(**overrides: Any) -> Rule:
    return Rule.model_validate({"name": "cheap", "targets": ["phone"]} | overrides)


def last_notified(event: str = "new", **overrides: Any) -> LastNotified:
    figures = {"price_cents": 10_000, "value_cents": 15_000, "profit_cents": 5_000, "margin_bps": 5_000}
    return LastNotified("before", event, Figures(**figures | {"risk": "medium"} | overrides))
