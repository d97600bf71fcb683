"""The lake: Parquet frames between stages, partitioned by category and day. A file is whole or absent.

A folder, or the URL of any store that fsspec supports (s3://, gs://, abfs://, memory://). In a folder a
frame is written aside, synced and renamed. In an object store it is one PUT: readers see all or nothing.
Each store's package (s3fs, gcsfs, adlfs) is the user's to install.
"""

from collections.abc import Iterable
from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl
from upath import UPath

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.storage.files import written_whole

SEALED_PRODUCTS = "catalog/sealed_products"
"""Table of the catalogue."""
DAILY_PRICES = "prices/daily"
SEALED_VALUATIONS = "valuation/sealed_valuations"
Where = Path | UPath
"""A path in a folder, or in an object store."""


class NotInLakeError(NotFoundError, FileNotFoundError):
    """A frame that no run has computed yet; the message names the stage to run."""


class Lake:
    """Frames under a folder or URL, one Parquet file per table (per category and day, if partitioned)."""

    def __init__(self, root: Path | str) -> None:
        """`root`: folder or URL; a folder is created on first use."""
        self._root = place(root)

    def path(self, table: str, *, category: str | None = None, day: date | None = None) -> Where:
        """Path of a frame: `table[/category=...][/day=...]/part.parquet`."""
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
    ) -> Where:
        """Replaces a frame.

        With `keeps_time` an equal frame keeps the file's time, so that derived frames stay valid.
        An object store gives a new time with every write, so there too an equal frame is not written.
        """
        path = self.path(table, category=category, day=day)
        if keeps_time and path.exists() and _read(path).equals(frame):
            return path
        if isinstance(path, Path):
            with written_whole(path) as aside:
                frame.write_parquet(aside, compression="zstd")
        else:
            content = BytesIO()
            frame.write_parquet(content, compression="zstd")
            path.fs.pipe_file(path.path, content.getvalue())
        return path

    def read(self, table: str, *, category: str | None = None, day: date | None = None) -> pl.DataFrame:
        """One frame. Raises `NotInLakeError` with the stage to run."""
        path = self.path(table, category=category, day=day)
        if not path.exists():
            msg = f"The lake has no {table} ({category or 'all'}, {day or 'any day'}): run its stage."
            raise NotInLakeError(msg)
        return _read(path)

    def scan(self, table: str, *, day: date | None = None) -> pl.LazyFrame:
        """One uncategorised frame, of which only the requested columns are read. It must exist."""
        path = self.path(table, day=day)
        source = path if isinstance(path, Path) else BytesIO(path.read_bytes())
        return pl.scan_parquet(source, hive_partitioning=False)

    def paths(self, table: str, category: str | None, days: Iterable[date]) -> list[Where]:
        """Existing files of a table's days, in order of days."""
        wanted = {day: self.path(table, category=category, day=day) for day in sorted(days)}
        if isinstance(self._root, Path):
            return [path for path in wanted.values() if path.exists()]
        held = set(
            self.days(table, category)
        )  # one request: a store takes one or two for each file otherwise
        return [path for day, path in wanted.items() if day in held]

    def days(self, table: str, category: str | None = None) -> list[date]:
        """Days of a table."""
        folder = self._root / table / f"category={category}" if category else self._root / table
        return sorted(date.fromisoformat(name.removeprefix("day=")) for name in _day_folders(folder))

    def has(self, table: str) -> bool:
        """True if an unpartitioned table has a frame."""
        return self.path(table).exists()

    def below(self, folder: str) -> list[Where]:
        """Every frame below a folder of the lake, by path."""
        return sorted((self._root / folder).rglob("*.parquet"), key=str)

    @property
    def root(self) -> Where:
        """Folder or URL of the lake."""
        return self._root

    @property
    def scratch(self) -> Where:
        """Folder of tables between the steps of a calculation on other machines."""
        return self._root / "scratch/features"

    def sources(self, stage: str, table: str) -> list[str]:
        """Sources with a table of a stage, e.g. `prices/<source>/rejected`."""
        return sorted(path.parent.name for path in (self._root / stage).glob(f"*/{table}"))


def place(root: Path | str) -> Where:
    """Path of a folder or URL. Raises `ValueError` for a URL of an unsupported store."""
    if isinstance(root, Path) or "://" not in root:
        return Path(root)
    try:
        path = UPath(root)
        path.fs  # noqa: B018 - the store's package is imported here
    except (ValueError, ImportError) as error:
        msg = f"The lake's URL {root!r} cannot be opened: {error}. Known are folders and fsspec's URLs."
        raise ValueError(msg) from error
    return Path(path.path) if path.protocol in {"file", "local"} else path


def is_newer(path: Where, than: Where) -> bool:
    """True if a file was written after another. Object stores count in seconds: there equal is after."""
    if isinstance(path, Path) or isinstance(than, Path):
        return path.stat().st_mtime_ns > than.stat().st_mtime_ns
    return bool(path.fs.modified(path.path) >= than.fs.modified(than.path))


def fingerprint(path: Where) -> str:
    """Fingerprint of a file's version: inode, size and time, or an object store's ETag."""
    if isinstance(path, Path):
        seen = path.stat()
        return f"{seen.st_ino}.{seen.st_size}.{seen.st_mtime_ns}"
    return str(path.fs.ukey(path.path))


def _day_folders(folder: Where) -> list[str]:
    """Names of the subfolders `day=...` with a frame. A store lists a thousand of them in one request."""
    if isinstance(folder, Path):
        return [path.parent.name for path in folder.glob("day=*/part.parquet")]
    parts = (file.removeprefix(folder.path).strip("/").split("/") for file in folder.fs.find(folder.path))
    return [names[0] for names in parts if len(names) == 2 and names[1] == "part.parquet"]  # noqa: PLR2004


def _read(path: Where) -> pl.DataFrame:
    source = path if isinstance(path, Path) else BytesIO(path.read_bytes())
    return pl.read_parquet(source, hive_partitioning=False)
