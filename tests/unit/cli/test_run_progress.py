"""Progress of a run in the terminal: which assets have a line."""

import io

import pytest
from rich.console import Console

from arb_pipeline.cli.run_progress import HISTORY, ConsoleReport
from arb_pipeline.runner import Step

CATALOGUE = Step("reference_data", "catalog/products", 0.3, {"dagster/row_count": 21})
OF_DAY = Step("daily_analysis", "prices/price_history", 0.4, {"rows_written": 45})
OF_HISTORY = Step(HISTORY, "prices/price_history", 0.2, {"rows_written": 40})


@pytest.mark.parametrize(
    ("options", "figures"),
    [
        ({"shows_days": True}, ["21 rows", "45 written"]),
        ({"shows_days": False}, ["21 rows"]),
        ({"shows_days": True, "shows_steps": False}, []),
    ],
)
def test_a_single_day_shows_its_own_assets_and_none_of_its_history(options, figures):
    output = io.StringIO()
    report = ConsoleReport(Console(file=output, width=120), **options)
    for step in (CATALOGUE, OF_HISTORY, OF_DAY):
        report.step(step)

    assert [" ".join(line.split()[1:3]) for line in output.getvalue().splitlines()] == figures
