"""Resources of the code location."""

import dagster as dg

from arb_pipeline.defs.shared.lake_io import LakeIO
from arb_pipeline.defs.shared.progress import progress_logger
from arb_pipeline.defs.shared.workspace import Workspace


@dg.definitions
def resources() -> dg.Definitions:
    """Stores and scope. In-process execution: a step process costs a second of imports each."""
    return dg.Definitions(
        resources={"workspace": Workspace.configure_at_launch(), "io_manager": LakeIO.configure_at_launch()},
        loggers={"console": dg.colored_console_logger, "progress": progress_logger},
        executor=dg.in_process_executor,
    )
