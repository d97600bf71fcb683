"""The age of an analysis against the clock."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from arb_pipeline.core.opportunities.freshness import age_days, is_fresh, staleness
from arb_pipeline.services.exports import with_age

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("as_of", "age", "fresh"),
    [
        (date(2026, 11, 29), 0, True),
        (date(2026, 11, 26), 3, True),
        (date(2026, 11, 25), 4, False),
        (date(2025, 10, 20), 405, False),  # 72 days of 2025 and 333 of 2026
        (date(2026, 12, 1), 0, True),  # a clock that lags
    ],
)
def test_prices_are_fresh_for_three_days(as_of: date, age: int, fresh: bool) -> None:
    assert age_days(as_of, NOW) == age
    assert is_fresh(as_of, NOW, 3) is fresh
    assert bool(staleness(as_of, NOW, 3)) is not fresh


def test_old_prices_say_so_with_their_age_and_what_to_do() -> None:
    message = staleness(date(2025, 10, 20), NOW, 3)
    assert message.startswith(
        "These prices are 405 days old (of 2025-10-20; 3 days are the limit): buy nothing"
    )
    assert staleness(None, NOW, 3) == ""


def test_an_export_has_the_age_of_its_prices() -> None:
    frame = with_age(pl.DataFrame({"as_of": [date(2025, 10, 20), date(2026, 11, 29)]}), NOW)
    assert frame["age_days"].to_list() == [405, 0]
