"""Logger of run events for live progress in the command line."""

import logging

import dagster as dg

NAME = "arb_pipeline.progress"


@dg.logger
def progress_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """Forwards every event to the Python logger `NAME`."""
    logger = logging.getLogger(NAME)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger
