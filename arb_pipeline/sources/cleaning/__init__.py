"""Cleaning, one module per source: raw records -> observations, or rejections with their reason."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What came of one load. raw = accepted + duplicates + rejected records."""

    observations: pl.DataFrame
    rejected: pl.DataFrame
    raw: int
    duplicates: int

    @property
    def refused_records(self) -> int:
        """Rejected rows that stand for one record (not for a whole file)."""
        return self.rejected.filter(pl.col("record") != "").height

    @property
    def refused_files(self) -> int:
        """Files that could not be read at all; how many records they held is not known."""
        return self.rejected.filter(pl.col("record") == "").height

    @property
    def balances(self) -> bool:
        """Is every raw record accounted for?"""
        return self.raw == self.observations.height + self.duplicates + self.refused_records


@dataclass(frozen=True, slots=True)
class Quoted:
    """What came of one load."""

    quotes: pl.DataFrame
    rejected: pl.DataFrame
    version: str
    """Of the cleaning."""
    raw: int
    """Records of all files that could be read."""
    quoted: int
    """Records that gave a quote, or several."""
    unquoted: Mapping[str, int]
    """Sound records that gave none, by why: nothing on offer, or another record speaks for the product."""
    duplicates: int
    """Exact copies of a record that counts."""

    @property
    def accepted(self) -> int:
        """Sound records."""
        return self.quoted + sum(self.unquoted.values())

    @property
    def refused_records(self) -> int:
        """Rejected rows that stand for one record (not for a whole file)."""
        return self.rejected.filter(pl.col("record") != "").height

    @property
    def refused_files(self) -> int:
        """Files that were refused whole; their records are not counted as raw."""
        return self.rejected.filter(pl.col("record") == "").height

    @property
    def balances(self) -> bool:
        """Is every raw record accounted for?"""
        return self.raw == self.accepted + self.duplicates + self.refused_records
