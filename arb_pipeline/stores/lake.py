"""The lake: Parquet frames between stages, partitioned by category and day. A file is whole or absent."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl

from arb_pipeline.stores.files import written_whole


class Lake:
    """Frames under one folder, one Parquet file per table (and category and day, where it has them)."""

    def __init__(self, root: Path) -> None:
        """`root`: the folder that holds them; made on first use."""
        self._root = root

    def path(self, table: str, *, category: str | None = None, day: date | None = None) -> Path:
        """Where a frame is: `table[/category=...][/day=...]/part.parquet`."""
        folder = self._root / table
        if category:
            folder /= f"category={category}"
        if day:
            folder /= f"day={day.isoformat()}"
        return folder / "part.parquet"

    def write(
        self,
        frame: pl.DataFrame,
        table: str,
        *,
        category: str | None = None,
        day: date | None = None,
        keeps_time: bool = False,
    ) -> Path:
        """Puts a frame in the place of the one before.

        With `keeps_time` an equal frame leaves the file's time alone: what is derived from it is not stale.
        """
        path = self.path(table, category=category, day=day)
        if keeps_time and path.exists() and pl.read_parquet(path, hive_partitioning=False).equals(frame):
            return path
        with written_whole(path) as aside:
            frame.write_parquet(aside, compression="zstd")
        return path

    def read(self, table: str, *, category: str | None = None, day: date | None = None) -> pl.DataFrame:
        """One frame. Raises `FileNotFoundError` that says which stage to run."""
        path = self.path(table, category=category, day=day)
        if not path.exists():
            msg = f"The lake has no {table} ({category or 'all'}, {day or 'any day'}): run its stage."
            raise FileNotFoundError(msg)
        return pl.read_parquet(path, hive_partitioning=False)

    def paths(self, table: str, category: str, days: Iterable[date]) -> list[Path]:
        """The files of a table's days that are there, in order of days."""
        found = (self.path(table, category=category, day=day) for day in sorted(days))
        return [path for path in found if path.exists()]

    def days(self, table: str, category: str | None = None) -> list[date]:
        """The days that a table has."""
        folder = self._root / table / f"category={category}" if category else self._root / table
        return sorted(
            date.fromisoformat(p.parent.name.removeprefix("day=")) for p in folder.glob("day=*/part.parquet")
        )

    def has(self, table: str) -> bool:
        """Is there a frame of a table without partitions?"""
        return self.path(table).exists()

    def sources(self, stage: str, table: str) -> list[str]:
        """The sources that have a table of a stage, e.g. `prices/<source>/rejected`."""
        return sorted(path.parent.name for path in (self._root / stage).glob(f"*/{table}"))
