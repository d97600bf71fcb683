"""The sealed graph: what a product holds, followed down to cards and packs (valuation.md 1).

The graph is plain data as the contents files state it. An unknown part never counts as nothing: it
makes every product that holds it incomplete, by name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from arb_pipeline.core.contents.mixtures import VariableError, expected_draws

Key = tuple[str, str]
"""(set code, name) of a sealed product or a deck."""

PARTS = {"card", "pack", "deck", "sealed", "variable", "other"}
REMARKS = {"variable_mode", "card_count", "card count", "copy", "chance", "estimated", "unknown"}
"""`estimated`: why odds are an estimate. `unknown`: parts that the source knows to be missing, by name."""


class ContentsError(ValueError):
    """A part that cannot be read; the message names it."""


@dataclass(frozen=True, slots=True)
class CardRef:
    """A card as contents name it."""

    set_code: str
    number: str
    finish: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A card or a pack in a product: `quantity` draws with `probability` copies each."""

    item: CardRef | str
    quantity: int
    probability: float = 1.0
    varies: bool = False

    @property
    def guaranteed(self) -> bool:
        """Is it in every copy of the product?"""
        return not self.varies


@dataclass(frozen=True, slots=True)
class Promo:
    """A guaranteed card that comes beside packs. The one of `dearer` should cost more than it."""

    card: CardRef
    dearer: CardRef | None
    count: int


@dataclass(frozen=True, slots=True)
class Mixture:
    """A variable part kept as it is drawn: `draws` of the alternatives by weight."""

    alternatives: list[tuple[float, "Resolved"]]
    draws: int
    replacement: bool


@dataclass(slots=True)
class Resolved:
    """Everything in one sealed product: `parts` as expected, and `mixtures` as the same parts are drawn."""

    parts: list[Part] = field(default_factory=list)
    mixtures: list[tuple[Mixture, int]] = field(default_factory=list)
    """Each with how often it is drawn anew: once per copy of the product that has it."""
    unknown: list[str] = field(default_factory=list)
    estimates: list[str] = field(default_factory=list)
    """Why odds of its packs are an estimate; empty where they are known or measured."""
    promos: list[Promo] = field(default_factory=list)
    extras: int = 0
    unlisted: float = 0.0
    """Cards that a product states and its lists lack (a planar deck in no list): unpriced copies."""

    @property
    def copies(self) -> float:
        """Expected cards that are named, and those that are stated but not named."""
        return sum(part.quantity * part.probability for part in self.parts) + self.unlisted

    @property
    def complete(self) -> bool:
        """Is every part known, and is there any?"""
        return not self.unknown and bool(self.parts)

    def add(
        self, other: "Resolved", *, quantity: int = 1, probability: float = 1.0, varies: bool = False
    ) -> None:
        """Takes in `quantity` draws of another product, each with `probability`."""
        self.parts += [
            Part(p.item, p.quantity * quantity, p.probability * probability, p.varies or varies)
            for p in other.parts
        ]
        if not varies:  # what varies is a mixture's, which keeps the mixtures further down itself
            self.mixtures += [(mixture, times * quantity) for mixture, times in other.mixtures]
        self.unknown += [unknown for unknown in other.unknown if unknown not in self.unknown]
        self.estimates += [estimate for estimate in other.estimates if estimate not in self.estimates]
        self.promos += [replace(promo, count=promo.count * quantity) for promo in other.promos]
        self.extras += other.extras * quantity
        self.unlisted += other.unlisted * quantity * probability


class Contents:
    """Resolves products against the known decks and packs. Each product is followed once."""

    def __init__(
        self,
        products: Mapping[Key, Any],
        decks: Mapping[Key, Sequence[tuple[CardRef, int]]],
        packs: Mapping[str, str | None],
    ) -> None:
        """`packs` maps a booster code to None, or to why its file was refused."""
        self._products = products
        self._decks = decks
        self._packs = packs
        self._done: dict[Key, Resolved] = {}

    def resolve(self, key: Key) -> Resolved:
        """All parts of one product. A cycle makes it, and what holds it, incomplete and names the loop."""
        return self._resolve(key, ())

    def _resolve(self, key: Key, path: tuple[Key, ...]) -> Resolved:
        if key in path:
            loop = " > ".join(name for _, name in (*path[path.index(key) :], key))
            return Resolved(unknown=[f"contents go in a circle: {loop}"])
        if key in self._done:
            return self._done[key]
        if key not in self._products:
            return Resolved(unknown=[f"sealed product {_said(key)} is not in the contents files"])
        resolved = self._read(key, self._products[key], (*path, key))
        # What a loop cut short further down is right for this path only.
        if not path or not any("in a circle" in unknown for unknown in resolved.unknown):
            self._done[key] = resolved
        return resolved

    def _read(self, key: Key, record: Any, path: tuple[Key, ...]) -> Resolved:
        if not isinstance(record, Mapping) or not record:
            return Resolved(unknown=[f"{_said(key)} has no contents listed"])
        if "copy" in record:
            return self._resolve((key[0], str(record["copy"])), path)
        resolved = self._parts(record, path)
        if not resolved.parts and not resolved.unknown:
            resolved.unknown.append(f"{_said(key)} lists no card, pack or deck")
        resolved.unlisted += _shortfall(resolved, record.get("card_count", record.get("card count")))
        return resolved

    def _parts(self, record: Mapping[str, Any], path: tuple[Key, ...]) -> Resolved:
        resolved = Resolved()
        resolved.unknown += [f"part of an unknown kind {kind!r}" for kind in record.keys() - PARTS - REMARKS]
        resolved.unknown += [str(part) for part in entries(record.get("unknown"))]
        resolved.estimates += [str(reason) for reason in entries(record.get("estimated"))]
        for kind in ("card", "pack", "deck", "sealed", "other"):
            for entry in entries(record.get(kind)):
                try:
                    self._add(resolved, kind, entry, path)
                except ContentsError as error:
                    resolved.unknown.append(str(error))
        alternatives = entries(record.get("variable"))
        if alternatives:
            self._add_mixture(resolved, alternatives, record.get("variable_mode") or {}, path)
        return resolved

    def _add(self, resolved: Resolved, kind: str, entry: Any, path: tuple[Key, ...]) -> None:
        if kind == "other":
            resolved.extras += 1
            return
        if not isinstance(entry, Mapping):
            msg = f"a {kind} part should be a mapping, it is {entry!r}"
            raise ContentsError(msg)
        count = _count(entry, kind)
        if kind == "card":
            resolved.parts.append(Part(card_ref(entry), count))
            if entry.get("promo"):
                dearer = entry.get("dearer")
                resolved.promos.append(Promo(card_ref(entry), card_ref(dearer) if dearer else None, count))
        elif kind == "pack":
            self._add_pack(resolved, entry, count)
        elif kind == "deck":
            self._add_deck(resolved, _key(entry, kind), count)
        else:
            resolved.add(self._resolve(_key(entry, kind), path), quantity=count)

    def _add_pack(self, resolved: Resolved, entry: Mapping[str, Any], count: int) -> None:
        set_code, code = str(entry.get("set", "")).lower(), str(entry.get("code", ""))
        names = [f"{set_code}-{code}"] + ([f"{set_code}-draft", set_code] if code == "default" else [])
        known = next((name for name in names if name in self._packs), None)
        if known is None:
            msg = f"pack {set_code}/{code}: there is no booster file {' or '.join(names)}"
            raise ContentsError(msg)
        if self._packs[known] is not None:
            msg = f"pack {set_code}/{code}: booster file {known} is refused: {self._packs[known]}"
            raise ContentsError(msg)
        resolved.parts.append(Part(known, count))

    def _add_deck(self, resolved: Resolved, key: Key, count: int) -> None:
        if key not in self._decks:
            msg = f"deck {_said(key)}: there is no list of its cards"
            raise ContentsError(msg)
        resolved.parts += [Part(card, copies * count) for card, copies in self._decks[key]]

    def _add_mixture(
        self, resolved: Resolved, alternatives: list[Any], mode: Mapping[str, Any], path: tuple[Key, ...]
    ) -> None:
        try:
            replacement, count = bool(mode.get("replacement", False)), mode.get("count", 1)
            chances = [alternative.get("chance") for alternative in alternatives]
            declared = mode.get("weight") if any(chance is not None for chance in chances) else None
            draws = expected_draws(chances, count=count, replacement=replacement, declared=declared)
        except (VariableError, AttributeError, TypeError) as error:
            resolved.unknown.append(f"variable part: {error}")
            return
        repeats = replacement and len(alternatives) > 1
        certain = not repeats and all(probability == 1.0 for probability in draws if probability > 0)
        held_by_weight: list[tuple[float, Resolved]] = []
        for alternative, chance, probability in zip(alternatives, chances, draws, strict=True):
            if probability > 0:
                held = self._parts(alternative, path)
                if not held.parts and not held.unknown and not held.extras:
                    held.unknown.append("an alternative of a variable part is empty")
                resolved.add(held, probability=probability, varies=not certain)
                held_by_weight.append((1.0 if chance is None else float(chance), held))
        if not certain:
            resolved.mixtures.append((Mixture(held_by_weight, count, replacement), 1))


def _shortfall(resolved: Resolved, stated: Any) -> float:
    """Cards stated beyond those listed. Of packs the source counts now the pack, now its cards: no word."""
    has_packs = any(isinstance(part.item, str) for part in resolved.parts)
    if has_packs or not resolved.complete or isinstance(stated, bool) or not isinstance(stated, int):
        return 0.0
    return max(0.0, int(stated) - resolved.copies)


def card_ref(entry: Mapping[str, Any]) -> CardRef:
    """A `card` entry as a reference. A token's number counts in the token set, not in the set named."""
    set_code, number = str(entry.get("set") or "").lower(), str(entry.get("number") or "")
    if not set_code or not number:
        msg = f"card {entry.get('name')!r} has no set or number"
        raise ContentsError(msg)
    finish = "etched" if entry.get("etched") else "foil" if entry.get("foil") else "nonfoil"
    finish = str(entry.get("finish") or finish)
    return CardRef(
        f"t{set_code}" if entry.get("token") else set_code, number, finish, str(entry.get("name") or "")
    )


def entries(value: Any) -> list[Any]:
    """A part's entries: the source writes a list, a bare entry, or null."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _count(entry: Mapping[str, Any], kind: str) -> int:
    count = entry.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        msg = f"{kind} {entry.get('name') or entry.get('code')!r} has count {count!r}; 1 or more is due"
        raise ContentsError(msg)
    return int(count)


def _key(entry: Mapping[str, Any], kind: str) -> Key:
    if not entry.get("set") or not entry.get("name"):
        msg = f"a {kind} part lacks its set or name: {dict(entry)!r}"
        raise ContentsError(msg)
    return str(entry["set"]).lower(), str(entry["name"])


def _said(key: Key) -> str:
    return f"{key[1]!r} ({key[0]})"


def resolve_all(contents: Contents, keys: Iterable[Key]) -> dict[Key, Resolved]:
    """Every product, each followed once."""
    return {key: contents.resolve(key) for key in keys}
