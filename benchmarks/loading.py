"""Loads of price_history against a bare COPY of the same rows into the same partitioned table.

`python -m benchmarks.loading [--products N] [--days N] [--repeats N] [--measured-on YYYY-MM-DD]`.
The table of the other side has the same partitions, indices, checks and foreign key, and its COPY gets text
made ready beforehand. Works on an embedded PostgreSQL of its own; writes a section of `benchmarks/results.md`
and leaves the others. Exit code 1 when a repeat wrote a row or the two tables differ.
"""

import argparse
import statistics
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import sqlalchemy as sa
from psycopg import sql

from arb_pipeline.storage.postgres import exports, prices
from arb_pipeline.storage.postgres.copy_writer import driver_of, normalised, text_of
from arb_pipeline.storage.postgres.partitions import ensure_months, month_of, next_month
from arb_pipeline.storage.postgres.reference import save_products
from benchmarks import timing
from benchmarks.database import database, version

TARGET = 0.5
"""Share of a bare COPY's speed."""
SEED, FIRST = 20260101, date(2025, 9, 27)  # days on both sides of a month's end
RESULTS = Path(__file__).with_name("results.md")
HEADING = "## Loading"
HEADER = ("side", "rows", "rows written", "best, s", "median, s", "rows/s", "of COPY's speed")


@dataclass(slots=True)
class Seconds:
    """Times of one side in one repeat: all days, each with its commit."""

    first: float = 0.0
    bare: float = 0.0
    again: float = 0.0
    written: list[int] = field(default_factory=list)


def catalogue(count: int) -> pl.DataFrame:
    """Products and their ids at the source, in no order that an index would like."""
    ids = [str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))) for number in range(count)]
    return pl.DataFrame({"product_id": ids, "tcg_product_id": [str(n) for n in range(count)]})


def observed(count: int, day: date) -> pl.DataFrame:
    """A day's observations: every product, every other one in foil too, with two prices each."""
    chance = np.random.default_rng([SEED, day.toordinal()])
    size = count * 3 // 2
    low = chance.integers(5, 50_000, size)
    numbers = np.arange(size)
    return pl.DataFrame(
        {
            "source_product_id": (numbers % count).astype(str),
            "printing": np.where(numbers >= count, "foil", "normal"),
            "low_cents": low,
            "market_cents": low + chance.integers(0, 300, size),
        }
    ).with_columns(
        pl.lit("mtg").alias("category"),
        pl.lit("tcgplayer").alias("source"),
        pl.lit("near_mint").alias("condition"),
        pl.lit("English").alias("language"),
        pl.lit(day).alias("day"),
        pl.lit(datetime(day.year, day.month, day.day, 20, tzinfo=UTC)).alias("recorded_at"),
        pl.lit(None, pl.Int64).alias("mid_cents"),
        pl.lit(None, pl.Int32).alias("seller_count"),
        pl.lit(None, pl.Int32).alias("available_quantity"),
    )


def same_table(connection: sa.Connection, days: Sequence[date]) -> None:
    """Build `bare`: columns, checks, indices, foreign key and partitions of price_history."""
    connection.exec_driver_sql(
        "CREATE TABLE bare (LIKE price_history INCLUDING ALL) PARTITION BY RANGE (recorded_at);"
        "ALTER TABLE bare ADD FOREIGN KEY (product_id) REFERENCES products (id);"
        "CREATE TABLE bare_default PARTITION OF bare DEFAULT"
    )
    for month in sorted({month_of(day) for day in days}):
        ends = f"FROM ('{month} 00:00+00') TO ('{next_month(month)} 00:00+00')"
        connection.exec_driver_sql(f"CREATE TABLE bare_{month:%Y_%m} PARTITION OF bare FOR VALUES {ends}")


def copy_text(engine: sa.Engine, columns: list[str], texts: list[bytes]) -> int:
    """COPY of ready text, and its commit."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with engine.begin() as connection, driver_of(connection).cursor() as cursor:
        with cursor.copy(sql.SQL("COPY bare ({}) FROM STDIN").format(names)) as stream:
            for text in texts:
                stream.write(text)
        return cursor.rowcount


def load(engine: sa.Engine, observations: pl.DataFrame, known: pl.DataFrame) -> int:
    """A day's load as the asset makes it, and its commit."""
    day, height = observations["day"][0], observations.height
    entry = prices.Load(
        "tcgplayer",
        "mtg",
        day,
        "0" * 64,
        "1",
        rows_raw=height,
        rows_accepted=height,
        rows_duplicate=0,
        rows_quarantined=0,
    )
    with engine.begin() as connection:
        return sum(prices.save_prices(connection, [entry], observations, known).values())


def repeat(engine: sa.Engine, days: Sequence[pl.DataFrame], known: pl.DataFrame, turn: int) -> Seconds:
    """Both sides day by day in turns, whoever begins; then every day again."""
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE price_history, load_ledger, bare")
    took = Seconds()
    for number, observations in enumerate(days):
        rows = normalised(prices._rows(observations, known))  # noqa: SLF001 - the very rows
        texts = [bytes(part) for part in text_of(rows)]

        def ours(observations: pl.DataFrame = observations) -> None:
            written, once = timing.timed(lambda: load(engine, observations, known), repeats=1)
            took.first += once.first
            took.written.append(written)

        def theirs(columns: list[str] = rows.columns, texts: list[bytes] = texts) -> None:
            _, once = timing.timed(lambda: copy_text(engine, columns, texts), repeats=1)
            took.bare += once.first

        for side in (ours, theirs) if (number + turn) % 2 else (theirs, ours):
            side()
    for observations in days:
        written, once = timing.timed(lambda d=observations: load(engine, d, known), repeats=1)  # type: ignore[misc]
        took.again += once.first
        took.written.append(written)
    return took


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and writes the section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loading", description=__doc__)
    parser.add_argument("--products", type=int, default=60_000, help="each has three rows a day")
    parser.add_argument("--days", type=int, default=6, help="each is a load")
    parser.add_argument("--repeats", type=int, default=3, help="of everything, in turns")
    today = datetime.now(UTC).date().isoformat()
    parser.add_argument("--measured-on", default=today, help="day to write beside the figures; today")
    parser.add_argument("--output", type=Path, default=RESULTS, help="file whose section is written")
    options = parser.parse_args(arguments)
    machine = timing.machine()
    print(machine, flush=True)
    known = catalogue(options.products)
    dates = [FIRST + timedelta(days=number) for number in range(options.days)]
    days = [observed(options.products, day) for day in dates]
    with database() as engine:
        with engine.begin() as connection:
            named = known.select("tcg_product_id", id="product_id", name="tcg_product_id")
            save_products(
                connection, named.with_columns(product_type=pl.lit("single"), category=pl.lit("mtg"))
            )
            ensure_months(connection, dates)
            same_table(connection, dates)
        took = [repeat(engine, days, known, turn) for turn in range(options.repeats)]
        with engine.connect() as connection:
            fingerprints = [exports.fingerprint(connection, name, without=("created_at",)) for name in TABLES]
        postgres = version(engine)
    rows = sum(took[0].written[: options.days])
    ratio = statistics.median(once.bare / once.first for once in took)
    repeated = statistics.median(once.again / once.first for once in took)
    written = sum(sum(once.written[options.days :]) for once in took)
    section = SECTION.format(
        heading=HEADING,
        measured_on=options.measured_on,
        rows=rows,
        days=options.days,
        repeats=options.repeats,
        machine=machine,
        postgres=postgres,
        table=timing.table(HEADER, _lines(took, rows, written, ratio)),
        target=TARGET,
        ratio=ratio,
        verdict="met" if ratio >= TARGET else "MISSED",
        repeated=repeated,
        verdict_again="met" if repeated < 1 else "MISSED",
    )
    print(section)
    before = options.output.read_text("utf-8") if options.output.exists() else ""
    options.output.write_text(placed(before, section, HEADING), "utf-8")
    if written or fingerprints[0] != fingerprints[1]:
        print(f"WRONG: the repeats wrote {written:,} rows; (rows, hash) of the two tables: {fingerprints}.")
        return 1
    return 0


TABLES = ("price_history", "bare")


def placed(text: str, section: str, heading: str) -> str:
    """The results with this section in place of the one they have, before or after any other."""
    before, _, after = text.partition(f"{heading}\n")
    others = after.partition("\n## ")[1:]
    rest = f"## {others[1]}".rstrip() + "\n" if others[0] else ""
    return "\n\n".join(part for part in (before.rstrip(), section.rstrip() + "\n", rest) if part)


def _lines(took: Sequence[Seconds], rows: int, written: int, ratio: float) -> list[list[str]]:
    sides = {
        "bare COPY": ([once.bare for once in took], rows, ""),
        "save_prices, first": ([once.first for once in took], rows, f"{ratio:.0%}"),
        "save_prices, again": ([once.again for once in took], written, ""),
    }
    return [
        [
            name,
            f"{rows:,}",
            f"{new:,}",
            f"{min(seconds):.2f}",
            f"{statistics.median(seconds):.2f}",
            f"{rows / statistics.median(seconds):,.0f}",
            share,
        ]
        for name, (seconds, new, share) in sides.items()
    ]


SECTION = """\
{heading}

`python -m benchmarks.loading`, measured on {measured_on}: {rows:,} simulated prices in {days} loads of a day
each, over a month's end, best and median of {repeats} runs, day by day in turns with a bare COPY of the same
rows into a table of the same partitions, indices, checks and foreign key. The COPY gets its text ready made;
`save_prices` joins the catalogue, makes ids and text, and writes the ledger. Both commit each day.

- Machine: {machine}.
- PostgreSQL {postgres} (embedded).

{table}

Target: at least {target:.0%} of a bare COPY's speed; {ratio:.0%} (median of the runs' ratios): {verdict}.
Target: an identical reload in less time than the first; {repeated:.2f} of it: {verdict_again}.
"""

if __name__ == "__main__":
    sys.exit(main())
