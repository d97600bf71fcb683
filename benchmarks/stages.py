"""The run of one day of Magic, stage by stage, against named alternatives; writes `benchmarks/results.md`.

`python -m benchmarks.stages [--data DIR] [--day YYYY-MM-DD] [--measured-on YYYY-MM-DD] [--output FILE]`.
Works in a scratch folder and on an embedded PostgreSQL of its own; both are gone afterwards.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import computing, market, timing, writing
from benchmarks.database import database, version

RESULTS = Path(__file__).with_name("results.md")


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and writes the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of source dumps (docs/data-folder.md)")
    parser.add_argument("--day", help="day to run; 2025-10-10 or the newest by default")
    today = datetime.now(UTC).date().isoformat()
    parser.add_argument("--measured-on", default=today, help="day to write beside the figures; today")
    parser.add_argument("--output", type=Path, default=RESULTS, help="file to write")
    options = parser.parse_args(arguments)
    machine = timing.machine()
    with TemporaryDirectory(prefix="arb-bench-") as scratch:
        at = market.open_market(options.data, options.day, Path(scratch))
        print(f"{at.said}\n{machine}\n", flush=True)
        frames, computed = computing.measure(at)
        print(timing.table(computing.HEADER, computed), "\n", flush=True)
        with database() as engine:
            postgres = version(engine)
            written = writing.measure(at, frames, engine)
    print(timing.table(writing.HEADER, written))
    text = RESULT.format(
        measured_on=options.measured_on,
        market=at.said,
        sizes=frames.sizes,
        machine=machine,
        versions=f"{timing.versions()}, PostgreSQL {postgres} (embedded)",
        repeats=computing.REPEATS,
        computed=timing.table(computing.HEADER, computed),
        written=timing.table(writing.HEADER, written),
        memory=timing.peak_memory_mb(),
    )
    options.output.write_text(text, "utf-8")
    print(f"\nPeak memory {timing.peak_memory_mb():,.0f} MB. Written to {options.output.name}.")
    return 0


RESULT = """\
# Results of `python -m benchmarks.stages`

Measured on {measured_on}. What the figures mean: [README](README.md).

- Data: {market}; {sizes}.
- Machine: {machine}.
- Versions: {versions}.
- Peak memory of the process: {memory:,.0f} MB.

## Computing

Best and median of {repeats} runs, in seconds. The ratio is the stage's best over the alternative's.

{computed}

## Writing to PostgreSQL

Each first load goes into tables that hold nothing of the kind yet; the repeat writes the same rows again.
The ratio is the first load over the alternative's best.

{written}
"""

if __name__ == "__main__":
    sys.exit(main())
