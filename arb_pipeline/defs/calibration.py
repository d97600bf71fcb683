"""Weekly evaluation: re-estimation of the law of movement, and forecasts compared with later prices."""

from datetime import UTC, datetime

import dagster as dg

from arb_pipeline.core.backtest.coverage import Coverage
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.services.backtest import BacktestError, BacktestRequest, reported
from arb_pipeline.services.calibration import CalibrationError, CoverageView, calibrate, save
from arb_pipeline.settings import settings
from arb_pipeline.storage.params import CALIBRATION


@dg.op(
    out=dg.Out(dg.Nothing),
    description="Estimates the law of movement from the lake and records the coverage of the law in force.",
)
def calibrate_law_of_movement(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Writes ARB_HOME/calibration; the law in force changes only where a person adopts the new one."""
    folder = settings().home.expanduser() / CALIBRATION
    folder.mkdir(parents=True, exist_ok=True)
    workspace.params(datetime.now(UTC).date())  # with the values that administrators entered
    try:
        view = calibrate(
            settings(),
            workspace.categories,
            lambda game, day, done, total: context.log.debug(f"{game} {day} ({done} of {total})"),
            output=folder / "movement.yaml",
        )
    except CalibrationError as error:
        context.log.warning(str(error))
        return
    save(view, folder)
    for row in view.before:
        context.log.info(_line(row))


@dg.op(
    ins={"calibrated": dg.In(dg.Nothing)},
    description="Holds the forecasts of all days against the prices of the horizon later.",
)
def check_forecasts(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Writes the report and the figures that `GET /api/v1/backtests/latest` answers with."""
    try:
        view = reported(
            settings(),
            BacktestRequest(workspace.categories),
            lambda game, day, done, total: context.log.debug(f"{game} {day} ({done} of {total})"),
        )
    except BacktestError as error:
        context.log.warning(str(error))
        return
    context.add_output_metadata(
        {
            "report": dg.MetadataValue.path(view.report),
            "forecasts": view.findings.rows,
            "law": view.findings.scope.law,
        }
    )
    for row in view.findings.coverage:
        context.log.info(_line(row))


def _line(row: CoverageView | Coverage) -> str:
    return f"{row.group}: held {row.held:.3f} of {row.products} products, width {row.width:.3f}"


@dg.job(description="Re-estimates how far net values move up to the sale, tests forecasts. Run it weekly.")
def calibrate_movement() -> None:
    """The law, then the forecasts."""
    check_forecasts(calibrate_law_of_movement())
