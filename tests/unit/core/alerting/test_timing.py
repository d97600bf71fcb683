"""Digests and quiet hours by the clock on the wall, over changes of clocks too."""

from datetime import UTC, datetime, timedelta

import pytest
from alert_builders import rule

from arb_pipeline.core.alerting.timing import due_at, quiet_until, retry_after

BERLIN = "Europe/Berlin"
NIGHT = {"quiet_hours": "22:00-07:00"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("delivery", "now", "due"),
    [
        # Berlin is UTC+2 in summer, UTC+1 in winter.
        ({}, "2025-07-01T12:34", "2025-07-01T12:34"),
        ({"digest": "hourly"}, "2025-07-01T12:34", "2025-07-01T13:00"),
        ({"digest": "hourly"}, "2025-07-01T12:00", "2025-07-01T13:00"),
        ({"digest": "daily at 08:00"}, "2025-07-01T05:59", "2025-07-01T06:00"),
        ({"digest": "daily at 08:00"}, "2025-07-01T06:00", "2025-07-02T06:00"),
        ({"digest": "daily at 08:00"}, "2025-01-15T06:30", "2025-01-15T07:00"),
        # the night in which summer time ends: 08:00 is UTC+2 before it, UTC+1 after it
        ({"digest": "daily at 08:00"}, "2025-10-25T12:00", "2025-10-26T07:00"),
        # 02:30 does not exist on 2025-03-30 in Berlin: PEP 495 takes it as 03:30, 01:30 UTC
        ({"digest": "daily at 02:30"}, "2025-03-29T12:00", "2025-03-30T01:30"),
        # 02:30 comes twice on 2025-10-26: due the first time, at 00:30 UTC, then not until the next day
        ({"digest": "daily at 02:30"}, "2025-10-25T12:00", "2025-10-26T00:30"),
        ({"digest": "daily at 02:30"}, "2025-10-26T00:45", "2025-10-27T01:30"),
        (NIGHT, "2025-07-01T19:59", "2025-07-01T19:59"),
        (NIGHT, "2025-07-01T20:00", "2025-07-02T05:00"),
        (NIGHT, "2025-07-02T04:59", "2025-07-02T05:00"),
        (NIGHT, "2025-07-02T05:00", "2025-07-02T05:00"),
        (NIGHT, "2025-10-25T21:00", "2025-10-26T06:00"),
        (NIGHT | {"digest": "hourly"}, "2025-07-01T19:30", "2025-07-02T05:00"),
        (NIGHT | {"digest": "daily at 06:00"}, "2025-07-01T12:00", "2025-07-02T05:00"),
        ({"quiet_hours": "12:00-14:00"}, "2025-07-01T10:30", "2025-07-01T12:00"),
        ({"quiet_hours": "12:00-14:00"}, "2025-07-01T12:00", "2025-07-01T12:00"),
    ],
)
def test_a_message_is_due_at(delivery, now, due):
    assert due_at(rule(**delivery), BERLIN, at(now)) == at(due)


def test_without_quiet_hours_it_is_never_quiet():
    assert quiet_until(None, BERLIN, at("2025-07-01T23:00")) is None


def test_the_pause_doubles_from_half_a_minute_to_an_hour_and_is_spread():
    middle = [retry_after(n, 0.5).total_seconds() for n in (1, 2, 3, 7, 8, 20, 10_000)]

    assert middle == [30, 60, 120, 1920, 3600, 3600, 3600]
    assert (retry_after(1, 0), retry_after(1, 1)) == (timedelta(seconds=15), timedelta(seconds=45))
