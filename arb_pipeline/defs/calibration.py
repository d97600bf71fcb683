"""Weekly calibration of the law of movement: re-estimated from the lake, and how the law in force held."""

import dagster as dg

from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.services.calibration import CalibrationError, calibrate, save
from arb_pipeline.settings import settings


@dg.op(description="Estimates the law of movement from the lake and records how the law in force held.")
def calibrate_law_of_movement(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Writes ARB_HOME/calibration; the law in force changes only where a person sets ARB_PARAMS to it."""
    folder = settings().home / "calibration"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        found = calibrate(
            settings(),
            workspace.categories,
            lambda game, day, done, total: context.log.debug(f"{game} {day} ({done} of {total})"),
            output=folder / "movement.yaml",
        )
    except CalibrationError as error:
        context.log.warning(str(error))
        return
    save(found, folder)
    for row in found.before:
        context.log.info(
            f"{row.group}: held {row.held:.3f} of {row.products} products, width {row.width:.3f}"
        )


@dg.job(description="Re-estimates how far net values move up to the sale. Run it weekly.")
def calibrate_movement() -> None:
    """One step."""
    calibrate_law_of_movement()
