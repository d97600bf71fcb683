"""Checked values of options."""

from datetime import date

import dagster as dg
import pytest
import typer

from arb_pipeline.cli.options import to_priced_day


def test_a_day_before_the_first_archive_is_refused_with_the_days_there_are() -> None:
    with pytest.raises(
        typer.BadParameter, match=r"2024-02-07 is no day of ours: they go from 2024-02-08 to 20"
    ):
        to_priced_day("2024-02-07", "--date")


def test_a_clock_before_the_first_archive_is_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster has no partition before the first day: its first and last keys are None."""
    for name in ("get_first_partition_key", "get_last_partition_key"):
        monkeypatch.setattr(dg.DailyPartitionsDefinition, name, lambda _self: None)
    monkeypatch.setattr(dg.DailyPartitionsDefinition, "has_partition_key", lambda _self, _key: False)
    with pytest.raises(typer.BadParameter, match="clock is before 2024-02-08, the first day of prices"):
        to_priced_day(str(date(2025, 10, 10)), "--date")
