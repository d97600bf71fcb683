"""`arb opportunity`: what is asked wrongly, and what is printed. Its life on a database is a pipeline test."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from arb_pipeline.contracts.enums import OpportunityEvent
from arb_pipeline.core.opportunities.transitions import compared
from arb_pipeline.services import opportunities as service
from arb_pipeline.services.opportunities import EventView, OpportunityDetail

# Typer's own import uses a name that Click has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:'click:DeprecationWarning")


UNKNOWN = ("horizon_days", "sealed_quantity")


@pytest.fixture
def run(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `arb opportunity`; a command that reaches for a database fails the test."""
    from typer.testing import CliRunner

    from arb_pipeline.cli import database, opportunity

    def none() -> None:
        pytest.fail("wrong usage reached the database")

    monkeypatch.setattr(database, "reading", none)
    return lambda *words: CliRunner().invoke(opportunity.app, list(words))


def view(**changes: Any) -> OpportunityDetail:
    """Two bought at $90.00 that net $100.00, standard deviation $20.00."""
    base = {"opportunity_id": "o", "product_id": "p", "name": "Box [red]\x1b[31m", "set_code": "tst"}
    base |= {
        "category": "mtg",
        "status": "executed",
        "opened_on": date(2025, 10, 1),
        "as_of": date(2025, 10, 2),
    }
    base |= {"sealed_price_cents": 9100, "singles_value_cents": 10000, "profit_cents": 900, "margin_bps": 989}
    base |= {
        "outcome_sd_cents": 2000,
        "contents_sd_cents": 1600,
        "price_sd_cents": 1200,
        "p5_cents": 7500,
        "p50_cents": 9800,
        "p95_cents": 14000,
        "p_profit": 0.61,
    }
    base |= {"quick_sale_value_cents": 7700, "cash_value_cents": None, "resale_value_cents": 8800}
    base |= {"execution_quantity": 2, "execution_price_cents": 9000, "realised_value_cents": 14000}
    base |= {"executed_at": datetime(2025, 10, 3, 9, tzinfo=UTC)}
    base |= dict.fromkeys(("outcome_mean_cents", "expires_at", "execution_notes", "realised_at", *UNKNOWN))
    events = changes.pop("events", ())
    row = compared(pl.DataFrame([base | changes])).row(0, named=True)
    return OpportunityDetail(**service._in_dollars(row), events=events)


@pytest.mark.parametrize("price", ["1,180", "-5", "1.005", "1e3", "NaN", "", "$", "٣", "1_000", "9" * 13])
def test_what_is_no_amount_is_wrong_usage(run: Any, price: str) -> None:
    done = run("execute", "box", "--quantity", "1", f"--price={price}")
    assert done.exit_code == 2
    assert "--price" in done.output


@pytest.mark.parametrize(
    ("written", "dollars"),
    [("55.50", "55.50"), ("$55.5", "55.5"), ("55", "55"), ("0.07", "0.07"), (" 1.10 ", "1.10")],
)
def test_an_amount_is_read_exactly(written: str, dollars: str) -> None:
    from arb_pipeline.cli.opportunity import _dollars

    assert _dollars(written, "--price") == Decimal(dollars)


@pytest.mark.parametrize(
    "words",
    [
        ["execute", "box"],
        ["execute", "box", "--quantity", "0"],
        ["execute", "box", "--quantity", "1.5"],
        ["execute", "box", "--quantity", "1", "--result", "x"],
        ["result", "box"],
        ["note", "box"],
        ["note", "box", "  "],
        ["cleanup", "--now", "yesterday"],
    ],
    ids=" ".join,
)
def test_wrong_usage(run: Any, words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_a_time_without_a_zone_is_utc() -> None:
    from arb_pipeline.cli.opportunity import _instant

    noon = datetime(2025, 10, 12, 12, tzinfo=UTC)
    assert _instant("2025-10-12T12:00") == _instant("2025-10-12T14:00+02:00") == noon


@pytest.mark.parametrize("command", ["show", "execute", "cancel", "note", "result", "results", "cleanup"])
def test_help_of_each(run: Any, command: str) -> None:
    done = run(command, "--help")
    assert done.exit_code == 0
    assert command in done.output


def test_what_was_bought_and_what_it_came_to() -> None:
    """2 x 100 - 2 x 90 = 20; 20 -+ 1.644854 x (2 x 16^2 + 4 x 12^2)^0.5 = -34.26, 74.26; 140 - 180 = -40."""
    from arb_pipeline.cli.opportunity_view import bought, outcome

    assert bought(view()) == (
        "2 bought at $90.00 = $180.00; forecast: they net $200.00, profit $20.00 (-$34.26 to $74.26)"
    )
    assert outcome(view()) == (
        "netted $140.00, profit -$40.00: -$60.00 against the forecast, outside p5 to p95"
    )
    assert "within" in outcome(view(realised_value_cents=19000))
    assert "arb opportunity result" in outcome(view(realised_value_cents=None))


def test_a_sheet_shows_the_forecast_of_a_piece_and_its_events() -> None:
    from arb_pipeline.cli.opportunity_view import sheet

    opened = EventView(
        event=OpportunityEvent.OPENED,
        as_of=date(2025, 10, 1),
        created_at=datetime(2025, 10, 1, 20, tzinfo=UTC),
        details={"why": "it nets more"},
    )
    noted = opened.model_copy(update={"event": OpportunityEvent.NOTED, "details": {}})
    shown = sheet(view(events=(opened, noted)))
    assert "landed $91.00, nets $100.00, profit $9.00, margin 9.89%" in shown
    assert "patient $100.00, at once $77.00, cash today -, resold unopened $88.00" in shown
    assert "P(profit) 61 %, nets $75.00 (p5), $98.00 (p50), $140.00 (p95)" in shown
    assert "2025-10-01 opened    it nets more" in shown
    assert "P(profit)" not in sheet(view(p_profit=None))


def test_names_from_outside_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from arb_pipeline.cli.opportunity_view import print_act

    print_act(view(), "cancelled", json=False)
    assert capsys.readouterr().out.startswith("Box [red][31m (tst): cancelled\n")


def test_an_act_says_how_the_mart_gets_to_show_it(capsys: pytest.CaptureFixture[str]) -> None:
    from arb_pipeline.cli.opportunity_view import print_act

    print_act(view(), "cancelled", json=False)
    last = capsys.readouterr().out.splitlines()[-1]
    assert "automatic where `arb up` runs, else `arb mart publish`" in last


def test_json_is_in_dollars(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    from arb_pipeline.cli.opportunity_view import print_act

    print_act(view(outcome_sd_cents=None), "", json=True)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["execution_price"], printed["error"], printed["margin_percentage"]) == (90.0, -60.0, 9.89)
    assert (printed["forecast_low"], printed["opened_on"]) == (None, "2025-10-01")
    assert not [name for name in printed if name.endswith("_cents")]
