"""Pages of the quarantine, and one rejected record by its id."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.services import quarantine
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake


def page(settings: Settings, given: Mapping[str, Any], start: int, limit: int) -> dict[str, Any]:
    """Rejected records from place `start` on, newest day first: items, next place, total, by_reason."""
    day = date.fromisoformat(given["day"]) if given.get("day") else None
    frame = quarantine.rejected(Lake(settings.lake), source=given.get("source"), day=day)
    if reason := given.get("reason"):
        frame = frame.filter(pl.col("reason").str.contains(reason, literal=True))
    rows = frame.slice(start, limit).to_dicts()
    counts = frame.group_by("reason").agg(pl.len()).sort("len", "reason", descending=[True, False])
    return {
        "items": [_item(row) for row in rows],
        "next": start + limit if start + limit < frame.height else None,
        "total": frame.height,
        "by_reason": dict(counts.iter_rows()),
    }


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": rejection_id(row),
        "source": row["source"],
        "category": row["category"],
        "day": row["day"].isoformat() if row["day"] else None,
        "file": row["file"],
        "record": row["record"],
        "reason": row["reason"],
        "detail": row["value"] or None,
        "advice": row["advice"] or None,
    }


def rejection_id(row: Mapping[str, Any]) -> str:
    """A stable id of a rejected record: its source, day, file and place in it."""
    parts = [row["source"], str(row["day"]), row["file"], row["record"], row["reason"]]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def find(settings: Settings, wanted: str) -> dict[str, str]:
    """Source and day of a rejected record. Raises `NotFoundError`."""
    for row in quarantine.rejected(Lake(settings.lake)).iter_rows(named=True):
        if row["day"] is not None and rejection_id(row) == wanted:
            return {"source": row["source"], "day": row["day"].isoformat()}
    thing = "rejected record"
    raise NotFoundError(thing, value=wanted, next_step="GET /api/v1/quarantine lists them.")
