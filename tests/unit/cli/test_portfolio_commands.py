"""`arb portfolio`: wrong use, and what is printed. Its purchases on a database are an integration test."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from arb_pipeline.services.portfolio import PortfolioView, PurchaseCalibrationView, PurchaseView, SaleView

# Typer's own import uses a name that Click has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:'click:DeprecationWarning")
NONE = (
    *("set_name", "kind", "tcg_product_id", "image_url", "product_url", "notes", "forecast", "p_profit"),
    *("current_as_of", "pit", "forecast_low", "forecast_high", "within", "error", "realised_profit"),
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `arb portfolio`; a command that reaches for a database fails the test."""
    from typer.testing import CliRunner

    from arb_pipeline.cli import database, portfolio

    def none() -> None:
        pytest.fail("wrong usage reached the database")

    monkeypatch.setattr(database, "reading", none)
    return lambda *words: CliRunner().invoke(portfolio.app, list(words))


@pytest.mark.parametrize(
    "words",
    [
        ["sell", "box"],
        ["sell", "box", "--proceeds", "1", "--gross", "2"],
        ["sell", "box", "--proceeds", "1.005"],
        ["sell", "box", "--proceeds", "1", "--kind", "gift"],
        ["sell", "box", "--proceeds", "1", "--date", "yesterday"],
        ["edit", "box"],
        ["edit", "box", "--price", "80.005"],
        ["edit", "box", "--quantity", "0"],
        ["edit", "box", "--date", "yesterday"],
        ["remove", "box"],
        ["remove-sale", "box", "1"],
        ["remove-sale", "box", "0", "--reason", "x"],
        ["sheet", "box", "--upload", "ebay"],
        ["sheet", "box", "--output", "x.csv"],
        ["sheet", "box", "--pulled", "no-such-file.csv"],
        ["import", "no-such-file.csv", "--channel", "ebay"],
        ["list", "--state", "lost"],
    ],
    ids=" ".join,
)
def test_wrong_usage(run: Any, words: list[str]) -> None:
    assert run(*words).exit_code == 2


def test_a_column_is_named_by_field_and_header(run: Any, tmp_path: Any) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("x\n", "utf-8")
    done = run("import", str(path), "--channel", "ebay", "--columns", "title")
    assert done.exit_code == 2
    assert "names no column" in done.output


def bought(**changes: Any) -> PurchaseView:
    """Two at $80.00 that were forecast $200.00; one resold unopened for $96.37."""
    sale = SaleView(
        id="s",
        purchase_id="p",
        kind="sealed",
        quantity=1,
        card=None,
        gross=Decimal(120),
        fees=Decimal("23.63"),
        proceeds=Decimal("96.37"),
        sold_on=date(2025, 11, 1),
        channel="ebay",
        description=None,
        created_at=datetime(2025, 11, 1, tzinfo=UTC),
    )
    values: dict[str, Any] = dict.fromkeys(NONE)
    values |= {"id": "p", "opportunity_id": "o", "product_id": "b", "buyer": "ada", "name": "Box"}
    values |= {"set_code": "tst", "category": "mtg", "quantity": 2, "pieces_left": 1, "is_final": False}
    values |= {"price": Decimal(80), "spent": Decimal(160), "purchased_at": datetime(2025, 10, 3, tzinfo=UTC)}
    values |= {"forecast_value": Decimal(200), "forecast_profit": Decimal(40), "proceeds": Decimal("96.37")}
    values |= {"current_value": Decimal(200), "unsold_value": Decimal(100), "sales": (sale,)}
    return PurchaseView(**values | {"unrealised_profit": Decimal("36.37")} | changes)


def test_an_open_purchase_shows_its_sales_and_what_is_unsold() -> None:
    from arb_pipeline.cli.portfolio_view import details

    assert details(bought()).splitlines() == [
        "Box (tst): 2 bought on 2025-10-03 by ada at $80.00 = $160.00",
        "  id         p",
        "  sale 1: 2025-11-01 1 x sealed at ebay: $96.37, fees and postage $23.63",
        "  sold for   $96.37",
        "  unsold     1 of 2 pieces not sold closed or whole; worth $100.00 at today's nets; result so far $36.37",
    ]


def test_a_final_one_shows_its_result_against_the_forecast() -> None:
    from arb_pipeline.cli.portfolio_view import details

    final = bought(is_final=True, realised_profit=Decimal("-5.00"), error=Decimal("-45.00"), within=False)
    assert details(final).splitlines()[-1] == (
        "  result     -$5.00: -$45.00 against the forecast, outside p5 to p95"
    )


def test_the_sums_end_with_the_calibration() -> None:
    from arb_pipeline.cli.portfolio_view import sums

    trust = PurchaseCalibrationView(
        purchases=10,
        not_comparable=1,
        within=8,
        within_low=0.49,
        within_high=0.943,
        pit=(1, 4, 4, 1),
        mean_pit=0.5,
        profits=7,
        mean_p_profit=0.75,
        brier=0.125,
    )
    money = {name: Decimal(n) for n, name in enumerate(("spent", "proceeds", "forecast_profit"), 1)}
    money |= {"realised_profit": Decimal("26.60"), "realised_forecast_profit": Decimal(40)}
    money |= {"current_value": Decimal(200), "unsold_value": Decimal(100), "unrealised_profit": Decimal(5)}
    counts = {"purchases": 12, "realised_purchases": 11, "unmarked": 0, "realised_return": 0.16625}
    text = sums(PortfolioView(**money, **counts, calibration=trust, items=()))
    assert "Realised, 11 final: $26.60 (+16.6%)" in text
    assert "Within p5 to p95: 8 of 10 (95 % interval 49% to 94%; 90 % are expected)" in text
    assert "Below p5, to p50, to p95, above: 1, 4, 4, 1" in text
    assert "7 made a profit, at a mean P(profit) of 0.75; Brier score 0.125" in text
    assert "1 final: resold unopened in part" in text
