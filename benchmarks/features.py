"""Features of 30 million prices against a bare DuckDB scan of them, and of a history ten times as long.

Thirty million observations are a month of 167,000 keys asked for every 4 hours: features of them, and of the
rollup made of them. Thirty million rows of a rollup are a month of a million keys: six times Magic's.

`python -m benchmarks.features [--keys N] [--repeats N] [--measured-on YYYY-MM-DD]`. Writes made-up days
(`price_days.py`) to a lake in a scratch folder, some 170 MB a part, one part after the other; a section of
`benchmarks/results.md` is written and the others are left. Exit code 1 when a kept window changed a feature.
"""

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from arb_pipeline.core.pricing.rollup import daily_rollup
from arb_pipeline.features.history import history_features
from arb_pipeline.storage.lake import Lake, Where
from arb_pipeline.storage.params import parameters
from benchmarks import price_days, timing
from benchmarks.computing import scanned
from benchmarks.loading import placed
from benchmarks.turns import HEADER, in_turns, line

AS_OF = date(2026, 1, 31)
TARGETS = {"observed": 8.0, "rollup": 2.0, "history": 1.2}
LONGER = 10
RESULTS = Path(__file__).with_name("results.md")
HEADING = "## Features at scale"
READ = (
    *("category", "source", "source_product_id", "printing", "condition", "language", "day", "recorded_at"),
    *("market_cents", "low_cents", "mid_cents", "seller_count"),
)
"""Columns of observations that the rollup reads."""


@dataclass(frozen=True, slots=True)
class History:
    """A lake with made-up days up to `AS_OF`."""

    lake: Lake

    @property
    def kept(self) -> Where:
        """File in which the asset keeps the window."""
        return self.lake.path("prices/window", category=price_days.CATEGORY)

    def files(self, day: date, table: str = price_days.TABLE) -> list[Path]:
        """The daily files that features of a day read, as the asset lists them."""
        days = [day - timedelta(days=age) for age in range(parameters(day).prices.window_days + 1)]
        paths = self.lake.paths(table, price_days.CATEGORY, days)
        return [path for path in paths if isinstance(path, Path)]

    def roll_up(self) -> None:
        """A rollup of every day observed, as the asset makes it."""
        quality = parameters(AS_OF).prices.asks_quality
        for path in self.files(AS_OF, price_days.OBSERVED):
            rollup = daily_rollup(pl.read_parquet(path, hive_partitioning=False), asks_quality=quality)
            day = rollup["day"][0]
            self.lake.write(rollup, price_days.TABLE, category=price_days.CATEGORY, day=day)

    def features(self, day: date, window: Where | None = None) -> pl.DataFrame:
        """Features as the asset computes them, with its search for the files."""
        now = parameters(day)
        given: dict[str, Any] = {"as_of": day, "prices": now.prices, "outliers": now.outliers}
        return history_features(self.files(day), category=price_days.CATEGORY, window=window, **given)

    def from_yesterday(self) -> Callable[[], Callable[[], pl.DataFrame]]:
        """Puts yesterday's window back; what is then to be timed: the features of the new day."""
        yesterday = Path(str(self.kept)).with_name("yesterday")
        self.features(AS_OF - timedelta(days=1), self.kept)
        shutil.copyfile(str(self.kept), yesterday)

        def prepared() -> Callable[[], pl.DataFrame]:
            shutil.copyfile(yesterday, str(self.kept))
            return lambda: self.features(AS_OF, self.kept)

        return prepared


def observed_at_scale(keys: int, repeats: int, scratch: Path) -> tuple[list[list[str]], dict[str, Any]]:
    """30 million observations: rolled up and features made; features of the rollup; against their scan."""
    history = History(Lake(scratch / "observed"))
    price_days.write_observed(history.lake, keys=keys, days=price_days.up_to(AS_OF, 32))
    reads = history.files(AS_OF, price_days.OBSERVED)

    def from_observations() -> pl.DataFrame:
        history.roll_up()
        return history.features(AS_OF)

    history.roll_up()
    scan, rolled = "DuckDB scan of the same columns", "from their rollup"
    new_day, whole = (
        "from their rollup, a new day with a kept window",
        "from the observations: rollup and features",
    )
    works: dict[str, Callable[[], Callable[[], Any]]] = {
        scan: lambda: lambda: scanned(reads, READ),
        whole: lambda: from_observations,
        rolled: lambda: lambda: history.features(AS_OF),
        new_day: history.from_yesterday(),
    }
    done = in_turns(works, repeats)
    rows, of_rollup = (_rows(files) for files in (reads, history.files(AS_OF)))
    lines = [
        line(scan, rows, done[scan]),
        line(whole, rows, done[whole], done[scan], TARGETS["observed"]),
        line(rolled, of_rollup, done[rolled], done[scan], TARGETS["rollup"]),
        line(new_day, of_rollup, done[new_day], done[scan], TARGETS["rollup"]),
    ]
    equal = done[whole].result.equals(done[rolled].result) and done[rolled].result.equals(
        done[new_day].result
    )
    shutil.rmtree(scratch / "observed")
    return lines, {"observed": rows, "rolled_up": of_rollup, "observed_keys": keys, "observed_equal": equal}


def at_scale(keys: int, repeats: int, scratch: Path) -> tuple[list[list[str]], dict[str, Any]]:
    """30 million rows of a rollup: from the daily files, from yesterday's window, against their scan."""
    history = History(Lake(scratch / "wide"))
    price_days.write(history.lake, keys=keys, days=price_days.up_to(AS_OF, 32))
    made_mb = timing.peak_memory_mb()
    reads = history.files(AS_OF)
    rows = _rows(reads)
    scan = "DuckDB scan of the same columns"
    works: dict[str, Callable[[], Callable[[], Any]]] = {
        scan: lambda: lambda: scanned(reads),
        "from yesterday's window and the new day": history.from_yesterday(),
        "again, from the window of the day": lambda: lambda: history.features(AS_OF, history.kept),
    }
    done = in_turns(works, repeats)
    window_mb = Path(str(history.kept)).stat().st_size / 1e6
    # Dearest of all and with much memory: on its own, and beside a scan of its own.
    once = in_turns(
        {scan: works[scan], FROM_FILES: lambda: lambda: history.features(AS_OF)}, max(1, repeats - 1)
    )
    lines = [
        line(scan, rows, done[scan]),
        line(FROM_FILES, rows, once[FROM_FILES], once[scan]),
    ]
    kept = [name for name in works if name != scan]
    lines += [line(name, rows, done[name], done[scan]) for name in kept]
    plain = once[FROM_FILES].result
    equal = all(done[name].result.equals(plain) for name in kept)
    shutil.rmtree(scratch / "wide")
    said = {"rows": rows, "window_mb": window_mb, "made_mb": made_mb, "equal": equal, "keys": plain.height}
    return lines, said | {"held": plain["refused_cents"].count(), "memory": timing.peak_memory_mb()}


def over_time(keys: int, repeats: int, scratch: Path) -> tuple[list[list[str]], int, bool]:
    """A day's analysis with 32 and with 320 days of the same size in the lake."""
    long, short = (History(Lake(scratch / name)) for name in ("long", "short"))
    days = price_days.up_to(AS_OF, 32 * LONGER)
    rows = price_days.write(long.lake, keys=keys, days=days)
    for day in days[-32:]:
        source = long.lake.path(price_days.TABLE, category=price_days.CATEGORY, day=day)
        copy = Path(str(short.lake.path(price_days.TABLE, category=price_days.CATEGORY, day=day)))
        copy.parent.mkdir(parents=True)
        shutil.copyfile(str(source), copy)
    names = ("a new day, 32 days of history", f"a new day, {32 * LONGER} days of history")
    done = in_turns({names[0]: short.from_yesterday(), names[1]: long.from_yesterday()}, repeats)
    brief, lasting = (done[name] for name in names)
    lines = [
        line(names[0], rows // LONGER, brief),
        line(names[1], rows, lasting, brief, TARGETS["history"]),
    ]
    return lines, rows, bool(brief.result.equals(lasting.result))


FROM_FILES = "from the daily files, no window"


def _rows(files: list[Path]) -> int:
    rows: int = pl.scan_parquet(files, hive_partitioning=False).select(pl.len()).collect().item()
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and writes the section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.features", description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000, help="prices a day, nearly")
    parser.add_argument("--repeats", type=int, default=3, help="of everything but the dearest, in turns")
    today = datetime.now(UTC).date().isoformat()
    parser.add_argument("--measured-on", default=today, help="day to write beside the figures; today")
    parser.add_argument("--output", type=Path, default=RESULTS, help="file whose section is written")
    options = parser.parse_args(arguments)
    machine = timing.machine()
    print(machine, flush=True)
    with TemporaryDirectory(prefix="arb-bench-") as scratch:
        observed, counted = observed_at_scale(options.keys // 6, options.repeats, Path(scratch))
        print(timing.table(HEADER, observed), flush=True)
        wide, said = at_scale(options.keys, options.repeats, Path(scratch))
        print(timing.table(HEADER, wide), flush=True)
        lasting, rows, same = over_time(options.keys // LONGER, options.repeats + 2, Path(scratch))
    section = SECTION.format(
        heading=HEADING,
        measured_on=options.measured_on,
        machine=machine,
        versions=timing.versions(),
        repeats=options.repeats,
        fewer=max(1, options.repeats - 1),
        more=options.repeats + 2,
        longer_rows=rows,
        observed_table=timing.table(HEADER, observed),
        wide=timing.table(HEADER, wide),
        lasting=timing.table(HEADER, lasting),
        **said,
        **counted,
    )
    print(section)
    before = options.output.read_text("utf-8") if options.output.exists() else ""
    options.output.write_text(placed(before, section, HEADING), "utf-8")
    if not (said["equal"] and counted["observed_equal"] and same):
        print(f"WRONG: equal with a kept window {said['equal']}, {counted['observed_equal']}; longer {same}.")
        return 1
    return 0


SECTION = """\
{heading}

`python -m benchmarks.features`, measured on {measured_on}, with made-up prices. A ratio is the median of the
runs' ratios of wall-clock time to the scan beside it; CPU is what all threads took together, which a busy
machine changes less. Runs in turns: {repeats} ({fewer} of a million keys from the daily files, {more} of the
longer history).

- Machine: {machine}.
- Versions: {versions}.
- Peak memory of the process: {memory:,.0f} MB ({made_mb:,.0f} MB when the days were written).

A month of {observed_keys:,} keys (Magic has 150,464), each asked for every 4 hours: {observed:,} observations
in the 31 days that features read, {rolled_up:,} rows of rollup. The scan is that of the observations:

{observed_table}

With one price a day, of which a rollup makes no fewer rows: {rows:,} rows, a month of {keys:,} keys.
{held:,} prices are held back as outliers; the kept window has {window_mb:,.0f} MB. The scan is of the rollup:

{wide}

A history ten times as long, of a tenth of the keys ({longer_rows:,} prices in the lake); the ratio is that of
the longer over the shorter:

{lasting}
"""

if __name__ == "__main__":
    sys.exit(main())
