"""Dry runs: an alert rule on the current opportunities, a parameter on the newest day's list."""

from datetime import date
from decimal import Decimal

import polars as pl

from arb_pipeline.services.previews import _effect

DRY_RUN, EFFECT = "/api/v1/alert-rules/preview", "/api/v1/parameters/preview"


def names(answer):
    return [item["name"] for item in answer.json()["items"]]


def test_a_rule_names_the_opportunities_it_would_alert_on_best_profit_first(as_role):
    answer = as_role("operator").post(DRY_RUN, json={"rule": {"targets": ["phone"], "min_margin": 20}})

    assert answer.status_code == 200, answer.text
    assert names(answer) == ["Bloomburrow - Play Booster Box", "=HYPERLINK Commander Deck: Urza's Might"]
    assert (answer.json()["opportunities"], answer.json()["targets"]) == (2, ["phone"])
    assert answer.json()["items"][0]["profit"] == "50.00"


def test_limits_of_the_rule_leave_out_what_they_say(as_role):
    operator = as_role("operator")

    strict = operator.post(DRY_RUN, json={"rule": {"targets": "phone", "min_p_profit": 0.95}})
    cheap = operator.post(DRY_RUN, json={"rule": {"targets": "phone", "budget": 80}})

    assert names(strict) == ["Bloomburrow - Play Booster Box"]
    assert names(cheap) == ["=HYPERLINK Commander Deck: Urza's Might"]


def test_a_rule_that_is_none_is_refused_with_the_key(as_role):
    answer = as_role("operator").post(DRY_RUN, json={"rule": {"targets": ["phone"], "min_margn": 20}})

    assert answer.status_code == 422
    assert "min_margn" in answer.json()["detail"]


def test_previews_need_their_roles(as_role):
    assert as_role("buyer").post(DRY_RUN, json={"rule": {"targets": ["phone"]}}).status_code == 403
    body = {"group": "publish", "key": "min_margin", "value": 2000}
    assert as_role("operator").post(EFFECT, json=body).status_code == 403


def valued(rows):
    columns = ("product_id", "published", "singles_value_cents", "profit_cents", "margin_bps", "rank_score")
    return pl.DataFrame(rows, schema=columns, orient="row")


def test_an_effect_counts_who_joins_who_leaves_and_whose_value_changes():
    sealed = pl.DataFrame({"product_id": ["a", "b", "c"], "name": ["Box", "Deck", "Tin"]})
    before = valued(
        [
            ("a", True, 9000, 2000, 2857, 2.0),
            ("b", True, 5000, 600, 1364, 1.0),
            ("c", False, None, None, None, None),
        ]
    )
    after = valued(
        [
            ("a", True, 9000, 2000, 2857, 2.0),
            ("b", False, 4800, 400, 909, None),
            ("c", True, 3000, 900, 4286, 3.0),
        ]
    )

    effect = _effect(before, after, sealed, date(2026, 1, 31), None)

    assert (effect.products, effect.published_before, effect.published_after) == (3, 2, 2)
    assert effect.values_changed == 2
    assert [(row.name, row.profit, row.margin_percentage) for row in effect.gained] == [
        ("Tin", Decimal("9.00"), 42.86)
    ]
    assert [(row.name, row.profit) for row in effect.lost] == [("Deck", Decimal("4.00"))]
