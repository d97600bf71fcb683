"""Cleaning, one module per source: raw records -> observations, or rejections with their reason."""

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
