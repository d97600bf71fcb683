"""Pages of the quarantine, and one rejected record by its id."""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.services import quarantine
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import Lake


class RejectionFilters(View):
    """Filters of rejected records; None: all. `reason`: part of a reason's code."""

    source: str | None = None
    day: date | None = None
    reason: str | None = None


class RejectionView(View):
    """One record that cleaning rejected. `id` is stable: of its source, day, file, place and reason."""

    id: str
    source: str
    category: str | None
    day: date | None
    file: str
    record: str
    reason: str
    detail: str | None
    advice: str | None


class RejectionPageView(View):
    """A page of rejected records, newest day first. `total`, `by_reason`: of all that the filters leave."""

    items: tuple[RejectionView, ...]
    next: int | None
    """Place of the next page; None: this is the last one."""
    total: int
    by_reason: Mapping[str, int]


class ReplayView(View):
    """Results of cleaning a rejected record again."""

    source: str
    day: date


def page(settings: Settings, filters: RejectionFilters, start: int, limit: int) -> RejectionPageView:
    """Rejected records from place `start` on."""
    frame = quarantine.rejected(Lake(settings.lake), source=filters.source, day=filters.day)
    if filters.reason:
        frame = frame.filter(pl.col("reason").str.contains(filters.reason, literal=True))
    counts = frame.group_by("reason").agg(pl.len()).sort("len", "reason", descending=[True, False])
    return RejectionPageView(
        items=tuple(_item(row) for row in frame.slice(start, limit).iter_rows(named=True)),
        next=start + limit if start + limit < frame.height else None,
        total=frame.height,
        by_reason=dict(counts.iter_rows()),
    )


def _item(row: Mapping[str, Any]) -> RejectionView:
    return RejectionView(
        id=_id(row),
        source=row["source"],
        category=row["category"],
        day=row["day"],
        file=row["file"],
        record=row["record"],
        reason=row["reason"],
        detail=row["value"] or None,
        advice=row["advice"] or None,
    )


def _id(row: Mapping[str, Any]) -> str:
    parts = [row["source"], str(row["day"]), row["file"], row["record"], row["reason"]]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def find(settings: Settings, wanted: str) -> ReplayView:
    """Source and day of a rejected record. Raises `NotFoundError`."""
    for row in quarantine.rejected(Lake(settings.lake)).iter_rows(named=True):
        if row["day"] is not None and _id(row) == wanted:
            return ReplayView(source=row["source"], day=row["day"])
    thing = "rejected record"
    raise NotFoundError(thing, value=wanted, next_step="GET /api/v1/quarantine lists them.")
