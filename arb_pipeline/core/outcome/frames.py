"""Bundles of products from the lake's frames, and one row of figures per product."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from arb_pipeline.contracts.frame_models import SEALED_IDS
from arb_pipeline.core.contents.expected_contents import VARIABLE, of_products
from arb_pipeline.core.money import round_cents, rounded
from arb_pipeline.core.outcome.bundle import Bundle, Mixture
from arb_pipeline.core.outcome.distribution import Floats, Outcome
from arb_pipeline.core.outcome.movement import Movement
from arb_pipeline.core.outcome.packs import Configuration, Pack, Sheet
from arb_pipeline.core.outcome.predictive import Predictive
from arb_pipeline.core.outcome.product import Transforms, outcome, sized
from arb_pipeline.core.valuation.buylist_cap import with_line_nets

QUANTILES = {f"p{percent}_cents": percent / 100 for percent in (5, 50, 95)}
SUMS = ("outcome_mean_cents", "outcome_sd_cents", *QUANTILES, "contents_sd_cents", "price_sd_cents")
FIGURES = [*SUMS, "p_profit", "log_growth"]
"""Figures of a product's distribution: money in whole cents, P(profit) 0 to 1, log growth per horizon."""
DIGITS = {"p_profit": 5, "log_growth": 6}
EVEN = 0.5
"""Default stake of a purchase: half of the buyer's money."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Structure of draws: the frames beside the lines."""

    pack_sheets: pl.DataFrame
    """Columns of the contract `PackSheets`."""
    draws: pl.DataFrame
    """Columns of the contract `Draws`."""


def outcomes(
    lines: pl.DataFrame,
    drawn: Drawn,
    prices: pl.DataFrame,
    movements: Mapping[str, Movement] | None = None,
    *,
    stake: float = EVEN,
) -> pl.DataFrame:
    """product_id and `FIGURES` of each product in `prices`: product_id, sealed_price_cents (null: no price).

    `lines` as `bundles` takes them. `movements`: how each net value moves up to the sale; without them the
    figures are of what is opened, at the prices of today. A product whose draws are not known has no row.
    """
    price = dict(prices.select("product_id", "sealed_price_cents").iter_rows())
    transforms = Transforms(grids=1)
    rows: list[tuple[object, ...]] = []
    for product_id, bundle in by_grid(of_products(lines, price), drawn):
        distribution = sold(outcome(bundle, transforms), movements[product_id] if movements else None)
        rows.append((product_id, *figures(distribution, price[product_id], stake=stake)))
    return rounded_figures(rows)


def sold(opened: Outcome, movement: Movement | None) -> Outcome | Predictive:
    """Distribution of the contents' value at the sale: with the movement of prices, where one is given."""
    return opened if movement is None else Predictive(opened, movement)


def by_grid(lines: pl.DataFrame, drawn: Drawn) -> list[tuple[str, Bundle]]:
    """The `bundles` in order of grids: those that share one follow each other, and share transforms."""
    return sorted(bundles(lines, drawn), key=lambda b: (sized(b[1]) if b[1].variance else (0.0, 0), b[0]))


def figures(
    distribution: Outcome | Predictive, cost: float | None, *, stake: float = EVEN
) -> tuple[float | None, ...]:
    """`FIGURES` of one distribution, unrounded; `cost` in cents, null: no price."""
    return (*spread(distribution), *chances(distribution, cost, stake=stake))


def spread(distribution: Outcome | Predictive) -> tuple[float, ...]:
    """`SUMS` of one distribution, whatever it costs, unrounded."""
    shares = np.array(list(QUANTILES.values()))
    parts = (
        (distribution.contents_sd, distribution.price_sd)
        if isinstance(distribution, Predictive)
        else (distribution.sd, 0.0)
    )
    return (distribution.mean, distribution.sd, *distribution.quantiles(shares).tolist(), *parts)


def chances(
    distribution: Outcome | Predictive, cost: float | None, *, stake: float = EVEN
) -> tuple[float | None, float | None]:
    """P(profit) and log growth of one distribution at a cost in cents, unrounded; null: no price."""
    p_profit = None if cost is None else distribution.p_above(cost)
    growth = distribution.log_growth(cost, stake) if cost and isinstance(distribution, Predictive) else None
    return p_profit, growth


def rounded_figures(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    """Rows of (product_id, *`figures`) as a frame, rounded as they are stored."""
    frame = pl.DataFrame(
        rows, schema={"product_id": pl.String} | dict.fromkeys(FIGURES, pl.Float64), orient="row"
    )
    return frame.with_columns(
        *(round_cents(pl.col(name)) for name in SUMS),
        *(rounded(pl.col(name), digits).alias(name) for name, digits in DIGITS.items()),
    )


def outcome_of(
    product_id: str,
    lines: pl.DataFrame,
    nets: pl.DataFrame,
    drawn: Drawn,
    movement: Movement | None = None,
) -> Outcome | Predictive | None:
    """One product's distribution; None where its draws or contents are unknown."""
    product_lines = lines.filter(pl.col("sealed_product_id") == pl.lit(product_id).cast(SEALED_IDS))
    if "net_cents" not in product_lines.columns:
        product_lines = with_line_nets(product_lines, nets)
    bundle = next(bundles(product_lines, drawn), None)
    return bundle and sold(outcome(bundle[1], Transforms()), movement)


def bundles(lines: pl.DataFrame, drawn: Drawn) -> Iterator[tuple[str, Bundle]]:
    """Bundle of each product, by id.

    `lines`: columns of the contract `Lines`, and `net_cents`: what a copy of that line nets (null: 0).
    Products whose lines name a pack or a mixture that `drawn` lacks are left out.
    """
    lines = lines.with_columns(pl.col("net_cents").fill_null(0.0))
    certain = (
        lines.filter("guaranteed")
        .group_by("sealed_product_id")
        .agg((pl.col("expected_copies") * pl.col("net_cents")).sum())
    )
    constants: dict[str, float] = dict(certain.iter_rows())
    packs, held = _packs(lines, drawn), _held(lines, drawn.draws)
    for product_id, is_drawn in (
        lines.group_by("sealed_product_id")
        .agg((~pl.col("guaranteed")).any())
        .sort(pl.col("sealed_product_id").cast(pl.String))
        .iter_rows()
    ):
        constant = constants.get(product_id, 0.0)
        if not is_drawn:
            yield product_id, Bundle(constant)
        elif product_id in held and held[product_id].kinds <= packs.keys():
            yield product_id, _bundle(held[product_id], 0, constant, product_id, packs)


@dataclass(frozen=True, slots=True)
class _Held:
    """A product's bundles: the packs and the value of cards of each, and the mixtures below each.

    `kinds`: (product, pack) of all its packs.
    """

    kinds: set[tuple[str, str]]
    packs: dict[int, list[tuple[str, int]]]
    cards: dict[int, float]
    mixtures: dict[int, dict[int, list[Any]]]


def _held(lines: pl.DataFrame, draws: pl.DataFrame) -> dict[str, _Held]:
    nets = lines.filter(
        ~pl.col("guaranteed") & (pl.col("pack") == "") & (pl.col("sheet") == VARIABLE)
    ).select("sealed_product_id", "card_id", "net_cents")
    keys = [name for name in draws.columns if name not in ("pack", "card_id", "quantity")]
    rows = (
        draws.join(lines.select("sealed_product_id").unique(), on="sealed_product_id", how="semi")
        .join(nets, on=["sealed_product_id", "card_id"], how="left")
        .group_by(*keys, "pack", maintain_order=True)
        .agg(
            quantity=pl.col("quantity").sum(),
            value=(pl.col("quantity") * pl.col("net_cents").fill_null(0.0)).sum(),
        )
    )
    by_product: dict[str, _Held] = defaultdict(
        lambda: _Held(set(), defaultdict(list), defaultdict(float), {})
    )
    for row in rows.iter_rows(named=True):
        held = by_product[row["sealed_product_id"]]
        if row["pack"]:
            held.kinds.add((row["sealed_product_id"], row["pack"]))
            held.packs[row["bundle"]].append((row["pack"], row["quantity"]))
        held.cards[row["bundle"]] += row["value"]
        if row["parent"] is not None:
            alternatives = held.mixtures.setdefault(row["parent"], {}).setdefault(row["mixture"], [])
            if not alternatives or alternatives[-1]["bundle"] != row["bundle"]:
                alternatives.append(row)
    return by_product


def _bundle(
    held: _Held, number: int, constant: float, product_id: str, packs: dict[tuple[str, str], Pack]
) -> Bundle:
    mixtures = []
    for alternatives in held.mixtures.get(number, {}).values():
        first = alternatives[0]
        bundles = tuple(
            _bundle(held, a["bundle"], held.cards[a["bundle"]], product_id, packs) for a in alternatives
        )
        weights = tuple(a["weight"] for a in alternatives)
        mixtures.append((Mixture(bundles, weights, first["draws"], first["replacement"]), first["repeats"]))
    own = [(packs[product_id, pack], n) for pack, n in held.packs.get(number, ())]
    return Bundle(constant, own, mixtures)


def _packs(lines: pl.DataFrame, drawn: Drawn) -> dict[tuple[str, str], Pack]:
    """(product, pack) -> the pack. Products in which its cards net the same share one, and its transforms."""
    in_packs = lines.filter(pl.col("pack") != "")
    keys = ["sealed_product_id", "pack"]
    prints = in_packs.group_by(keys).agg(
        nets=pl.struct(pl.col("card_id").to_physical(), "sheet", "net_cents").hash().sum()
    )
    prints = prints.with_columns(first=pl.col("sealed_product_id").cast(pl.String).min().over("pack", "nets"))
    firsts = prints.filter(pl.col("sealed_product_id").cast(pl.String) == pl.col("first"))
    sheets = (
        in_packs.join(firsts, on=keys, how="semi")
        .group_by(*keys, "sheet")
        .agg("net_cents", "pull_probability", "rarity")
    )
    cards: dict[tuple[str, str], dict[str, tuple[Floats, Floats, list[str | None]]]] = defaultdict(dict)
    for product_id, pack, sheet, nets, pulled, rarities in sheets.iter_rows():
        chances = np.array(pulled)
        cards[product_id, pack][sheet] = (np.array(nets), chances / chances.sum(), rarities)
    taken = {pack: rows for (pack,), rows in drawn.pack_sheets.group_by("pack", maintain_order=True)}
    made = {key: _pack(taken[key[1]], of_sheets) for key, of_sheets in cards.items() if key[1] in taken}
    return {
        (product_id, pack): made[first, pack]
        for product_id, pack, first in prints.select(*keys, "first").iter_rows()
        if (first, pack) in made
    }


def _pack(rows: pl.DataFrame, cards: dict[str, tuple[Floats, Floats, list[str | None]]]) -> Pack:
    sheets: dict[str, Sheet] = {}
    configurations: dict[int, tuple[float, list[tuple[Sheet, int]], float]] = {}
    for row in rows.iter_rows(named=True):
        name = row["sheet"]
        if name not in sheets:
            sheets[name] = _sheet(*cards[name], row["population"], row["sample_packs"])
        chance, taken, constant = configurations.get(row["configuration"], (row["chance"], [], 0.0))
        if row["is_fixed"]:
            constant += row["taken"] * sheets[name].mean
        else:
            taken.append((sheets[name], row["taken"]))
        configurations[row["configuration"]] = (chance, taken, constant)
    samples = rows["sample_packs"]
    made = tuple(Configuration(chance, tuple(taken), more) for chance, taken, more in configurations.values())
    # Where only some sheets were measured, the configurations are known.
    return Pack(made, None if samples.has_nulls() else int(samples.min()))  # type: ignore[arg-type]


def _sheet(
    values: Floats,
    chances: Floats,
    rarities: list[str | None],
    population: int | None,
    sample_packs: int | None,
) -> Sheet:
    """Sheet with cards of equal value merged: most commons net nothing."""
    distinct, group = np.unique(values, return_inverse=True)
    merged = np.bincount(group, chances).astype(np.float64)
    if sample_packs is None:
        return Sheet(distinct, merged, population)
    leanings = chances * _leanings(values, chances, rarities, sample_packs)
    return Sheet(distinct, merged, population, np.bincount(group, leanings) / merged)


def _leanings(values: Floats, chances: Floats, rarities: list[str | None], sample_packs: int) -> Floats:
    """Mean value of each card's rarity less that of a draw, cents per counted pack.

    Counted are rarities, by one draw per pack: hits n p +- sqrt(n p (1 - p)), and what one rarity has too
    many another lacks. Within a rarity cards are equally likely and nothing is measured.
    """
    _, group = np.unique(np.array([rarity or "" for rarity in rarities]), return_inverse=True)
    rates = np.bincount(group, chances)
    means = np.bincount(group, chances * values) / rates
    return np.asarray((means - rates @ means)[group] / sample_packs)
