"""Choices that commands and API parameters offer. Enumerations of stored values are in `enums`."""

from enum import StrEnum


class ValuationSort(StrEnum):
    """Order of valuations, best first (names from A)."""

    RANK = "rank"
    MARGIN = "margin"
    PROFIT = "profit"
    CONFIDENCE = "confidence"
    NAME = "name"


class ExportKind(StrEnum):
    """Results that can be exported."""

    OPPORTUNITIES = "opportunities"
    VALUATIONS = "valuations"


class ExportFormat(StrEnum):
    """File formats of an export."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class Shop(StrEnum):
    """Shops that answer for one product."""

    TCGPLAYER = "tcgplayer"
    EBAY = "ebay"
    AMAZON = "amazon"
