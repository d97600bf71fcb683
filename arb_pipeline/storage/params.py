"""Reads the dated parameter files, and a buyer's own file on top."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from arb_pipeline.contracts.errors import ConfigurationError
from arb_pipeline.contracts.validation import fault_text, path_of
from arb_pipeline.core.contents.pull_rates import Estimate, PullRates, RateTable
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.channel_params import Channel
from arb_pipeline.settings import Settings
from arb_pipeline.sources.yaml_text import OwnLoader

PULL_RATES = "pull_rates.yaml"
CHANNELS = "channels.yaml"
FastLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader in C where the wheel has it: a tenth of the time."""
SHIPPED = (CHANNELS, "trade.yaml", "scoring.yaml", "movement.yaml")
OLD = timedelta(days=365)
"""Age after which a figure should be checked again."""

Groups = dict[str, dict[str, Any]]
Layer = Mapping[str, Mapping[str, Mapping[date, Any]]]
"""Group -> key -> first day -> value: values entered by administrators. They rank between
shipped files and users' files."""
OwnFiles = Path | tuple[Path, ...] | None
"""Files over the shipped parameters, a later one over an earlier one: `own_files`, or one of a user."""
ADOPTED = "params/movement.yaml"
"""In the home: the law of movement that `arb calibrate --adopt` wrote. It is read without being named."""
CALIBRATION = "calibration"
"""Folder of the home with the newest calibration."""
_installed: list[Layer] = [{}]
_override: ContextVar[Layer | None] = ContextVar("parameter_layer", default=None)


class ParameterError(ConfigurationError, ValueError):
    """An invalid parameter file; the message names the file, the key and what is allowed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter in force on a day."""

    group: str
    key: str
    value: Any
    unit: str
    source: str
    checked_on: date | None
    is_own: bool
    """True if it is from the buyer's own file."""


def adopted_law(settings: Settings) -> Path:
    """File of the adopted law of movement, if one was adopted."""
    return settings.home.expanduser() / ADOPTED


def own_files(settings: Settings) -> tuple[Path, ...]:
    """Files over the shipped parameters: the adopted law of movement of the home, then that of ARB_PARAMS."""
    adopted = adopted_law(settings)
    given = () if settings.params is None else (settings.params,)
    return (adopted, *given) if adopted.is_file() else given


def parameters(day: date, own_file: OwnFiles = None) -> Parameters:
    """Parameters in force on a day.

    A buyer's own file names only what it changes, by group and key, with a plain value or dated values:
    `selling: {cards_per_order: 5}`. An unknown group is a channel of the buyer's own, if its
    `selling.channels` names it. Raises `ParameterError` with all faults.
    """
    own = _own(own_file)
    problems = _faults(day, own, own_file)
    if problems:
        raise ParameterError("\n".join(problems))
    return Parameters.model_validate(_values(day, own, own_file))


def window_days(settings: Settings) -> Callable[[date], int]:
    """Day -> days before it that features read, by the parameters in force on it."""
    return lambda day: parameters(day, own_files(settings)).prices.window_days


def longest(group: str, key: str, own_file: OwnFiles = None) -> int:
    """The highest value that a whole-numbered parameter takes on any day.

    Partition mappings are declared once for all days and use this value.
    """
    days = {date.min, *_days(_all()), *_days(_own(own_file))}
    return max(int(getattr(getattr(parameters(day, own_file), group), key)) for day in days)


def entries(day: date, own_file: OwnFiles = None) -> list[Entry]:
    """Every parameter with its source. Raises `ParameterError`."""
    parameters(day, own_file)
    own = _own(own_file)
    return [
        _entry(group, key, leaf, own.get(group, {}), day, own_file)
        for group, leaves in _named(own).items()
        for key, leaf in leaves.items()
    ]


def values_by_day(group: str, key: str, own_file: OwnFiles = None) -> Mapping[date, Any]:
    """First day -> value of a parameter: of the last file that names it, else of the shipped ones."""
    leaf = _own(own_file).get(group, {}).get(key) if own_file else None
    if leaf is None:
        values: Mapping[date, Any] = _all()[group][key]["values"]
        return values
    return leaf["values"] if _is_dated(leaf) else {date.min: leaf}


def faults(day: date, own_file: OwnFiles) -> list[str]:
    """All faults of a user's file on a day, and on every day that it names."""
    try:
        own = _own(own_file)
    except ParameterError as error:
        return [str(error)]
    days = [day, *sorted(_days(own))]
    return list(dict.fromkeys(fault for each_day in days for fault in _faults(each_day, own, own_file)))


def unchecked(day: date, own_file: OwnFiles = None) -> list[Entry]:
    """Parameters last checked over a year before a day."""
    return [entry for entry in entries(day, own_file) if entry.checked_on and day - entry.checked_on > OLD]


def newest(name: str) -> dict[str, dict[str, Any]]:
    """Entries of a shipped file by group and key, each with its latest value."""
    return {
        group: {key: entry["values"][max(entry["values"])] for key, entry in entries.items()}
        for group, entries in _shipped(name).items()
    }


@cache
def pull_rates() -> PullRates:
    """Pull rates, the newest measurement of each. Raises `ParameterError`."""
    rates = newest(PULL_RATES)
    try:
        measured = {name: RateTable.model_validate(table) for name, table in rates["pokemon"].items()}
        estimated = {
            name: Estimate.model_validate(entry).table(measured)
            for name, entry in rates["pokemon_estimates"].items()
        }
        return PullRates(
            tables=measured | estimated,
            pooled=rates["pokemon_pooled"],
            structures=rates["pokemon_packs"],
            core_boosters=_shipped(PULL_RATES)["yugioh"]["core_booster"]["values"],
        )
    except ValidationError as error:
        msg = f"{PULL_RATES}: {fault_text(error.errors()[0])}."
        raise ParameterError(msg) from error


@cache
def _shipped(name: str) -> Mapping[str, Mapping[str, Any]]:
    text = files("arb_pipeline.params").joinpath(name).read_text("utf-8")
    document: Mapping[str, Mapping[str, Any]] = yaml.load(text, FastLoader)  # noqa: S506 - a SafeLoader
    return document


def _all() -> dict[str, Mapping[str, Any]]:
    """Shipped parameters, overridden by the database's values."""
    shipped = {group: leaves for name in SHIPPED for group, leaves in _shipped(name).items()}
    override = _override.get()
    layer = _installed[0] if override is None else override
    if not layer:
        return shipped
    return {
        group: {key: _with_layer(leaf, layer.get(group, {}).get(key, {})) for key, leaf in leaves.items()}
        for group, leaves in shipped.items()
    }


def _with_layer(leaf: Mapping[str, Any], entered: Mapping[date, Any]) -> Mapping[str, Any]:
    """A leaf whose values are overridden from the first entered day on."""
    if not entered:
        return leaf
    first = min(entered)
    kept = {day: value for day, value in leaf["values"].items() if day < first}
    # A day before the first value takes the first: the shipped one, not the one entered for later.
    kept = kept or {date.min: leaf["values"][min(leaf["values"])]}
    return {**leaf, "values": {**kept, **entered}}


def install(layer: Layer) -> None:
    """Applies the database's values to the parameters of this process from now on."""
    _installed[0] = layer


@contextmanager
def layered(layer: Layer) -> Iterator[None]:
    """Context in which the database's values apply, for this thread."""
    token = _override.set(layer)
    try:
        yield
    finally:
        _override.reset(token)


def _paths(own_file: OwnFiles) -> tuple[Path, ...]:
    if own_file is None:
        return ()
    return own_file if isinstance(own_file, tuple) else (own_file,)


def _label(own_file: OwnFiles) -> str:
    """Names of the files, for messages and as the source of values that state none."""
    return ", ".join(map(str, _paths(own_file))) or "params"


def _own(own_file: OwnFiles) -> Mapping[str, Any]:
    """The files as one: of a key that several name, the value of the last."""
    paths = _paths(own_file)
    if len(paths) == 1:
        return _read(paths[0])
    merged: dict[str, Any] = {}
    for path in paths:
        for group, leaves in _read(path).items():
            both = isinstance(leaves, Mapping) and isinstance(merged.get(group), Mapping)
            merged[group] = {**merged[group], **leaves} if both else leaves
    return merged


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.load(path.read_text("utf-8"), OwnLoader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}. {_remedy(path, 'Name another file')}"
        raise ParameterError(msg) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        msg = f"{path} does not read as YAML: {error}. {_remedy(path, 'Correct it')}"
        raise ParameterError(msg) from error
    if not isinstance(document, Mapping):
        msg = f"{path} should map groups to values, as in `selling: {{cards_per_order: 5}}`."
        raise ParameterError(msg)
    return document


def _remedy(path: Path, first: str) -> str:
    if path.as_posix().endswith(f"/{ADOPTED}"):
        return "Remove it, or write it anew: `arb calibrate --adopt`."
    return f"{first}, or unset ARB_PARAMS."


def _faults(day: date, own: Mapping[str, Any], path: OwnFiles) -> list[str]:
    """Faults: unknown names and unreadable values; without these, values out of bounds."""
    problems = list(_strangers(own, path))
    if not problems:
        try:
            Parameters.model_validate(_values(day, own, path))
        except ParameterError as error:
            problems = [str(error)]
        except ValidationError as error:
            problems = [_text(fault, path) for fault in error.errors()]
    return problems


def _strangers(own: Mapping[str, Any], path: OwnFiles) -> Iterator[str]:
    """Messages for unknown groups and keys."""
    known = _named(own)
    for group, leaves in own.items():
        if group not in known:
            yield f"{_label(path)}: unknown group {group!r}. Known: {sorted(known)}.{_meant(group, known)}"
            continue
        if not isinstance(leaves, Mapping):
            yield f"{_label(path)}: {group!r} should map keys to values, it is {leaves!r}."
            continue
        keys = Channel.model_fields if group in _channels(own) else known[group]
        for key in leaves:
            if key not in keys:
                fault = f"{_label(path)}: {group}.{key} = {leaves[key]!r}: there is no such key."
                yield f"{fault} Known: {sorted(keys)}.{_meant(key, keys)}"


def _meant(name: Any, known: Any) -> str:
    close = get_close_matches(str(name), known, n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _text(fault: ErrorDetails, path: OwnFiles) -> str:
    at = fault["loc"][1:] if fault["loc"][:1] == ("channels",) else fault["loc"]
    return f"{_label(path)}: {fault_text(fault, key=path_of(at))}."


def _channels(own: Mapping[str, Any]) -> set[str]:
    """Names of channels: shipped ones, and the buyer's own that the buyer sells at."""
    selling = own.get("selling")
    listed: Any = selling.get("channels") if isinstance(selling, Mapping) else None
    named = [listed, *listed["values"].values()] if _is_dated(listed) else [listed]
    of_theirs = {
        name
        for names in named
        if isinstance(names, list)
        for name in names
        if isinstance(name, str) and name in own
    }
    return (of_theirs - _all().keys()) | _shipped(CHANNELS).keys()


def _named(own: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Every group with its keys and their leaves: shipped groups, then those of the buyer alone."""
    known = {group: dict(leaves) for group, leaves in _all().items()}
    for group in _channels(own):
        own_values = own.get(group, {})
        known.setdefault(group, {})
        if isinstance(own_values, Mapping):
            known[group] |= {
                k: None for k in own_values if k in Channel.model_fields and k not in known[group]
            }
    return known


def _values(day: date, own: Mapping[str, Any], path: OwnFiles) -> Groups:
    """Input of the model: groups of plain values, and the channels as a group of groups."""
    groups: Groups = {
        group: {key: _on(day, leaf["values"], f"{group}.{key}") for key, leaf in leaves.items()}
        for group, leaves in _all().items()
    }
    for group, leaves in own.items():
        own_values = {
            key: _plain(day, value, f"{_label(path)}: {group}.{key}") for key, value in leaves.items()
        }
        groups[group] = groups.get(group, {}) | own_values
    channels = {name: groups.pop(name) for name in sorted(_channels(own))}
    return {**groups, "channels": channels}


def _entry(group: str, key: str, shipped: Any, own: Mapping[str, Any], day: date, path: OwnFiles) -> Entry:
    where = f"{_label(path)}: {group}.{key}"
    unit = str(shipped["unit"] if shipped else Channel.model_fields[key].description)
    if shipped and key not in own:
        value = _on(day, shipped["values"], where)
        return Entry(group, key, value, unit, shipped["source"], shipped["checked_on"], is_own=False)
    own_values = own[key]
    dated = own_values if _is_dated(own_values) else {}
    source, checked_on = dated.get("source", _label(path)), dated.get("checked_on")
    return Entry(group, key, _plain(day, own_values, where), unit, source, checked_on, is_own=True)


def _is_dated(value: Any) -> bool:
    return isinstance(value, Mapping) and "values" in value and isinstance(value["values"], Mapping)


def _days(own: Mapping[str, Any]) -> Iterator[date]:
    for leaves in own.values():
        for value in leaves.values() if isinstance(leaves, Mapping) else ():
            if _is_dated(value):
                yield from (day for day in value["values"] if isinstance(day, date))


def _plain(day: date, value: Any, where: str) -> Any:
    dated = isinstance(value, Mapping) and "values" in value
    return _on(day, value["values"], where) if dated else value


def _on(day: date, values: Any, where: str) -> Any:
    """The value in force on a day; before the first date, the first."""
    if not isinstance(values, Mapping) or not values or not all(isinstance(start, date) for start in values):
        msg = f"{where}: values {values!r} should map days to values, as in `values: {{2026-01-01: 30}}`."
        raise ParameterError(msg)
    past = [start for start in values if start <= day]
    return values[max(past) if past else min(values)]
