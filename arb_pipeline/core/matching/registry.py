"""Products by declared terms: one of a set's, one of a type's, all that are required, none that is excluded.

A declaration is stronger than a name, so a title may hold unexplained words ("Reuniclus"), but no word that
distinguishes products of a set, and none of another set. The longest set that it names counts; a series, as
"Mega Evolution", counts only where no set of it is named and nothing is left unexplained.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from arb_pipeline.core.matching import vocabulary
from arb_pipeline.core.matching.conflicts import Product, conflicts, explained, rank_of
from arb_pipeline.core.matching.result import MATCHED, Match, Reason, first
from arb_pipeline.core.matching.titles import Title
from arb_pipeline.core.matching.tokenizer import LONGEST, runs, split

Run = tuple[str, ...]
CODES = {
    "EN": "English",
    "JP": "Japanese",
    "JA": "Japanese",
    "PT": "Portuguese",
    "DE": "German",
    "FR": "French",
}


@dataclass(frozen=True)
class _Declared:
    product: Product
    sets: frozenset[Run]
    types: frozenset[Run]
    required: frozenset[Run]
    excluded: frozenset[Run]
    named: frozenset[str]
    is_series: bool


@dataclass(frozen=True)
class _TitleSets:
    """Sets that a title names, all words of their terms, and words that distinguish their products."""

    sets: list[Run]
    of_sets: frozenset[str]
    apart: frozenset[str]


class Registry:
    """Declared products, indexed by the terms of their sets."""

    def __init__(self, declared: list[_Declared]) -> None:
        self._of_set: dict[Run, list[_Declared]] = defaultdict(list)
        for product in declared:
            for run in product.sets:
                self._of_set[run].append(product)
        self._series = {
            run for run, those in self._of_set.items() if any(product.is_series for product in those)
        }

    @classmethod
    def of(cls, records: Iterable[Mapping[str, Any]], *, category: str) -> "Registry":
        """From records `{id, name, set, language, pack_count?, era_umbrella?, match}`.

        `match`: `set_terms`, `type_terms`, `requires_terms?`, `exclude_terms?`.
        """
        return cls([_declared(record, category) for record in records])

    def find(self, title: Title) -> Match:
        """The one product whose terms the title meets without a conflict."""
        named = set(runs(title.words, self._of_set))
        considered = {
            declared.product.product_id: declared for run in named for declared in self._of_set[run]
        }
        title_sets = _TitleSets(
            sets=self._telling(named),
            of_sets=frozenset(word for run in named for word in run),
            apart=frozenset(
                word for declared in considered.values() for run in declared.required for word in run
            ),
        )
        against = {
            key: set(_against(title, declared, title_sets))
            for key, declared in considered.items()
            if _meets(title, declared)
        }
        fitting = tuple(sorted(key for key, reasons in against.items() if not reasons))
        if len(fitting) == 1:
            return Match(fitting[0], MATCHED, fitting)
        if fitting:
            return Match(None, "ambiguous", fitting)
        if against:
            reasons = {reason for conflicting in against.values() for reason in conflicting}
            return Match(None, first(reasons), tuple(sorted(against)))
        anything = Product(
            "", next(iter(title.games), ""), "English", title_sets.of_sets, frozenset(), rank_of(title.has)
        )
        return Match(None, first({"unknown", *conflicts(title, anything)}))

    def _telling(self, named: set[Run]) -> list[Run]:
        """Sets that a title names, without parts of longer names, and without series beside sets."""
        longest = [run for run in named if not any(run != other and _is_part(run, other) for other in named)]
        return [run for run in longest if run not in self._series] or longest


def _is_part(run: Run, other: Run) -> bool:
    return any(other[at : at + len(run)] == run for at in range(len(other) - len(run) + 1))


def _holds(title: Title, run: Run) -> bool:
    return _is_part(run, title.words)


def _meets(title: Title, declared: _Declared) -> bool:
    return any(_holds(title, run) for run in declared.types) and all(
        _holds(title, run) for run in declared.required
    )


def _against(title: Title, declared: _Declared, title_sets: _TitleSets) -> Iterator[Reason]:
    own = declared.product.words
    yield from conflicts(title, declared.product)
    if any(_holds(title, run) for run in declared.excluded):
        yield "unknown"
    if any(not set(run) <= own for run in title_sets.sets):
        yield "ambiguous"
    says_language = any(language == declared.product.language for language, _ in title.languages)
    if not says_language and not any(
        set(run) <= declared.named and _holds(title, run) for run in declared.sets
    ):
        yield "wrong_language"  # a set named in Portuguese is Portuguese, unless the title says English
    left = title.has - own - title_sets.of_sets - explained(title, declared.product) - vocabulary.NOISE
    if left & (vocabulary.KINDS | title_sets.apart | title.bracketed) or (declared.is_series and left):
        yield "unknown"


def _runs(values: Iterable[object]) -> frozenset[Run]:
    runs = frozenset(split(str(value))[0][:LONGEST] for value in values)
    return runs - {()}


def _declared(record: Mapping[str, Any], category: str) -> _Declared:
    declared = record["match"]
    sets, types = _runs(declared["set_terms"]), _runs(declared["type_terms"])
    required = _runs(declared.get("requires_terms", ()))
    name, plurals = split(str(record["name"]))
    named = frozenset(name) | frozenset(split(str(record["set"]))[0])
    words = named | {word for run in sets | types | required for word in run}
    product = Product(
        product_id=str(record["id"]),
        category=category,
        language=CODES.get(str(record["language"]), str(record["language"])),
        words=words,
        plurals=plurals,
        rank=rank_of(frozenset(name)),
        pack_count=record.get("pack_count"),
    )
    excluded = _runs(declared.get("exclude_terms", ()))
    return _Declared(product, sets, types, required, excluded, named, bool(record.get("era_umbrella")))
