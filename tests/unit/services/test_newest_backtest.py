"""The newest backtest of a home: kept by `arb backtest`, shown by the API."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from arb_pipeline.api import worker_tasks
from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.core.backtest.calibration import Bin, Brier
from arb_pipeline.core.backtest.coverage import Coverage
from arb_pipeline.core.backtest.estimates import Estimate
from arb_pipeline.core.backtest.findings import Findings, Group, Scope
from arb_pipeline.services import backtest
from arb_pipeline.services.calibration_view import of_backtest, of_purchases
from arb_pipeline.services.purchases import PurchaseResult
from arb_pipeline.settings import Settings

FIRST, LAST = date(2025, 10, 1), date(2025, 10, 5)


def bins(share: float, rows: int) -> list[Bin]:
    return [Bin(0.6, 0.8, rows, rows, 0.7, share, 0.0, 1.0)]


def covered(group: str, rows: int, held: float) -> Coverage:
    return Coverage(group, rows, rows, held, 0.05, 0.05, 0.4, 0.9, 0.5, 0.0, (0.1,) * 10)


def some_findings() -> Findings:
    """Ten forecasts of 70 %: of the six certain ones three came true, of the four random ones all."""
    scope = Scope(
        FIRST, LAST, 2, 0.1, is_published_only=False, days={"mtg": [FIRST]}, skipped={}, history=(1, 5)
    )
    change = Estimate(-150.0, -300.0, 20.0)
    group = Group("all", 10, 10, 1200.0, 1050.0, change, 0.7, None, None, -150.0, 123_45, 100_00)
    brier = Brier(10, 10, 0.7, 0.7, Estimate(0.25), 0.2, Estimate(None), 0.0, 0.0, 0.21, 0.0, 0.3)
    reliability = {"certain contents": bins(0.5, 6), "random contents": bins(1.0, 4)}
    return Findings(
        scope=scope,
        rows=10,
        products=10,
        groups=[group],
        confidence_held=[],
        confidence_stayed=[],
        held_rises=None,
        stayed_rises=True,
        factors={},
        brier={"all": brier},
        reliability=reliability,
        coverage=[covered("fixed contents", 6, 0.9), covered("random contents, mtg", 4, 0.5)],
        coverage_by_day=[],
        opened_held={},
        near={},
        choices=[],
        drift=[],
        moves={},
        published=[],
    )


@pytest.fixture
def home(tmp_path, monkeypatch) -> Settings:
    settings = Settings(home=tmp_path)
    monkeypatch.setattr(worker_tasks, "own_settings", lambda: settings)
    return settings


@pytest.fixture
def reported(home, monkeypatch) -> backtest.BacktestView:
    monkeypatch.setattr(backtest, "backtest", lambda *_: some_findings())
    monkeypatch.setattr(backtest, "write_backtest", lambda path, _: path)
    return backtest.reported(home, backtest.BacktestRequest(["mtg"]), lambda *_: None)


def test_a_view_has_the_figures_of_the_findings_and_its_report(reported, home):
    assert reported.groups[0].change.value == -150.0
    assert reported.scope.days == {"mtg": [FIRST]}
    assert reported.report == (home.reports / "backtest-2025-10-01-2025-10-05-h2.html").resolve()


def test_the_api_shows_the_backtest_that_ran_last(reported, home):
    kept = backtest.newest(home)
    assert kept is not None
    assert kept.brier["all"].score.value == 0.25
    assert datetime.now(UTC) >= kept.generated_at

    from arb_pipeline.api.models.data_team import Backtest

    answer = Backtest.model_validate_json(worker_tasks.backtest())
    (group,) = answer.groups
    assert (group.forecast_margin_percentage, group.profit) == (12.0, Decimal("123.45"))
    assert answer.report["scope"]["history"] == [1, 5]


def test_without_a_backtest_the_refusal_names_the_command(home):
    with pytest.raises(NotFoundError, match="`arb backtest` runs one"):
        worker_tasks.backtest()


def test_reliability_merges_the_kinds_of_contents(reported, home):
    view = of_backtest(backtest.newest(home), None)
    (merged,) = view.bins
    # (3 + 4) of 10; the base rate's Brier score is 0.7 x 0.3.
    assert (merged.forecasts, merged.realised_share) == (10, pytest.approx(0.7))
    assert view.brier_of_base_rate == pytest.approx(0.21)
    assert (view.coverage, view.coverage_forecasts, view.by_category) == (0.9, 6, {"mtg": 0.5})
    assert of_backtest(backtest.newest(home), "pokemon").reason.startswith("The newest backtest is not of")


def test_coverage_of_purchases_counts_those_with_a_range():
    def bought(category: str, p_profit: float, *, profit: bool, within: bool | None) -> PurchaseResult:
        return PurchaseResult(
            category=category, p_profit=p_profit, opened_on=LAST, made_profit=profit, is_within=within
        )

    view = of_purchases(
        [
            bought("mtg", 0.75, profit=True, within=True),
            bought("mtg", 0.75, profit=False, within=False),
            bought("pokemon", 1.0, profit=True, within=None),
        ]
    )
    assert [(part.low, part.forecasts, part.realised_share) for part in view.bins] == [
        (0.7, 2, 0.5),
        (0.9, 1, 1.0),
    ]
    # (0.25^2 + 0.75^2 + 0) / 3
    assert view.brier == pytest.approx(0.625 / 3)
    assert (view.coverage, view.coverage_forecasts) == (0.5, 2)
    assert view.by_category == {"mtg": 0.5, "pokemon": None}
