"""Outcome distributions of all priced products against 5,000 simulated openings of the same products.

`python -m benchmarks.outcomes [--data DIR] [--day YYYY-MM-DD] [--runs N] [--every N]`. Lines, nets and draws
are in memory before a clock starts. Both sides start from the parts of `core.outcome.frames.bundles`; making
them is in the first row. Exit code 1 when a mean is off by more than a cent, P(profit) by more than chance
explains, or the target is missed.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import polars as pl

from arb_pipeline.core.outcome.bundle import Bundle
from arb_pipeline.core.outcome.frames import Drawn, bundles, outcomes
from arb_pipeline.core.outcome.product import Transforms, outcome, sized
from arb_pipeline.core.valuation.sealed import movements, singles_value
from benchmarks import market, timing
from benchmarks.simulation import simulate

TARGET = 20
"""Times as fast as the simulation, at least."""
AT_THE_SALE = 2
"""Times that the figures at the sale may take of those of what is opened."""
RUNS = 5_000
SEED = 20251010
SIGMAS = 5
"""Standard errors of the simulation: beyond these two of 2,000 products would differ once in 900 runs."""


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outcomes", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of source dumps (docs/data-folder.md)")
    parser.add_argument("--day", help="day to value; 2025-10-10 or the newest by default")
    parser.add_argument("--runs", type=int, default=RUNS, help="openings of each product")
    parser.add_argument("--every", type=int, default=1, help="simulate one product in so many")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="arb-bench-") as scratch:
        at = market.open_market(options.data, options.day, Path(scratch))
        print(f"{at.said}\n{timing.machine()}\n{timing.versions()}\nResolving contents and features ...")
        given = market.inputs(at)
    return compare(given, runs=options.runs, every=options.every)


def compare(given: market.Inputs, *, runs: int, every: int) -> int:
    """Times both sides and prints them; 1 when they do not agree, or the target is missed."""
    valued = given.value().filter(pl.col("singles_value_cents").is_not_null()).sort("product_id")
    lines = given.lines.join(given.nets.select("card_id", "net_cents"), on="card_id", how="left")
    sums = singles_value(given.lines, given.nets, untraded_days=given.params.guards.untraded_days)
    known_sums = (
        valued.select("product_id")
        .join(given.sealed.select("product_id", "category"), on="product_id")
        .join(sums, left_on="product_id", right_on="sealed_product_id")
    )

    def at_the_sale() -> pl.DataFrame:
        moved = movements(known_sums, lines, given.params.movement)
        return outcomes(lines, drawn_of(given), valued, moved)

    both = timing.side_by_side(
        {"opened": lambda: outcomes(lines, drawn_of(given), valued), "sold": at_the_sale}, repeats=3
    )
    (figures, whole), (_, sold) = both["opened"], both["sold"]
    wanted = valued.select("product_id").with_row_index("n").filter(pl.col("n") % every == 0)["product_id"]
    parts = dict(bundles(lines, drawn_of(given)))
    some = {id_: parts[id_] for id_ in wanted}
    known = figures.select("product_id", "p_profit").join(
        valued.select("product_id", "sealed_price_cents", "singles_value_cents", "margin_bps"),
        on="product_id",
    )
    prices = {row[0]: row[2] for row in known.iter_rows()}
    rivals: dict[str, float] = {}
    computed: dict[str, tuple[float, float]] = {}
    ours = theirs = 0.0
    rng, transforms = np.random.default_rng(SEED), Transforms(grids=1)
    # In turns of fifty products: what else the machine does meanwhile hits both sides alike.
    order = sorted(some, key=lambda id_: (_grid(some[id_]), id_))
    for start in range(0, len(order), 50):
        turn = order[start : start + 50]
        started = perf_counter()
        for id_ in turn:
            distribution, price = outcome(some[id_], transforms), prices[id_]
            computed[id_] = (
                distribution.mean,
                distribution.p_above(price) if price is not None else float("nan"),
            )
        ours += perf_counter() - started
        started = perf_counter()
        for id_ in turn:
            opened, price = simulate(some[id_], runs, rng), prices[id_]
            rivals[id_] = float((opened > price).mean()) if price is not None else float("nan")
        theirs += perf_counter() - started
    wrong = differences(some, computed, rivals, runs)
    off = figures.join(valued, on="product_id").filter(
        (pl.col("outcome_mean_cents") - pl.col("singles_value_cents")).abs() > 1
    )
    print(f"\n{given.lines.height:,} lines, {valued.height:,} valued products, {len(some):,} simulated\n")
    rows = [
        ["frames to figures of all products, `outcomes`", f"{whole.best:.2f}", f"{valued.height:,}", ""],
        ["the same at the sale: movements of prices too", f"{sold.best:.2f}", f"{valued.height:,}", ""],
        ["distributions of the simulated products", f"{ours:.2f}", f"{len(some):,}", "1"],
        [f"{runs:,} openings of each, NumPy", f"{theirs:.2f}", f"{len(some):,}", f"{theirs / ours:.1f}"],
    ]
    print(timing.table(["", "s", "products", "times"], rows))
    met = theirs >= TARGET * ours
    print(f"\nTarget: {TARGET} times as fast; {theirs / ours:.1f}: {'met' if met else 'MISSED'}")
    ratio = sold.best / whole.best
    is_short = ratio <= AT_THE_SALE
    print(
        f"Target: at the sale in at most {AT_THE_SALE} times; {ratio:.2f}: {'met' if is_short else 'MISSED'}"
    )
    for text in wrong[:5]:
        print(f"  {text}")
    print(
        f"Means off by more than a cent: {off.height} of {valued.height:,}; "
        f"P(profit) beyond {SIGMAS} standard errors of the simulation: {len(wrong)} of {len(some):,}."
    )
    return int(bool(wrong) or off.height > 0 or not met or not is_short)


def drawn_of(given: market.Inputs) -> Drawn:
    if given.drawn is None:
        msg = "these inputs do not say how draws hang together"
        raise ValueError(msg)
    return given.drawn


def differences(
    some: dict[str, Bundle], computed: dict[str, tuple[float, float]], rivals: dict[str, float], runs: int
) -> list[str]:
    """Products whose mean is not the sum, or whose P(profit) the simulation contradicts."""
    lines = []
    for id_, (mean, p) in computed.items():
        if abs(mean - some[id_].mean) > 1:
            lines.append(f"{id_}: mean {mean:.2f}, the sum is {some[id_].mean:.2f}")
        error = SIGMAS * (max(p * (1 - p), 1 / runs) / runs) ** 0.5 + 0.005
        if abs(p - rivals[id_]) > error:
            lines.append(f"{id_}: P(profit) {p:.4f}, simulated {rivals[id_]:.4f}")
    return lines


def _grid(bundle: Bundle) -> tuple[float, int]:
    return sized(bundle) if bundle.variance else (0.0, 0)


if __name__ == "__main__":
    sys.exit(main())
