"""Parameters in force on a day, and checks of a buyer's own parameter file."""

from datetime import date
from difflib import get_close_matches
from pathlib import Path

import sqlalchemy as sa
from pydantic import JsonValue

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.core.params import Parameters
from arb_pipeline.services.view import View, json_value
from arb_pipeline.settings import Settings
from arb_pipeline.storage import params
from arb_pipeline.storage.params import Entry
from arb_pipeline.storage.postgres.parameter_values import dated_values


class ParameterView(View):
    """A parameter on a day, with its source."""

    group: str
    key: str
    value: JsonValue
    unit: str
    source: str
    checked_on: date | None
    is_own: bool
    """True if it comes from the buyer's own file."""


class ParameterCheck(View):
    """Findings about a parameter file, or about the shipped parameters."""

    path: Path | None
    """None: no file of the buyer's own is configured."""
    faults: tuple[str, ...]
    """File, key, value and what is allowed, of each fault."""
    own: tuple[ParameterView, ...]
    """Parameters that the file changes; empty where it has faults."""
    unchecked: tuple[ParameterView, ...]
    """Parameters whose last check is over a year ago."""


def in_force(connection: sa.Connection, settings: Settings, day: date) -> Parameters:
    """The parameters that hold on a day: shipped, entered by administrators, of the own file."""
    with params.layered(dated_values(connection)):
        return params.parameters(day, params.own_files(settings))


def listed(settings: Settings, day: date, *, group: str | None = None) -> tuple[ParameterView, ...]:
    """Parameters of a day, or those of a group. Raises `ParameterError`, and for an unknown group."""
    entries = params.entries(day, params.own_files(settings))
    groups = list(dict.fromkeys(entry.group for entry in entries))
    if group is not None and group not in groups:
        close = get_close_matches(group, groups, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else ""
        raise NotFoundError("group", value=group, allowed=", ".join(groups), next_step=hint)
    return tuple(_view(entry) for entry in entries if group in (None, entry.group))


def check(settings: Settings, day: date, file: Path | None = None) -> ParameterCheck:
    """Checks a file, by default those in use, on a day and on every day that they name."""
    files = (file,) if file else params.own_files(settings)
    path = files[-1] if files else None
    faults = params.faults(day, files) if files else []
    if faults:
        return ParameterCheck(path=path, faults=tuple(faults), own=(), unchecked=())
    return ParameterCheck(
        path=path,
        faults=(),
        own=tuple(_view(entry) for entry in params.entries(day, files) if entry.is_own),
        unchecked=tuple(_view(entry) for entry in params.unchecked(day, files)),
    )


def _view(entry: Entry) -> ParameterView:
    return ParameterView(
        group=entry.group,
        key=entry.key,
        value=json_value(entry.value),
        unit=entry.unit,
        source=entry.source,
        checked_on=entry.checked_on,
        is_own=entry.is_own,
    )
