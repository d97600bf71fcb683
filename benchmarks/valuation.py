"""Valuation of the whole catalogue against plain-Python loops over the same lines.

`python -m benchmarks.valuation [--data DIR] [--day YYYY-MM-DD]`. Contents are resolved and everything is in
memory, on both sides, before a clock starts. Exit code 1 when they do not agree.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks import market, plain, timing

TARGET = 0.1
"""Share of the plain loop's time that valuation may take at most."""
REPEATS = 5
LINES = 1_000_000
"""Lines to which the simulated market is repeated; the real catalogue has 1.2 million."""
EXACT = (
    "sealed_price_cents",
    "gross_singles_value_cents",
    "singles_value_cents",
    "profit_cents",
    "margin_bps",
)
EQUAL = ("flags", "missing_factors", "confidence_score", "risk_level", "competition_level", "published")
CLOSE = ("priced_share",)
TOLERANCE = 1e-9


def repeated(given: market.Inputs, lines: int) -> market.Inputs:
    """The market, products and cards alike under new ids, as often as it takes to reach so many lines."""
    times = -(-lines // given.lines.height)

    def copies(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        text = frame.with_columns(pl.col(columns).cast(pl.String))
        made = pl.concat(text.with_columns(pl.col(columns) + f"#{n}") for n in range(times))
        return made.with_columns(pl.col(name).cast(frame.schema[name]) for name in columns)

    return replace(
        given,
        sealed=copies(given.sealed, "product_id"),
        completeness=copies(given.completeness, "sealed_product_id"),
        lines=copies(given.lines, "sealed_product_id", "card_id"),
        nets=copies(given.nets, "card_id"),
        offers=copies(given.offers, "product_id"),
    )


def differences(valued: pl.DataFrame, looped: dict[str, plain.Row]) -> list[str]:
    """Every figure on which the two sides differ, in words; none when they agree."""
    lines = [f"{id_}: only one side values it" for id_ in set(valued["product_id"]) ^ looped.keys()]
    for row in valued.iter_rows(named=True):
        other = looped.get(row["product_id"], row)
        wrong = [name for name in (*EXACT, *EQUAL) if row[name] != other[name]]
        wrong += [name for name in CLOSE if not _is_close(row[name], other[name])]
        lines += [
            f"{row['product_id']}: {name} is {row[name]!r}, the loop says {other[name]!r}" for name in wrong
        ]
    return lines


def _is_close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(1.0, abs(other))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both loops and the valuation, timed, and the figures on which they differ."""

    frames: timing.Times
    by_line: timing.Times
    by_card: timing.Times
    converting: timing.Times
    differences: list[str]


def compare(given: market.Inputs, *, repeats: int) -> Comparison:
    """Times the valuation, the loops, and (once, apart) making the loops' objects of the frames."""
    held, converting = timing.timed(lambda: plain.objects(given), repeats=1)
    sides = {
        "frames": given.value,
        "by_line": lambda: plain.value(held, given, plain.by_line),
        "by_card": lambda: plain.value(held, given, plain.by_card),
    }
    done = timing.side_by_side(sides, repeats=repeats)
    valued = done["frames"][0]
    wrong = differences(valued, done["by_line"][0]) + differences(valued, done["by_card"][0])
    times = {name: times for name, (_, times) in done.items()}
    return Comparison(**times, converting=converting, differences=wrong)


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.valuation", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of source dumps (docs/data-folder.md)")
    parser.add_argument("--day", help="day to value; 2025-10-10 or the newest by default")
    parser.add_argument("--lines", type=int, default=LINES, help="size to repeat the simulated market to")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="arb-bench-") as scratch:
        at = market.open_market(options.data, options.day, Path(scratch))
        print(f"{at.said}\n{timing.machine()}\n{timing.versions()}\nResolving contents and features ...")
        given = market.inputs(at)
        if not at.is_real:
            given = repeated(given, options.lines)
        compared = compare(given, repeats=REPEATS)
    return report(given, compared)


def report(given: market.Inputs, compared: Comparison) -> int:
    """Prints the comparison; 1 when the sides differ."""
    sizes = {
        "sealed products": given.sealed,
        "lines": given.lines,
        "singles": given.nets,
        "priced products": given.features,
    }
    print(", ".join(f"{frame.height:,} {name}" for name, frame in sizes.items()) + "\n")
    sides = {
        "core.valuation.value_sealed": compared.frames,
        "plain loop, figures looked up by the line": compared.by_line,
        "tuned loop, figures worked out by the card": compared.by_card,
    }
    rows = [
        [name, f"{t.best:.3f}", f"{t.median:.3f}", f"{given.lines.height / t.best:,.0f}", _ratio(compared, t)]
        for name, t in sides.items()
    ]
    print(timing.table(["", f"best of {REPEATS}, s", "median, s", "lines/s", "ratio"], rows))
    ratio = compared.frames.best / compared.by_line.best
    print(
        f"\nTarget: at most {TARGET} of the plain loop; {ratio:.3f}: {'met' if ratio <= TARGET else 'MISSED'}"
    )
    seconds = compared.converting.first
    print(f"Making the loops' objects of the frames took another {seconds:.2f} s, not counted.")
    if compared.differences:
        print(
            f"The sides DIFFER in {len(compared.differences)} figures:", *compared.differences[:5], sep="\n  "
        )
        return 1
    print(f"All agree to the cent ({', '.join(EXACT)}) and in {', '.join((*EQUAL, *CLOSE))}.")
    return 0


def _ratio(compared: Comparison, other: timing.Times) -> str:
    return f"{compared.frames.best / other.best:.3f}"


if __name__ == "__main__":
    sys.exit(main())
