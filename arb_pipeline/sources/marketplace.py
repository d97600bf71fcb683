"""Declaration of a source of prices, beside `contracts/sources.py`: its cleaner and its files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from arb_pipeline.sources.cleaning import Quoted


@dataclass(frozen=True, slots=True)
class PriceFile:
    """One file of prices in a package, and the parser that reads it."""

    name: str
    parse: Callable[[bytes], Any]
    """Records; with `states_time` an object with `records` and `created_at`."""
    category: str | None = None
    """The game of its records, where they do not name it."""
    kind: str = ""
    """List of the source, where the cleaner distinguishes several."""
    states_time: bool = False


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One source of prices; the constant `MARKETPLACE` of its module in `sources/cleaning`."""

    source: str
    """Its name in `SOURCES`, and of its packages."""
    clean: Callable[..., Quoted]
    files: tuple[PriceFile, ...] = ()
    """None: the package holds the JSON Lines of the crawl."""
    kinds: tuple[str, ...] = ()
    """Kinds of JSON Lines records that state prices. None: all."""
    prices: str = ""
    """Its name in tables of prices, where that is not the name of the source."""

    @property
    def priced_as(self) -> str:
        """Its name in tables of prices."""
        return self.prices or self.source
