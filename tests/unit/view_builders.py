"""Views with defaults, for tests that print or serve them."""

from datetime import date
from typing import Any

from arb_pipeline.services.valuations import ValuationView

VALUATION: dict[str, Any] = {
    "product_id": "8d2f8f6c-6c5e-4f0e-8f5c-0a3b1c2d3e4f",
    "category": "mtg",
    "set_code": "tst",
    "name": "Deck",
    "tcg_product_id": "2003",
    "as_of": date(2025, 10, 1),
    "sealed_price": "10.00",
    "sealed_list_price": "9.00",
    "sealed_source": "tcgplayer",
    "market_price": "11.00",
    "gross_singles_value": "20.00",
    "singles_value": "15.00",
    "profit": "5.00",
    "margin_percentage": "50.00",
    "priced_share": 1,
    "contents_complete": True,
    "unknown_parts": (),
    "extras": 0,
    "confidence_score": "0.80",
    "price_stability": 0.9,
    "seller_count_factor": 0.4,
    "volume_history": 0.8,
    "margin_size": 1,
    "missing_factors": (),
    "seller_count": 5,
    "risk_level": "low",
    "competition_level": "medium",
    "rank_score": 4.0,
    "outcome_mean": "15.00",
    "outcome_sd": "0.00",
    "p5": "15.00",
    "p50": "15.00",
    "p95": "15.00",
    "p_profit": 1,
    "published": True,
    "flags": (),
    "why": "singles net $15.00",
}


def valuation(**changes: Any) -> ValuationView:
    """A published deck: landed $10.00, nets $15.00."""
    return ValuationView.model_validate(dict.fromkeys(ValuationView.model_fields) | VALUATION | changes)
