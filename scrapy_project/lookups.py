"""Spiders of look-up sources: an order's options name what to look up, and are checked first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, TypeVar

from scrapy import Request

from scrapy_project.oauth import OAuthSpider

T = TypeVar("T")


class OrderError(ValueError):
    """An order that the source cannot carry out. The message lists the valid options."""


class LookupSpider(OAuthSpider):
    """Looks up what the order names. A subclass turns options into requests in `questions`."""

    writes_records = True
    may_be_empty = True
    asks: ClassVar[Mapping[str, str]]
    """Options that name what to look up, each with an example."""
    takes: ClassVar[tuple[str, ...]] = ()
    """Its other options."""
    has_all: ClassVar[bool] = False
    """True if it fetches everything when an order names nothing."""

    def questions(self) -> Iterable[Request]:
        """First requests. Raises `OrderError` before any of them."""
        raise NotImplementedError

    def calls(self) -> list[Request]:
        """First requests; none, and a failed crawl, where the order does not fit the source."""
        try:
            self._check()
            return list(self.questions())
        except OrderError as error:
            self.fail(str(error))
            return []

    def option(self, name: str) -> list[str]:
        """Distinct values of an option."""
        return list(dict.fromkeys(super().option(name)))

    def number(self, option: str, *, default: int, most: int) -> int:
        """An option that is a number from 1. Raises `OrderError`."""
        given = self.option(option)
        if not given:
            return default
        if len(given) > 1 or not given[0].isdecimal() or not 1 <= int(given[0]) <= most:
            msg = f"{self.name}: {option}={','.join(given)!r} is not one number from 1 to {most}."
            raise OrderError(msg)
        return int(given[0])

    def single(self, option: str) -> str:
        """An option that is given once; '' where it is not. Raises `OrderError`."""
        given = self.option(option)
        if len(given) > 1:
            msg = f"{self.name}: {option} is given {len(given)} times, it takes one value."
            raise OrderError(msg)
        return given[0] if given else ""

    def _check(self) -> None:
        name, order = self.name, self.order
        if past := [day for day in order.days if day != order.today]:
            msg = f"{name} knows today's offers only, not those of {past[0]}. Leave the date out."
            raise OrderError(msg)
        known = sorted((*self.asks, *self.takes))
        if unknown := sorted(set(order.options) - set(known)):
            msg = f"{name} does not know the option {unknown[0]!r}. It takes {', '.join(known)}."
            raise OrderError(msg)
        if blank := [option for option in order.options if not all(map(str.strip, self.option(option)))]:
            msg = f"{name}: the option {blank[0]!r} has an empty value."
            raise OrderError(msg)
        if not self.has_all and not any(self.option(option) for option in self.asks):
            examples = " or ".join(f'--option {key}="{value}"' for key, value in self.asks.items())
            msg = f"{name} needs an option that names what to look up: arb fetch {name} {examples}."
            raise OrderError(msg)


def batches(values: Sequence[T], size: int) -> Iterator[list[T]]:
    """All values, in order, `size` at a time."""
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
