"""Money in whole US cents. One rule rounds, once, at the edge: half away from zero."""

from math import copysign, floor

import polars as pl


def to_cents(dollars: pl.Expr) -> pl.Expr:
    """Dollars (Float64) -> cents (Int64), half away from zero: 1.005 published as text means 100.5."""
    return round_cents(dollars * 100)


def round_cents(cents: pl.Expr) -> pl.Expr:
    """Unrounded cents -> whole cents, half away from zero."""
    return rounded(cents, 0).cast(pl.Int64)


def whole_cents(cents: float) -> int:
    """One amount as `round_cents` rounds a column."""
    return int(copysign(floor(abs(round(cents, 6)) + 0.5), cents))


def rounded(value: pl.Expr, decimals: int) -> pl.Expr:
    """A number to so many decimals, half away from zero, the same on every run.

    Sums of floats differ in their last digits with the order of threads, and exact halves are common among
    shares of packs (0.9996625): so the noise goes first, six decimals further down.
    """
    return value.round(decimals + 6).round(decimals, mode="half_away_from_zero")


def to_decimal(minor_units: pl.Expr, scale: int = 2) -> pl.Expr:
    """Whole cents (or basis points of a percentage) -> exact NUMERIC for PostgreSQL and exports."""
    return (minor_units.cast(pl.Float64) / 10.0**scale).round(scale).cast(pl.Decimal(18, scale))


def dollars(cents: pl.Expr) -> pl.Expr:
    """Cents as text: `$1234.50`, `-$2.31`."""
    return (cents / 100).map_elements(
        lambda v: f"-${-v:.2f}" if v < 0 else f"${v:.2f}", return_dtype=pl.String
    )
