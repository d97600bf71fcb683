"""The sealed graph: contents of products, resolved down to cards and packs (valuation.md 1).

The graph is plain data as the contents files state it. An unknown part never counts as nothing: it
makes every product that holds it incomplete, by name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from arb_pipeline.core.contents.booster import IMPOSSIBLE
from arb_pipeline.core.contents.card_counts import (
    NOTHING,
    Sizes,
    contradicts,
    of_mixture,
    of_packs,
    of_sealed,
    one_of,
    optional,
    together,
)
from arb_pipeline.core.contents.mixtures import VariableError, expected_draws

Key = tuple[str, str]
"""(set code, name) of a sealed product or a deck."""

PARTS = {"card", "pack", "deck", "sealed", "variable", "other"}
REMARKS = {"variable_mode", "card_count", "card count", "copy", "chance", "estimated", "unknown"}
"""`estimated`: why odds are an estimate. `unknown`: parts that the source knows to be missing, by name."""
MOST_STATED = 10**12
"""Cards that a product may be stated to lack; beyond it, arithmetic overflows."""
MOST_PIECES = 1_000_000
"""Most pieces of one part in one product. The largest real case holds 432 packs; beyond this, damage."""
DEEPEST = 40
"""Sealed products inside each other; real cases are 4 deep."""
CONTRADICTION, ABSURD, IMPOSSIBLE_PACK = "contradiction", "absurd_count", "impossible_pack"
"""Flags of impossible statements in contents."""
UNIDENTIFIED = "unidentified_cards"
"""Flag of contents with cards that their source describes and does not identify."""
CARDS_IN_EXTRA = re.compile(r"\b\d+[- ]cards?\b(?!.*\bsleeves\b).*\b(?:deck|pack|booster)s?\b", re.IGNORECASE)
"""An extra that is cards after all: `22 card semi randomised deck`. Extras that are no cards have no
value."""
UNIDENTIFIED_EXTRA = re.compile(
    r"^(?!note\b|.*\bart[- ]only\b|.*\boversized\b).*"
    r"(?:\b(?:bonus|promo|promotional|scene) cards?\b|\bcards? unknown\b|\brandom\b.*\bcards?\b"
    r"|\b(?:basic|full-art) lands?\b|\bfoil basics?\b)",
    re.IGNORECASE,
)
"""An extra that is cards without identity: `Bonus card unknown`, `20 Foil basic lands`. They are worth 0 or
more, so that the value without them is a lower bound."""
TOKENS = re.compile(r"(\d{1,3}) (?:[\w-]+ )*tokens?\b", re.IGNORECASE)


class ContentsError(ValueError):
    """A part that cannot be read; the message names it."""

    flag: str | None = None
    """Flag that the product gets; None: none."""


class AbsurdCountError(ContentsError):
    """A part with more copies than any product holds."""

    flag = ABSURD


class ImpossiblePackError(ContentsError):
    """A pack that takes more cards than its sheets can give."""

    flag = IMPOSSIBLE_PACK


@dataclass(frozen=True, slots=True)
class CardRef:
    """A card as contents name it."""

    set_code: str
    number: str
    finish: str
    name: str = field(default="", compare=False)
    is_accessory: bool = field(default=False, compare=False)
    """A token or a display commander: it comes along, and the source does not count it as a card."""


DeckList = Sequence[tuple[CardRef, int]] | str
"""Cards of a deck with their copies, or why its list is refused."""


@dataclass(frozen=True, slots=True)
class Part:
    """A card or a pack in a product: `quantity` draws with `probability` copies each."""

    item: CardRef | str
    quantity: int
    probability: float = 1.0
    varies: bool = False

    @property
    def guaranteed(self) -> bool:
        """True if every copy of the product holds it."""
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
    """Reasons that odds of its packs are estimates; empty where they are known or measured."""
    promos: list[Promo] = field(default_factory=list)
    extras: int = 0
    unlisted: float = 0.0
    """Cards that a product states and its lists lack (a planar deck in no list): unpriced copies."""
    doubts: dict[str, str] = field(default_factory=dict)
    """Reasons of doubt, by flag."""
    sizes: Sizes = NOTHING
    """Possible counts of its cards."""

    @property
    def copies(self) -> float:
        """Expected cards that are named, and those that are stated but not named."""
        return sum(part.quantity * part.probability for part in self.parts) + self.unlisted

    @property
    def complete(self) -> bool:
        """True if there are parts and all are known."""
        return not self.unknown and bool(self.parts)

    def add(
        self, other: "Resolved", *, quantity: int = 1, probability: float = 1.0, varies: bool = False
    ) -> None:
        """Adds `quantity` draws of another product, each with `probability`."""
        most = max((part.quantity for part in other.parts), default=0) * quantity
        if most > MOST_PIECES:
            self.refuse(f"it holds {most:,} of one thing; {MOST_PIECES:,} are possible", ABSURD)
            return
        self.parts += [
            Part(p.item, p.quantity * quantity, p.probability * probability, p.varies or varies)
            for p in other.parts
        ]
        if not varies:  # what varies is a mixture's, which keeps the mixtures further down itself
            self.mixtures += [(mixture, times * quantity) for mixture, times in other.mixtures]
        self.unknown += [unknown for unknown in other.unknown if unknown not in self.unknown]
        self.estimates += [estimate for estimate in other.estimates if estimate not in self.estimates]
        self.promos += [replace(promo, count=promo.count * quantity) for promo in other.promos]
        self.doubts = other.doubts | self.doubts
        self.extras += other.extras * quantity
        self.unlisted += other.unlisted * quantity * probability

    def refuse(self, why: str, flag: str | None = None) -> None:
        """A part that makes the product incomplete, and the flag of a doubt."""
        self.unknown.append(why)
        if flag:
            self.doubts.setdefault(flag, why)


class Contents:
    """Resolves products against the known decks and packs. Each product is followed once."""

    def __init__(
        self,
        products: Mapping[Key, Any],
        decks: Mapping[Key, DeckList],
        packs: Mapping[str, str | None],
        *,
        pack_cards: Mapping[str, float] | None = None,
    ) -> None:
        """`packs` maps a booster code to None, or to why its file was refused; `pack_cards` to its cards."""
        self._products = products
        self._decks = decks
        self._packs = packs
        self._pack_cards = pack_cards or {}
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
        if len(path) > DEEPEST:
            return Resolved(unknown=[f"{_label(key)} is nested more than {DEEPEST} products deep"])
        if key not in self._products:
            return Resolved(unknown=[f"sealed product {_label(key)} is not in the contents files"])
        resolved = self._read(key, self._products[key], (*path, key))
        # What a loop cut short further down is right for this path only.
        if not path or not any("in a circle" in unknown for unknown in resolved.unknown):
            self._done[key] = resolved
        return resolved

    def _read(self, key: Key, record: Any, path: tuple[Key, ...]) -> Resolved:
        if not isinstance(record, Mapping) or not record:
            return Resolved(unknown=[f"{_label(key)} has no contents listed"])
        if "copy" in record:
            if any(entries(record.get(kind)) for kind in PARTS):
                both = Resolved()
                both.refuse(
                    f"{_label(key)} is a copy of {str(record['copy'])[:80]!r} and lists contents of its own",
                    CONTRADICTION,
                )
                return both
            return self._resolve((key[0], str(record["copy"])), path)
        resolved = self._parts(record, path)
        if not resolved.parts and not resolved.unknown:
            resolved.unknown.append(f"{_label(key)} lists no card, pack or deck")
        self._compare(resolved, key, record)
        for extra in entries(record.get("other")):
            name = _name_of_extra(extra)
            if CARDS_IN_EXTRA.search(name):
                resolved.refuse(f"{name!r} in {_label(key)} holds cards that no list has")
        return resolved

    def _compare(self, resolved: Resolved, key: Key, record: Mapping[str, Any]) -> None:
        """Compares the stated number of cards with the listed ones. A contradiction makes it incomplete."""
        stated = _whole(record.get("card_count", record.get("card count")))
        if not resolved.complete or stated is None:
            return
        cards = [part.quantity * part.probability * self._cards_in(part.item) for part in resolved.parts]
        listed = sum(cards)
        if not contradicts(resolved.sizes, stated):
            return
        missing = min(stated, MOST_STATED) - listed
        lacks = f": {missing:g} are not known" if missing > 0 else ""
        resolved.refuse(
            f"{_label(key)} states {_shown(stated)} cards, its lists have {listed:,.6g}{lacks}", CONTRADICTION
        )
        resolved.unlisted += max(0.0, missing)

    def _cards_in(self, item: CardRef | str) -> float:
        return self._pack_cards.get(item, 0.0) if isinstance(item, str) else 1.0

    def _parts(self, record: Mapping[str, Any], path: tuple[Key, ...]) -> Resolved:
        resolved, sizes = Resolved(), list[Sizes]()
        unread = sorted(repr(kind)[:80] for kind in record.keys() - PARTS - REMARKS)
        resolved.unknown += [f"part of an unknown kind {kind}" for kind in unread]
        resolved.unknown += [str(part) for part in entries(record.get("unknown"))]
        resolved.estimates += [str(reason) for reason in entries(record.get("estimated"))]
        for kind in ("card", "pack", "deck", "sealed", "other"):
            for entry in entries(record.get(kind)):
                try:
                    sizes.append(self._add(resolved, kind, entry, path))
                except ContentsError as error:
                    resolved.refuse(str(error), error.flag)
        alternatives = entries(record.get("variable"))
        if alternatives:
            sizes.append(self._add_mixture(resolved, alternatives, record.get("variable_mode") or {}, path))
        if any(isinstance(part.item, str) for part in resolved.parts):
            # Beside packs a source may count some parts only: of a bundle its promo, and not its lands.
            sizes = [optional(size) for size in sizes]
        resolved.sizes = together(sizes)
        return resolved

    def _add(self, resolved: Resolved, kind: str, entry: Any, path: tuple[Key, ...]) -> Sizes:
        """Adds a part; returns the possible counts of its cards."""
        if kind == "other":
            resolved.extras += 1
            name = _name_of_extra(entry)
            if UNIDENTIFIED_EXTRA.search(name):
                reason = f"{name!r} is not identified and counts as 0: its value is a lower bound"
                resolved.doubts.setdefault(UNIDENTIFIED, reason)
            return optional(one_of(tokens_in(entry)))
        if not isinstance(entry, Mapping):
            msg = f"a {kind} part should be a mapping, it is {str(entry)[:80]!r}"
            raise ContentsError(msg)
        count = _count(entry, kind)
        if kind == "card":
            card = card_ref(entry)
            resolved.parts.append(Part(card, count))
            if entry.get("promo"):
                dearer = entry.get("dearer")
                resolved.promos.append(Promo(card, card_ref(dearer) if dearer else None, count))
            return optional(one_of(count)) if is_accessory(card, path[-1][0]) else one_of(count)
        if kind == "pack":
            return self._add_pack(resolved, entry, count)
        if kind == "deck":
            return self._add_deck(resolved, _key(entry, kind), count, home=path[-1][0])
        inner = self._resolve(_key(entry, kind), path)
        resolved.add(inner, quantity=count)
        return of_sealed(count, inner.sizes)

    def _add_pack(self, resolved: Resolved, entry: Mapping[str, Any], count: int) -> Sizes:
        set_code, code = str(entry.get("set", "")).lower(), str(entry.get("code", ""))
        names = [f"{set_code}-{code}"] + ([f"{set_code}-draft", set_code] if code == "default" else [])
        known = next((name for name in names if name in self._packs), None)
        if known is None:
            msg = f"pack {set_code}/{code}: there is no booster file {' or '.join(names)}"
            raise ContentsError(msg)
        if (why := self._packs[known]) is not None:
            msg = f"pack {set_code}/{code}: booster file {known} is refused: {why}"
            raise ImpossiblePackError(msg) if why.startswith(IMPOSSIBLE) else ContentsError(msg)
        resolved.parts.append(Part(known, count))
        return of_packs(count, self._pack_cards.get(known))

    def _add_deck(self, resolved: Resolved, key: Key, count: int, *, home: str) -> Sizes:
        cards = self._decks.get(key, "there is no list of its cards")
        if not cards:
            cards = "its list has no card"
        if isinstance(cards, str):
            msg = f"deck {_label(key)}: {cards}"
            raise ContentsError(msg)
        listed = [Part(card, copies * count) for card, copies in cards]
        resolved.parts += listed
        beside = sum(copies * count for card, copies in cards if is_accessory(card, home))
        total = sum(part.quantity for part in listed)
        return ((float(total - beside), float(total)),)

    def _add_mixture(
        self, resolved: Resolved, alternatives: list[Any], mode: Mapping[str, Any], path: tuple[Key, ...]
    ) -> Sizes:
        try:
            replacement, count = bool(mode.get("replacement", False)), mode.get("count", 1)
            chances = [alternative.get("chance") for alternative in alternatives]
            declared = mode.get("weight") if any(chance is not None for chance in chances) else None
            draws = expected_draws(chances, count=count, replacement=replacement, declared=declared)
        except (VariableError, AttributeError, TypeError, OverflowError) as error:
            resolved.refuse(f"variable part: {str(error)[:300]}")
            return NOTHING
        repeats = replacement and len(alternatives) > 1
        certain = not repeats and all(probability == 1.0 for probability in draws if probability > 0)
        held_by_weight: list[tuple[float, Resolved]] = []
        for alternative, chance, probability in zip(alternatives, chances, draws, strict=True):
            if probability > 0:
                held = self._parts(alternative, path)
                self._compare(held, path[-1], alternative)
                if not held.parts and not held.unknown and not held.extras:
                    held.unknown.append("an alternative of a variable part is empty")
                resolved.add(held, probability=probability, varies=not certain)
                held_by_weight.append((1.0 if chance is None else float(chance), held))
        drawn = [held.sizes for _, held in held_by_weight]
        if certain:
            return together(drawn)
        resolved.mixtures.append((Mixture(held_by_weight, count, replacement), 1))
        return of_mixture(count, drawn)


def is_accessory(card: CardRef, home: str) -> bool:
    """True if a card comes beside the cards that a product of the set `home` counts.

    Tokens, display commanders, art cards, oversized cards: their sets are named after `home`, with t, a or o
    before it (ocm1: the ten oversized legends beside the 18 cards of Commander's Arsenal).
    """
    return card.is_accessory or (card.set_code[1:] == home and card.set_code[:1] in set("tao"))


def _name_of_extra(extra: Any) -> str:
    """The words of an extra: an entry with a name, or the bare name."""
    name = extra.get("name") if isinstance(extra, Mapping) else extra
    return name[:200] if isinstance(name, str) else ""


def _whole(stated: Any) -> int | None:
    """A number of cards, also as 5.0 or '5'; None for anything else."""
    if isinstance(stated, int) and not isinstance(stated, bool):
        return stated
    if isinstance(stated, float) and stated.is_integer():
        return int(stated)
    return int(stated) if isinstance(stated, str) and re.fullmatch(r"[0-9]{1,9}", stated.strip()) else None


def tokens_in(extra: Any) -> int:
    """Tokens that an extra names, as `5 Goblin Token from ...` does: some sources count them as cards."""
    match = TOKENS.match(_name_of_extra(extra))
    return int(match[1]) if match else 0


def card_ref(entry: Mapping[str, Any]) -> CardRef:
    """A `card` entry as a reference. A token's number counts in the token set, not in the set named."""
    set_code, number = str(entry.get("set") or "").lower(), str(entry.get("number") or "")
    if not set_code or not number:
        msg = f"card {entry.get('name')!r} has no set or number"
        raise ContentsError(msg)
    finish = "etched" if entry.get("etched") else "foil" if entry.get("foil") else "nonfoil"
    finish = str(entry.get("finish") or finish)
    is_token = bool(entry.get("token"))
    code = f"t{set_code}" if is_token else set_code
    return CardRef(code, number, finish, str(entry.get("name") or ""), is_accessory=is_token)


def entries(value: Any) -> list[Any]:
    """A part's entries: the source writes a list, a bare entry, or null."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _count(entry: Mapping[str, Any], kind: str) -> int:
    count = entry.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        shown = repr(count)[:80] if not isinstance(count, int) or count > -MOST_PIECES else "far below 0"
        msg = (
            f"{kind} {str(entry.get('name') or entry.get('code'))[:80]!r} has count {shown}; 1 or more is due"
        )
        raise ContentsError(msg)
    if count > MOST_PIECES:
        named = str(entry.get("name") or entry.get("code"))[:80]
        msg = f"{kind} {named!r} comes {_shown(count)} times; {MOST_PIECES:,} are possible"
        raise AbsurdCountError(msg)
    return int(count)


def _shown(count: int) -> str:
    """A count with its thousands apart; Python writes out no numbers of thousands of digits."""
    return f"{count:,}" if count < MOST_PIECES**4 else "beyond 10^24"


def _key(entry: Mapping[str, Any], kind: str) -> Key:
    if not entry.get("set") or not entry.get("name"):
        msg = f"a {kind} part lacks its set or name: {dict(entry)!r}"
        raise ContentsError(msg)
    return str(entry["set"]).lower(), str(entry["name"])


def _label(key: Key) -> str:
    return f"{key[1]!r} ({key[0]})"


def resolve_all(contents: Contents, keys: Iterable[Key]) -> dict[Key, Resolved]:
    """Every product, each followed once."""
    return {key: contents.resolve(key) for key in keys}
