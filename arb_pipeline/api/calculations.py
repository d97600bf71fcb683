"""Modules that worker processes import before their first task (`workers.PRELOADED`)."""

from arb_pipeline.api import explaining, valuing, worker_tasks
from arb_pipeline.services import calibration_view, previews, price_list, price_list_jobs, quarantine_page

__all__ = [
    "calibration_view",
    "explaining",
    "previews",
    "price_list",
    "price_list_jobs",
    "quarantine_page",
    "valuing",
    "worker_tasks",
]
