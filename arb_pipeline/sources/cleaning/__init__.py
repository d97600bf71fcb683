"""Cleaning, one module per source: raw records -> observations, or rejections with their reason."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl


class _Refusals:
    """Counts of the rejected records of a load."""

    __slots__ = ()
    rejected: pl.DataFrame

    @property
    def refused_records(self) -> int:
        """Number of rejected records (not of whole files)."""
        return self.rejected.filter(pl.col("record") != "").height

    @property
    def refused_files(self) -> int:
        """Number of unreadable files, whose records are not counted."""
        return self.rejected.filter(pl.col("record") == "").height


@dataclass(frozen=True, slots=True)
class Cleaned(_Refusals):
    """Result of one load. raw = accepted + duplicates + rejected records."""

    observations: pl.DataFrame
    rejected: pl.DataFrame
    raw: int
    duplicates: int

    @property
    def balances(self) -> bool:
        """True if every raw record is accounted for."""
        return self.raw == self.observations.height + self.duplicates + self.refused_records


@dataclass(frozen=True, slots=True)
class Quoted(_Refusals):
    """Result of one load of quotes."""

    quotes: pl.DataFrame
    rejected: pl.DataFrame
    version: str
    """Version of the cleaning."""
    raw: int
    """Records of all files that could be read."""
    quoted: int
    """Records that gave one or more quotes."""
    unquoted: Mapping[str, int]
    """Valid records without a quote, by reason: no offer, or another record represents the product."""
    duplicates: int
    """Exact copies of a counted record."""

    @property
    def accepted(self) -> int:
        """Number of valid records."""
        return self.quoted + sum(self.unquoted.values())

    @property
    def balances(self) -> bool:
        """True if every raw record is accounted for."""
        return self.raw == self.accepted + self.duplicates + self.refused_records
