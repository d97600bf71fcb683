"""Events of an opportunity: which changes trigger an alert, each once."""

from datetime import timedelta

import pytest
from alert_builders import NOW, last_notified, opportunity, rule

from arb_pipeline.core.alerting.changes import event_of, fits, notices


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"category": "mtg"},
        {"sets": ["mh3", "blb"]},
        {"risk": ["low", "medium"]},
        {"min_margin": 50},
        {"min_profit": 50},
        {"budget": 100},
        {"min_confidence": 0.8},
        {"min_p_profit": 0.7},
    ],
)
def test_an_opportunity_at_a_rules_limits_fits(limits):
    assert fits(rule(**limits), opportunity(p_profit=0.7))


@pytest.mark.parametrize(
    ("limits", "changed"),
    [
        ({"category": ["pokemon", "yugioh"]}, {}),
        ({"sets": "blb"}, {}),
        ({"sets": "mh3"}, {"set_code": None}),
        ({"risk": "low"}, {}),
        ({"min_margin": 50}, {"margin_bps": 4_999}),
        ({"min_profit": 50}, {"profit_cents": 4_999}),
        ({"budget": 100}, {"price_cents": 10_001}),
        ({"min_confidence": 0.8}, {"confidence": 0.79}),
        ({"min_p_profit": 0.7}, {"p_profit": 0.69}),
    ],
)
def test_one_past_a_limit_does_not(limits, changed):
    assert not fits(rule(**limits), opportunity(**changed))


def test_a_chance_that_is_not_known_fits_no_limit_on_it():
    assert not fits(rule(min_p_profit=0), opportunity(p_profit=None))
    assert fits(rule(), opportunity(p_profit=None))


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        # last notified profit: $50; 10 % of it is $5
        ({}, {"profit_cents": 5_500}, "better"),
        ({}, {"profit_cents": 5_499}, None),
        ({}, {"profit_cents": 4_500}, "worse"),
        ({}, {"profit_cents": 4_501}, None),
        ({}, {"risk": "low"}, "better"),
        ({}, {"risk": "high"}, "worse"),
        ({}, {"risk": "high", "profit_cents": 9_000}, "worse"),
        ({}, {"risk": "low", "profit_cents": 4_000}, "worse"),
        ({}, {}, None),
        ({"profit_cents": 0}, {"profit_cents": 0}, None),
        ({"profit_cents": 0}, {"profit_cents": 1}, "better"),
    ],
)
def test_a_change_counts_from_ten_percent_of_profit_or_by_risk(before, after, event):
    assert event_of(rule(), opportunity(**after), last_notified(**before), NOW) == event


def test_a_rules_own_threshold_and_choice_of_events_hold():
    assert event_of(rule(change_percent=20), opportunity(profit_cents=5_999), last_notified(), NOW) is None
    assert (
        event_of(rule(change_percent=20), opportunity(profit_cents=6_000), last_notified(), NOW) == "better"
    )
    assert event_of(rule(on=["new", "worse"]), opportunity(profit_cents=9_000), last_notified(), NOW) is None


def test_a_notified_opportunity_that_no_longer_fits_is_worse_and_not_gone():
    fallen = opportunity(profit_cents=500, margin_bps=500)

    assert event_of(rule(min_margin=30), fallen, last_notified(), NOW) == "worse"
    assert event_of(rule(min_margin=30), fallen, None, NOW) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "expired"},
        {"status": "executed"},
        {"is_latest": False},
        {"expires_at": NOW},
        {"expires_at": None},
    ],
)
def test_what_cannot_be_acted_on_is_never_new(changed):
    assert event_of(rule(), opportunity(**changed), None, NOW) is None


def test_gone_is_sent_once_to_targets_notified_before():
    expired = opportunity(status="expired")

    assert event_of(rule(), expired, last_notified(), NOW) == "gone"
    assert event_of(rule(), expired, last_notified("gone"), NOW) is None
    assert event_of(rule(on="new"), expired, last_notified(), NOW) is None


@pytest.mark.parametrize("changed", [{"status": "executed"}, {"status": "cancelled"}, {"expires_at": NOW}])
def test_what_a_person_closed_or_no_analysis_confirmed_is_not_gone(changed):
    assert event_of(rule(), opportunity(**changed), last_notified(), NOW) is None


def test_after_it_was_gone_it_is_new_again():
    assert event_of(rule(), opportunity(), last_notified("gone"), NOW) == "new"


def test_deciding_twice_makes_the_same_notices_and_other_figures_others():
    def ids(**changed):
        return [n.id for n in notices(rule(), "phone", [opportunity(**changed)], {}, NOW)]

    assert ids() == ids()
    assert len({*ids(), *ids(profit_cents=6_000), *ids(as_of=NOW.date() + timedelta(days=1))}) == 3
    assert notices(rule(), "mail", [opportunity()], {}, NOW)[0].id != ids()[0]


def test_a_figure_that_comes_back_is_a_notice_of_its_own():
    o = opportunity(profit_cents=6_000)
    first, second = ({o.id: last_notified(profit_cents=5_000)}, {o.id: last_notified(profit_cents=5_000)})
    second[o.id] = type(second[o.id])("another", "worse", second[o.id].figures)

    (a,), (b,) = notices(rule(), "phone", [o], first, NOW), notices(rule(), "phone", [o], second, NOW)

    assert a.event == b.event == "better"
    assert a.id != b.id


def test_a_rule_that_does_not_ask_for_new_notes_it_without_telling():
    (notice,) = notices(rule(on=["gone"]), "phone", [opportunity()], {}, NOW)

    assert notice.is_silent
