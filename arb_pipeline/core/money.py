"""Money: whole US cents. One function rounds, and it rounds once, at the edge."""

import polars as pl


def to_cents(dollars: pl.Expr) -> pl.Expr:
    """Dollars (Float64) -> cents (Int64), half away from zero: 1.005 published as text means 100.5."""
    return round_cents(dollars * 100)


def round_cents(cents: pl.Expr) -> pl.Expr:
    """Unrounded cents -> whole cents, half away from zero.

    The detour over nine decimals undoes binary noise: 0.285 x 100 is 28.499999999999996.
    """
    return cents.round(9).round(0, mode="half_away_from_zero").cast(pl.Int64)


def to_decimal(minor_units: pl.Expr, scale: int = 2) -> pl.Expr:
    """Whole cents (or basis points of a percentage) -> exact NUMERIC for PostgreSQL and exports."""
    return (minor_units.cast(pl.Float64) / 10.0**scale).round(scale).cast(pl.Decimal(18, scale))


def dollars(cents: pl.Expr) -> pl.Expr:
    """Cents as text: `$1234.50`, `-$2.31`."""
    return (cents / 100).map_elements(
        lambda v: f"-${-v:.2f}" if v < 0 else f"${v:.2f}", return_dtype=pl.String
    )
