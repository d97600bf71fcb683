"""Times in cron's words: what is seen to be wrong before anything is started."""

import pytest
from dagster._utils.schedules import is_valid_cron_string

from arb_pipeline.contracts.cron import fault
from arb_pipeline.settings import Settings

CRONS = [name.removesuffix("_cron") for name in Settings.model_fields if name.endswith("_cron")]


@pytest.mark.parametrize("name", CRONS)
def test_the_times_that_are_set_by_default_are_sound(name: str) -> None:
    assert fault(Settings.model_fields[f"{name}_cron"].default) is None


@pytest.mark.parametrize(
    "text", ["*/90 * * * *", "0,30 8-18/2 * * mon-fri", "0 0 L 2 *", "0 0 1 JAN,JUL 7", "0 0 ? * 5#2"]
)
def test_what_cron_takes_is_sound(text: str) -> None:
    assert fault(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("99 * * * *", "has '99' as minute; allowed: 0 to 59"),
        ("0 24 * * *", "has '24' as hour; allowed: 0 to 23"),
        ("0 0 0 * *", "has '0' as day; allowed: 1 to 31"),
        ("0 0 * 13 *", "has '13' as month"),
        ("0 0 * * mox", "has 'mox' as weekday; allowed: 0 to 7, sun, mon"),
        ("0 0 * mon *", "has 'mon' as month"),
        ("0 ; * * *", "has ';' as hour"),
        ("1,,2 * * * *", "has '1,,2' as minute"),
        ("5- * * * *", "has '5-' as minute"),
        ("*/0 * * * *", "has '*/0' as minute"),
        ("0 0 * * 5#6", "has '5#6' as weekday"),
        ("0 0 31 2 *", "is no day of any year"),
        ("0 0 * *", "five fields"),
        ("@daily", "five fields"),
        ("", "five fields"),
    ],
)
def test_what_cron_does_not_take_is_named_with_what_is_allowed(text: str, message: str) -> None:
    assert message in str(fault(text))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "*/90 * * * *",
            "0,30 8-18/2 * * mon-fri",
            "0 0 L 2 *",
            "0 0 1 JAN,JUL 7",
            "0 0 ? * 5#2",
            "5- * * * *",
        ),
        *("1,,2 * * * *", "-5 * * * *", "*/0 * * * *", "5-1 * * * *", "0 0 * * fri-mon", "0 0 * * 5l"),
        *("0 0 * * 5#6", "0 0 l/2 * *", "1/2 * * * *", ", * * * *", "1-2-3 * * * *", "** * * * *"),
        *("*,1 * * * *", "0 0 L-3 * *", "0 0 31 2 *", "0 0 30 4 *", "60 * * * *", "0 0 * * mon#1"),
    ],
)
def test_what_passes_here_is_what_dagster_takes(text: str) -> None:
    assert (fault(text) is None) is is_valid_cron_string(text)
