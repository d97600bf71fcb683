"""Reads the dated parameter files, and a buyer's own file on top."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pull_rates import PullRates

PULL_RATES = "pull_rates.yaml"
SHIPPED = ("fees.yaml", "trade.yaml", "scoring.yaml")


class ParameterError(ValueError):
    """A parameter file that cannot be used; the message names the file, the key and what was due."""


def parameters(day: date, own_file: Path | None = None) -> Parameters:
    """The parameters that hold on a day.

    A buyer's own file names only what it changes, by group and key, with a plain value or dated values:
    `selling: {cards_per_order: 5}`.
    """
    values: dict[str, dict[str, Any]] = {}
    for name in SHIPPED:
        for group, entries in _shipped(name).items():
            values[group] = {
                key: _on(day, entry["values"], f"{name}: {group}.{key}") for key, entry in entries.items()
            }
    for group, entries in (_own(own_file) if own_file else {}).items():
        if group not in values or not isinstance(entries, Mapping):
            msg = f"{own_file}: unknown group {group!r}. Known: {sorted(values)}."
            raise ParameterError(msg)
        values[group] |= {
            key: _plain(day, value, f"{own_file}: {group}.{key}") for key, value in entries.items()
        }
    try:
        return Parameters.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        msg = f"{own_file or 'params'}: {where} = {first['input']!r}: {first['msg']}."
        raise ParameterError(msg) from error


@cache
def pull_rates() -> PullRates:
    """The pull rates, the newest measure of each. Raises `ParameterError`."""
    document = _shipped(PULL_RATES)
    newest = {
        group: {key: entry["values"][max(entry["values"])] for key, entry in entries.items()}
        for group, entries in document.items()
    }
    try:
        return PullRates(
            tables=newest["pokemon"],
            pooled=newest["pokemon_pooled"],
            structures=newest["pokemon_packs"],
            core_boosters=document["yugioh"]["core_booster"]["values"],
        )
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"{PULL_RATES}: {'.'.join(map(str, first['loc']))}: {first['msg']}."
        raise ParameterError(msg) from error


@cache
def _shipped(name: str) -> Mapping[str, Mapping[str, Any]]:
    text = files("arb_pipeline.params").joinpath(name).read_text("utf-8")
    document: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)
    return document


def _own(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        msg = f"{path} does not read as YAML: {error}. Mend it, or unset ARB_PARAMS."
        raise ParameterError(msg) from error
    if not isinstance(document, Mapping):
        msg = f"{path} should map groups to values, as in `selling: {{cards_per_order: 5}}`."
        raise ParameterError(msg)
    return document


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
