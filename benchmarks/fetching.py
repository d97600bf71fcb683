"""A full day of TCGCSV, fetched and landed, against unpacking and parsing the same archive by hand.

`python -m benchmarks.fetching [--data DIR] [--day YYYY-MM-DD] [--measured-on YYYY-MM-DD] [--output FILE]`.
The day comes over HTTP from the replay server. Writes a section of `benchmarks/results.md`, and leaves the
others. Exit code 1 when the two sides do not count the same prices.
"""

import argparse
import os
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import py7zr

from arb_pipeline.fetching.crawls import Fetched, fetch
from arb_pipeline.settings import Settings
from arb_pipeline.simulator.replay import ReplayServer
from arb_pipeline.simulator.replay.archives import pack_7z
from benchmarks import timing
from benchmarks.market import REAL, REAL_DAY, SEED

TARGET = 1.5
"""Times the plain way's seconds that fetching may take at most."""
REPEATS = 3
RESULTS = Path(__file__).with_name("results.md")
HEADING = "## Fetching"
GROUPS, ROWS = 4_400, 110
"""Files of the simulated day and rows of each: 484,000 prices, in as many files as a real day has."""
HEADER = ("side", "prices", "best, s", "median, s", "prices/s", "ratio")


@dataclass(frozen=True, slots=True)
class Day:
    """A folder to replay, and the archive in it that both sides read."""

    folder: Path
    day: str
    said: str

    @property
    def archive(self) -> Path:
        """The day as TCGCSV publishes it."""
        return _archive(self.folder, self.day)


def open_day(data: Path | None, day: str | None, scratch: Path) -> Day:
    """The day of the folder named, else of the real data beside the project, else a simulated one."""
    root = data or REAL
    there = sorted(path.name[len("prices-") :][:10] for path in _archive(root, "*").parent.glob("*.7z"))
    if not there and data is None:
        return _simulated(scratch / "simulated", day or REAL_DAY)
    chosen = day or (REAL_DAY if REAL_DAY in there else there[-1] if there else REAL_DAY)
    if chosen not in there:
        msg = f"{_archive(root, chosen)} is not there. Days with an archive: {', '.join(there) or 'none'}."
        raise SystemExit(msg)
    return Day(root.resolve(), chosen, f"TCGCSV's real archive of {chosen}")


def _archive(root: Path, day: str) -> Path:
    return root / f"tcgcsv/archive/prices-{day}.ppmd.7z"


def _simulated(folder: Path, day: str) -> Day:
    """An archive of random prices in the layout and size of a real day."""
    chance = random.Random(SEED)
    members = {f"{day}/{1 + n % 3}/{n}/prices": _group(chance, n) for n in range(GROUPS)}
    path = _archive(folder, day)
    path.parent.mkdir(parents=True)
    path.write_bytes(pack_7z(members))
    return Day(folder, day, f"a simulated archive of {day} (seed {SEED}; no real one is at hand)")


def _group(chance: random.Random, group: int) -> bytes:
    prices = ("lowPrice", "midPrice", "highPrice", "marketPrice", "directLowPrice")
    rows = [
        {
            "productId": group * ROWS + n,
            **{name: round(chance.lognormvariate(0.5, 1.5), 2) for name in prices},
            "subTypeName": chance.choice(("Normal", "Foil")),
        }
        for n in range(ROWS)
    ]
    return orjson.dumps({"success": True, "errors": [], "results": rows})


def plainly(at: Day, scratch: Path) -> int:
    """The archive as one reads it by hand: everything to a folder, every file parsed; the prices in it."""
    with TemporaryDirectory(dir=scratch) as folder:
        with py7zr.SevenZipFile(at.archive) as opened:
            opened.extractall(folder)
        files = Path(folder).glob("*/*/*/prices")
        return sum(len(orjson.loads(path.read_bytes())["results"]) for path in files)


def fetched(server: ReplayServer, scratch: Path) -> Fetched:
    """The day through the spider into a landing of its own: nothing is known of it, nothing is resumed."""
    with TemporaryDirectory(dir=scratch) as home:
        _environ({**server.environment(), "ARB_HOME": home, "ARB_LOOPBACK_DELAY_SECONDS": "0"})
        done = fetch("tcgcsv", settings=Settings(home=Path(home)))
    if done.status != "landed":
        msg = f"tcgcsv: {done.status}: {done.reason}"
        raise SystemExit(msg)
    return done


def _environ(settings: Mapping[str, str]) -> None:
    """The crawl is a process of its own, which reads its settings from the environment."""
    for name in [name for name in os.environ if name.startswith("ARB_")]:
        del os.environ[name]
    os.environ.update(settings)


def measure(at: Day, scratch: Path) -> tuple[list[list[str]], Fetched, int, float]:
    """Lines for the table, the last fetch, the plain way's count, and the ratio of the medians."""
    with ReplayServer(at.folder, sources=["tcgcsv"], day=at.day) as server:
        sides = {
            "fetch('tcgcsv')": lambda: fetched(server, scratch),
            "py7zr extractall, orjson": lambda: plainly(at, scratch),
        }
        done = timing.side_by_side(sides, repeats=REPEATS)
    (last, ours), (count, theirs) = done.values()
    ratio = ours.median / theirs.median
    lines = [
        [name, f"{n:,}", f"{t.best:.2f}", f"{t.median:.2f}", f"{n / t.median:,.0f}", share]
        for (name, (_, t)), n, share in zip(
            done.items(), (last.counts["price"], count), (f"{ratio:.2f}", ""), strict=True
        )
    ]
    return lines, last, count, ratio


def written(text: str, section: str) -> str:
    """The results with their section on fetching put in place of the one they have."""
    return f"{text.partition(HEADING)[0].rstrip()}\n\n{section}"


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and writes the section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fetching", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of source dumps (docs/data-folder.md)")
    parser.add_argument("--day", help="day to fetch; 2025-10-10 or the newest by default")
    today = datetime.now(UTC).date().isoformat()
    parser.add_argument("--measured-on", default=today, help="day to write beside the figures; today")
    parser.add_argument("--output", type=Path, default=RESULTS, help="file whose section is written")
    options = parser.parse_args(arguments)
    machine = timing.machine()
    with TemporaryDirectory(prefix="arb-bench-") as scratch:
        at = open_day(options.data, options.day, Path(scratch))
        size = at.archive.stat().st_size
        print(f"{at.said}, {size / 1e6:.1f} MB\n{machine}\n", flush=True)
        lines, last, count, ratio = measure(at, Path(scratch))
    verdict = "met" if ratio <= TARGET else "MISSED"
    section = SECTION.format(
        heading=HEADING,
        measured_on=options.measured_on,
        said=at.said,
        size=size / 1e6,
        machine=machine,
        repeats=REPEATS,
        table=timing.table(HEADER, lines),
        verdict=f"Target: at most {TARGET} times; {ratio:.2f}: {verdict}.",
        memory=last.stats.get("peak_memory", 0) / 2**20,
    )
    print(section)
    before = options.output.read_text("utf-8") if options.output.exists() else ""
    options.output.write_text(written(before, section), "utf-8")
    if last.counts["price"] != count:
        print(f"The sides DIFFER: {last.counts['price']:,} prices were fetched, the archive holds {count:,}.")
        return 1
    return 0


SECTION = """\
{heading}

`python -m benchmarks.fetching`, measured on {measured_on}: {said}, {size:.1f} MB,
from the replay server on this machine, without a delay between requests. Best and median of {repeats} runs
in turns; the ratio is that of the medians. Fetching includes starting the process, robots.txt, the archive
on disk twice (crawl folder and landing), its check sums, and counting the fields of every price.

- Machine: {machine}.
- Peak memory of the crawl's process: {memory:,.0f} MB.

{table}

{verdict}
"""

if __name__ == "__main__":
    sys.exit(main())
