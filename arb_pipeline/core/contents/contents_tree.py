"""Direct contents of a product as text: the rows of the contents tree that `arb explain` draws."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from arb_pipeline.core.contents.sealed_graph import Key, entries

NAMED = {"card": "name", "pack": "code", "deck": "name", "sealed": "name", "other": "name"}


@dataclass(frozen=True, slots=True)
class DirectPart:
    """One line of a product's contents."""

    kind: str
    """card, pack, deck, sealed, other, or copy."""
    label: str
    count: int
    chance: str
    """'' for certain; '95 of 100' or '1 of 5' for an alternative of a mixture."""
    child: Key | None
    """The sealed product that it is, if it is one."""


def direct_parts(set_code: str, record: Any) -> Iterator[DirectPart]:
    """Parts of one contents record, as it states them. `Contents` reports parts that cannot be read."""
    if not isinstance(record, Mapping):
        return
    if "copy" in record:
        name = str(record["copy"])
        yield DirectPart("copy", f"the same as {name}", 1, "", (set_code, name))
        return
    yield from _listed(record, "")
    alternatives = [a for a in entries(record.get("variable")) if isinstance(a, Mapping)]
    mode = record.get("variable_mode")
    total = mode.get("weight") if isinstance(mode, Mapping) else None
    for alternative in alternatives:
        weight = alternative.get("chance")
        chance = f"1 of {len(alternatives)}" if weight is None else f"{weight} of {total}"
        yield from _listed(alternative, chance)


def _listed(record: Mapping[str, Any], chance: str) -> Iterator[DirectPart]:
    for kind, field in NAMED.items():
        for entry in entries(record.get(kind)):
            if isinstance(entry, Mapping):
                set_code, name = str(entry.get("set") or "").lower(), str(entry.get(field) or "?")
                count = entry.get("count", 1)
                yield DirectPart(
                    kind,
                    _label(kind, entry, set_code, name),
                    count if isinstance(count, int) else 1,
                    chance,
                    (set_code, name) if kind == "sealed" else None,
                )


def _label(kind: str, entry: Mapping[str, Any], set_code: str, name: str) -> str:
    foil = " foil" if entry.get("foil") else ""
    number = f" #{entry['number']}" if kind == "card" and entry.get("number") else ""
    evidence = f", {entry['evidence']}" if entry.get("evidence") else ""
    words = {"pack": f"pack {set_code}/{name}", "deck": f"deck {name}", "other": f"{name} (worth 0 here)"}
    return words.get(kind, f"{name}{foil}{f' ({set_code}{number})' if set_code else ''}") + evidence
