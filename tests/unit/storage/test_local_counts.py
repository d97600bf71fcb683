"""Limits of requests without Redis: two counts per caller, the older minute weighted."""

from arb_pipeline.storage.shared_memory import LocalCounts

MINUTE = 60 * 1_000_000.0
"""Start of some minute."""


def test_requests_within_60_seconds_are_limited_and_others_are_not_told_of():
    counts = LocalCounts()
    assert [counts.hit("who", 4, MINUTE + 30) for _ in range(4)] == [None] * 4
    # The 4 lose weight from the next minute on, 30 s away: as soon as they are under 4, they count as 3.
    assert counts.hit("who", 4, MINUTE + 30) == 30
    assert counts.hit("other", 4, MINUTE + 30) is None


def test_the_minute_before_counts_by_the_share_that_is_left_of_it():
    counts = LocalCounts()
    for _ in range(4):
        counts.hit("who", 4, MINUTE + 59)
    # At second 10, 4 x 50/60 = 3.3 count as 3: one more fits in. The next, once they are under 3: 4 x 45/60.
    assert counts.hit("who", 4, MINUTE + 70) is None
    assert counts.hit("who", 4, MINUTE + 70) == 5
    assert counts.hit("who", 4, MINUTE + 76) is None


def test_what_is_two_minutes_old_counts_no_more():
    counts = LocalCounts()
    for _ in range(4):
        counts.hit("who", 4, MINUTE + 59)
    assert [counts.hit("who", 4, MINUTE + 121) for _ in range(5)] == [None] * 4 + [59]
