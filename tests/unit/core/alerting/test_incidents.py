"""Incidents: one alert at the start, one at the end."""

from datetime import UTC, date, datetime, timedelta

import pytest
from alert_builders import NOW

from arb_pipeline.core.alerting.incidents import (
    Known,
    LoadShare,
    RunFact,
    incidents,
    of_loads,
    of_runs,
    of_sources,
)
from arb_pipeline.core.alerting.rules import Operations

ASKED = Operations.model_validate({"targets": ["mail"], "stale_hours": {"tcgcsv": 36, "other": 100}})


def run(
    run_id: str, *, failed: bool, minute: int, job: str = "daily_analysis", day: str = "2025-10-10"
) -> RunFact:
    ended = datetime(2025, 10, 10, 20, minute, tzinfo=UTC)
    return RunFact(run_id, job, day, failed, ended - timedelta(minutes=1), ended)


def known_after(notices):
    return {notice.subject: Known(notice.event, notice.since) for notice in notices}


def test_a_run_that_fails_again_is_the_same_incident_and_its_success_ends_it():
    runs = [
        run("a", failed=True, minute=1),
        run("b", failed=True, minute=2),
        run("c", failed=False, minute=3),
    ]

    (first,) = incidents("mail", of_runs(runs[:1]), {})
    again = incidents("mail", of_runs(runs[:2]), known_after([first]))
    (last,) = incidents("mail", of_runs(runs), known_after([first]))
    after = incidents("mail", of_runs(runs), known_after([last]))

    assert (first.event, first.since) == ("failed", "a")
    assert "daily_analysis for 2025-10-10" in first.title
    assert again == []
    assert (last.event, last.since) == ("recovered", "a")
    assert after == []


def test_a_second_incident_of_a_subject_is_reported_again():
    healed = {"run/daily_analysis/2025-10-10": Known("recovered", "a")}

    (second,) = incidents("mail", of_runs([run("d", failed=True, minute=9)]), healed)
    (first,) = incidents("mail", of_runs([run("a", failed=True, minute=1)]), {})

    assert second.event == "failed"
    assert second.id != first.id


def test_jobs_and_days_are_incidents_of_their_own():
    runs = [run("a", failed=True, minute=1), run("b", failed=False, minute=2, day="2025-10-11")]
    runs.append(run("c", failed=True, minute=3, job="market_quotes"))

    assert len(incidents("mail", of_runs(runs), {})) == 2


def test_what_was_not_looked_at_has_not_recovered():
    assert incidents("mail", [], {"run/x/": Known("failed", "a")}) == []


@pytest.mark.parametrize(
    ("source", "hours", "is_stale"),
    [
        ("tcgcsv", 36.0, False),
        ("tcgcsv", 36.5, True),
        ("cardmarket", 48.0, False),
        ("cardmarket", 49.0, True),
        ("scryfall", 100.0, False),
        ("scryfall", 101.0, True),
    ],
)
def test_a_source_is_stale_past_its_own_limit_or_its_kinds(source, hours, is_stale):
    (condition,) = of_sources({source: (hours, NOW)}, ASKED)

    assert condition.is_bad is is_stale


def test_without_limits_daily_sources_have_48_hours_and_others_two_weeks():
    plain = Operations.model_validate({"targets": ["mail"]})

    assert (plain.stale_after_hours("tcgcsv"), plain.stale_after_hours("scryfall")) == (48, 336)


@pytest.mark.parametrize(
    ("raw", "quarantined", "is_bad"), [(100, 5, False), (100, 6, True), (20, 2, True), (1000, 50, False)]
)
def test_quarantine_above_five_percent_is_an_incident(raw, quarantined, is_bad):
    (condition,) = of_loads([LoadShare("tcgplayer", "mtg", date(2025, 10, 10), raw, quarantined)], ASKED)

    assert condition.is_bad is is_bad


def test_a_handful_of_records_tells_nothing():
    assert of_loads([LoadShare("ebay", "mtg", date(2025, 10, 10), 19, 19)], ASKED) == []
