"""Ledger of loads: the facts of a load, earlier loads, and its row.

`prices` writes the rows of a load; both are written in one transaction.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.errors import ConflictError
from arb_pipeline.core.identity import stable_id
from arb_pipeline.storage import logs
from arb_pipeline.storage.postgres.merge import merge
from arb_pipeline.storage.postgres.tables import load_ledger, price_history, products

KEYS = ["source", "category", "day", "package_id", "parser_version"]
ALL = "all"
"""Category of a load whose records are of several games, or of unknown ones."""
LEAST_SHARE = 0.5
"""Least share of the previous snapshot's rows; below it a load needs confirmation."""


class SnapshotShrankError(ConflictError, RuntimeError):
    """A snapshot is far smaller than the previous one; the message has both figures and the next step."""


@dataclass(frozen=True, slots=True)
class Load:
    """One package's load of one category and day; raw = accepted + duplicate + quarantined."""

    source: str
    category: str
    day: date
    package_id: str
    parser_version: str
    rows_raw: int
    rows_accepted: int
    rows_duplicate: int
    rows_quarantined: int
    fetched_at: datetime | None = None
    """Time of the fetch of the package (UTC): of two observations of a key the later is kept. None: unknown,
    and then the load counts as the latest."""


def lock(connection: sa.Connection, source: str) -> None:
    """Lock the source until the transaction ends: one load at a time."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"load {source}"))))


def is_first(connection: sa.Connection, load: Load) -> bool:
    """True if nothing of its source, category and day was loaded yet."""
    of_day = sa.select(load_ledger.c.id).where(*_same(load, "source", "category", "day"))
    return connection.scalar(sa.select(~of_day.exists())) is True


def refuse_shrunk(connection: sa.Connection, load: Load) -> None:
    """Raise `SnapshotShrankError` for less than half the rows of the newest day before.

    The fullest load of that day counts. A package that was loaded once as confirmed is not checked again.
    """
    table = load_ledger
    again = sa.select(table.c.id).where(*_same(load, "source", "category", "day", "package_id"))
    before = (
        sa.select(table.c.day, sa.func.max(table.c.rows_accepted))
        .where(*_same(load, "source", "category"), table.c.day < load.day, ~again.exists())
        .group_by(table.c.day)
        .order_by(table.c.day.desc())
        .limit(1)
    )
    last = connection.execute(before).one_or_none()
    if last and load.rows_accepted < LEAST_SHARE * last[1]:
        message = (
            f"{load.source} {load.category} of {load.day} has {load.rows_accepted:,} rows; {last[0]} had"
            f" {last[1]:,}. Less than half is refused: look at the package, then load it again as confirmed."
        )
        raise SnapshotShrankError(message)


def earlier_parse(connection: sa.Connection, load: Load) -> sa.ColumnElement[bool] | None:
    """Condition for rows of price_history from an earlier parser of this package; None when there are none.

    Those that the current parser does not produce are deleted: a replay of all raw data would not have them.
    Without the time of fetching, rows of several packages of a day cannot be distinguished, and stay.
    """
    table = load_ledger
    parses = connection.execute(
        sa.select(table.c.package_id, table.c.parser_version).where(
            *_same(load, "source", "category", "day"),
            table.c.fetched_at.is_not_distinct_from(load.fetched_at),
        )
    )
    package_ids = set(parses)
    own = {version for package, version in package_ids if package == load.package_id}
    others = {package for package, _ in package_ids} - {load.package_id}
    if others or not own - {load.parser_version} or load.parser_version in own:
        return None
    start = datetime.combine(load.day, time(), UTC)
    rows = price_history.c
    of_category = sa.select(products.c.id).where(products.c.category == load.category)
    return sa.and_(
        rows.source == load.source,
        rows.recorded_at >= start,
        rows.recorded_at < start + timedelta(days=1),
        rows.fetched_at.is_not_distinct_from(load.fetched_at),
        sa.true() if load.category == ALL else rows.product_id.in_(of_category),
    )


def enter(connection: sa.Connection, written: Mapping[Load, int]) -> None:
    """Add a row per load. An existing row stays as it is: it records the load that wrote the rows."""
    entries = pl.DataFrame([_entry(load, rows) for load, rows in written.items()], infer_schema_length=None)
    kept = [name for name in entries.columns if name not in KEYS]
    merge(connection, load_ledger, entries, keys=KEYS, keep=kept)
    for entry in entries.iter_rows(named=True):
        fields = {name: entry[name] for name in entries.columns if name not in ("id", "day", "fetched_at")}
        logs.logger().info("load entered", load_id=entry["id"], load_day=entry["day"].isoformat(), **fields)


def _entry(load: Load, rows_written: int) -> dict[str, object]:
    key = (load.source, load.category, load.day.isoformat(), load.package_id, load.parser_version)
    return {"id": stable_id("load", *key), **asdict(load), "rows_written": rows_written}


def _same(load: Load, *names: str) -> list[sa.ColumnElement[bool]]:
    return [load_ledger.c[name] == getattr(load, name) for name in names]
