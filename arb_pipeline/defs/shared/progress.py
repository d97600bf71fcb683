"""A logger through which the command line shows a run's events as they happen."""

import logging

import dagster as dg

NAME = "arb_pipeline.progress"


@dg.logger
def progress_logger(_context: dg.InitLoggerContext) -> logging.Logger:
    """Hands every event to whoever listens on the Python logger `NAME`."""
    logger = logging.getLogger(NAME)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger
