"""A crawl inside a run: its progress in the run's log, its figures as metadata."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.defs.shared.product_selection import named_products
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.fetching.crawls import Fetched, fetch, log_of
from arb_pipeline.fetching.watchlist import KNOWN_BY, watched
from arb_pipeline.settings import settings
from arb_pipeline.storage.lake import SEALED_PRODUCTS
from arb_pipeline.storage.landing import Package

REPORTED_EVERY = 25
"""Answers between two lines of progress."""
TAIL = 40
"""Lines of a crawl's log that a run shows."""


def fetched_now(
    context: dg.AssetExecutionContext, workspace: Workspace, source: str, day: date | None
) -> Fetched:
    """Fetches a source, with progress in the run's log."""
    answers = 0
    needs_products = source in KNOWN_BY and workspace.lake.has(SEALED_PRODUCTS)
    sealed = workspace.lake.read(SEALED_PRODUCTS) if needs_products else None
    products = None if sealed is None else named_products(context, workspace, sealed)

    def listen(event: Mapping[str, Any]) -> None:
        nonlocal answers
        if event["event"] == "wait":
            context.log.info(f"{source}: waiting {event['seconds']:.0f} s for {event['host']}")
        elif event["event"] == "answer":
            answers += 1
            if answers == 1 or answers % REPORTED_EVERY == 0:
                context.log.info(
                    f"{source}: {answers} answers, the last {event['status']} from {event['url']}"
                )

    fetched = fetch(
        source,
        settings=settings(),
        days=[day] if day else (),
        categories=[c for c in workspace.categories if c in SOURCES[source].categories],
        options=watched(workspace.lake, source, workspace.categories, products),
        listener=listen,
    )
    for warning in fetched.warnings:
        context.log.warning(f"{source}: {warning}")
    if fetched.status == "failed":
        context.log.warning(f"{source}: {fetched.reason}")
    return fetched


def fetched_metadata(fetched: Fetched, used: Package | None) -> dict[str, Any]:
    """Metadata of a fetch: figures, age of the package in use, end of the crawl's log."""
    log = log_of(settings().crawls / fetched.source)
    lines = log.read_text("utf-8", "replace").splitlines()[-TAIL:] if log.exists() else []
    metadata: dict[str, Any] = {
        "status": fetched.status,
        "records": dict(fetched.counts),
        **{name: round(value, 2) for name, value in fetched.stats.items()},
        "log": dg.MetadataValue.md("```\n" + "\n".join(lines).replace("```", "'''") + "\n```"),
    }
    if fetched.warnings:
        metadata["warnings"] = list(fetched.warnings)
    if used is not None:
        landed_at = datetime.fromisoformat(str(used.manifest["landed_at"]))
        metadata |= {
            "in_use": used.part,
            "age_hours": round((datetime.now(UTC) - landed_at).total_seconds() / 3600, 1),
        }
    return metadata
