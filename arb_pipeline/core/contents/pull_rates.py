"""Measured pull rates by name and unit. Values live in `params/pull_rates.yaml`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

WHOLE = 100.0


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RateTable(_Model):
    """Pull rates measured in the packs of one set."""

    packs: str
    """Name of the structure of its packs."""
    names: tuple[str, ...] = Field(min_length=1)
    """The set, as TCGplayer's products and groups name it."""
    group: str | None = None
    """Its group's id at TCGplayer."""
    sample_packs: int = Field(gt=0)
    confidence: Literal["A", "B", "C"]
    has_box: bool = True
    packs_in: Mapping[str, int] = {}
    """Kinds of product that hold another number of packs than the structure says."""
    rates: Mapping[str, tuple[float, ...]]
    """Class -> % of packs, and its 95 % margin where it is published."""
    unpriced: Mapping[str, tuple[float, ...]] = {}
    """Classes with a rate whose cards stand in no list: they count as 0."""
    estimated_from: tuple[str, ...] = ()
    """Names of the sets whose measured rates stand in for this one's; empty where its own were measured."""


class Estimate(_Model):
    """A set without a published table: rates of sets of its time are used."""

    packs: str
    names: tuple[str, ...] = Field(min_length=1)
    group: str | None = None
    like: tuple[str, ...] = Field(min_length=1)
    """Sets with a table of their own."""
    rates: Mapping[str, tuple[float, ...]] = {}
    """Classes that none of them has, by the rate of a comparable class of another set."""
    has_box: bool = True
    packs_in: Mapping[str, int] = {}

    def table(self, tables: Mapping[str, RateTable]) -> RateTable:
        """The rates as a table of confidence C: each class's mean over `like`, weighed by packs opened.

        A set without the class does not count in its mean. The sample is the smallest of theirs, and the
        margins are left out: neither says how far this set is from them.
        """
        alike = [tables[set_id] for set_id in self.like]
        classes = dict.fromkeys(name for measured in alike for name in measured.rates)
        rates = {name: (_mean_rate(name, alike),) for name in classes} | dict(self.rates)
        return RateTable(
            packs=self.packs,
            names=self.names,
            group=self.group,
            sample_packs=min(measured.sample_packs for measured in alike),
            confidence="C",
            has_box=self.has_box,
            packs_in=self.packs_in,
            rates=rates,
            estimated_from=tuple(measured.names[0] for measured in alike),
        )


def _mean_rate(name: str, tables: Sequence[RateTable]) -> float:
    having = [table for table in tables if name in table.rates]
    packs = sum(table.sample_packs for table in having)
    return sum(table.rates[name][0] * table.sample_packs for table in having) / packs


class Pooled(_Model):
    """A class so rare that its sets are pooled."""

    hits: int = Field(gt=0)
    sample_packs: int = Field(gt=0)
    sets: tuple[str, ...]


class SlotOf(_Model):
    """A slot: each card is a hit by its rate, else any card of `rest`."""

    cards: int = Field(gt=0)
    finish: str
    """Finish of the rest. A hit has the finish that it is printed in."""
    rest: tuple[str, ...] = Field(min_length=1)
    hits: tuple[str, ...] = ()


class Structure(_Model):
    """Pack structure of an era."""

    slots: Mapping[str, SlotOf]
    unpriced: tuple[str, ...]
    packs_in: Mapping[str, int]


class CoreSlot(_Model):
    """Cards of a slot: of a rarity once in so many packs, else of `rest`."""

    cards: int = Field(gt=0)
    rest: tuple[str, ...]
    chances: Mapping[str, float] = {}


class CoreBooster(_Model):
    """A core booster of a time."""

    confidence: Literal["A", "B", "C"]
    packs_per_box: int = Field(gt=0)
    slots: tuple[CoreSlot, ...]


class PullRates(_Model):
    """All tables."""

    tables: Mapping[str, RateTable]
    """By set."""
    pooled: Mapping[str, Pooled]
    structures: Mapping[str, Structure]
    core_boosters: Mapping[date, CoreBooster]
    """By the day from which sets were printed so."""

    @model_validator(mode="after")
    def _sound(self) -> "PullRates":
        for name, table in self.tables.items():
            slots = self.structures[table.packs].slots
            known = {hit for slot in slots.values() for hit in slot.hits}
            if unknown := set(table.rates) - known:
                msg = f"{name} has rates of {sorted(unknown)}, which no slot of {table.packs!r} holds"
                raise ValueError(msg)
            for slot_name, slot in slots.items():
                total = sum(self.percent(name, hit) for hit in slot.hits)
                if total > WHOLE * slot.cards:
                    msg = f"the hits of {name}'s slot {slot_name!r} sum to {total:g} %"
                    raise ValueError(msg)
        return self

    def percent(self, set_id: str, hit: str) -> float:
        """% of a set's packs that hold a class: pooled over sets where it is, 0 without a rate."""
        pooled = self.pooled.get(hit)
        if pooled and (set_id in pooled.sets or self._is_like(set_id, pooled.sets)):
            return WHOLE * pooled.hits / pooled.sample_packs
        return self.tables[set_id].rates.get(hit, (0.0,))[0]

    def _is_like(self, set_id: str, sets: Sequence[str]) -> bool:
        """Is the set estimated from some of `sets`?"""
        names = {self.tables[name].names[0] for name in sets if name in self.tables}
        return bool(names & set(self.tables[set_id].estimated_from))

    def core_booster(self, released: date) -> CoreBooster:
        """The core booster of sets released on a day; before the first, the first."""
        past = [start for start in self.core_boosters if start <= released]
        return self.core_boosters[max(past) if past else min(self.core_boosters)]
