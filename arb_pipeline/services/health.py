"""Health of a home: settings, parameters, rules, database and the age of data."""

from collections.abc import Iterator
from datetime import date, datetime
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.core.alerting.rules import SECRET
from arb_pipeline.core.opportunities.lifecycle import analysed_at
from arb_pipeline.notifications.alert_rules import AlertRuleError, read_rules
from arb_pipeline.notifications.apprise_sender import AppriseSender
from arb_pipeline.services.calibration import (
    LEAST_HELD,
    MOST_HELD,
    held_share,
    latest,
)
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings, names_given, setting_of, source_access
from arb_pipeline.sources.mappings import mapping_files, read_mapping
from arb_pipeline.sources.registry import LANDED_AS
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.params import (
    CALIBRATION,
    ParameterError,
    entries,
    faults,
    own_files,
    parameters,
    values_by_day,
)
from arb_pipeline.storage.postgres import queries
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError
from arb_pipeline.storage.postgres.engine import DatabaseError, connect
from arb_pipeline.storage.postgres.migrate import current, head, serves
from arb_pipeline.storage.postgres.opportunities import count_overdue

ANALYSIS = "tcgcsv"
"""Source whose age limit applies to valuations, which use its daily prices."""


class State(StrEnum):
    """Result of a check."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class CheckView(View):
    """A check and its result."""

    check: str
    state: State
    note: str


def checks(settings: Settings, *, now: datetime) -> tuple[CheckView, ...]:
    """Results of all checks, in order. A run needs every check to pass or warn."""
    return tuple(
        CheckView(check=check, state=state, note=note)
        for check, state, note in (
            *_places(settings),
            *_parameters(settings, now.date()),
            *_alerts(settings),
            *_mappings(),
            *_names(settings),
            *_database(settings, now),
        )
    )


Check = tuple[str, State, str]
"""Name of the check, its result, and a note."""


def _places(settings: Settings) -> Iterator[Check]:
    made = "" if settings.home.exists() else ", made on first use"
    yield "home", State.OK, f"{settings.home} (ARB_HOME){made}"
    if settings.data is None:
        yield "data", State.OK, "no ARB_DATA: name a folder with --data"
        return
    try:
        days = DataFolder(settings.data).days()
    except FileNotFoundError as error:
        yield "data", State.FAIL, str(error)
        return
    span = f", {days[0]} to {days[-1]}" if days else ""
    note = f"{settings.data}: {len(days)} days of prices{span}"
    yield "data", State.OK if days else State.WARN, note


def _parameters(settings: Settings, today: date) -> Iterator[Check]:
    own = own_files(settings)
    if not own:
        try:
            parameters(today)
        except ParameterError as error:
            yield "parameters", State.FAIL, str(error)
            return
        yield "parameters", State.OK, "shipped"
    elif problems := faults(today, own):
        yield "parameters", State.FAIL, " ".join(problems)
        return
    else:
        yield "parameters", State.OK, f"shipped, with {', '.join(map(str, own))}"
    yield _movement(settings, today)


def _movement(settings: Settings, today: date) -> Check:
    """The law of movement in force, and how its bands held at the last calibration."""
    own = own_files(settings)
    law = next(e for e in entries(today, own) if (e.group, e.key) == ("movement", "fixed"))
    days = values_by_day("movement", "fixed", own)
    since = max((day for day in days if day <= today), default=min(days))
    note = f"law of {since}, {'adopted' if law.is_own else 'shipped'} ({law.source})"
    calibrated = latest(settings.home.expanduser() / CALIBRATION)
    held = None if calibrated is None else held_share(calibrated)
    if calibrated is None or held is None:
        return "movement", State.OK, f"{note}; not calibrated on this home's prices yet: `arb calibrate`"
    note += f"; its bands held {held:.0%} of fixed contents up to {calibrated.last}"
    if LEAST_HELD <= held <= MOST_HELD:
        return "movement", State.OK, note
    return "movement", State.WARN, f"{note}, not 85 to 95 %: look at `arb calibrate`, then add --adopt"


def _alerts(settings: Settings) -> Iterator[Check]:
    if settings.alerts is None:
        yield "alerts", State.OK, "no ARB_ALERTS: no alerts are sent"
        return
    try:
        rules = read_rules(settings.alerts)
        sender = AppriseSender(rules)
        for name in rules.targets:
            sender.check(name)
    except AlertRuleError as error:
        yield "alerts", State.FAIL, str(error)
        return
    note = f"{settings.alerts}: {len(rules.targets)} targets, {len(rules.deliveries)} rules"
    yield "alerts", State.OK, note


def _mappings() -> Iterator[Check]:
    """Mapping files of distributors' price lists."""
    try:
        access = source_access("distributor")
        if access.missing:
            note = f"no {', '.join(access.missing)}: no price lists of distributors"
            yield "mappings", State.OK, note
            return
        folder = Path(access.key("mappings")).expanduser()
        files = mapping_files(folder)
    except ValueError as error:
        yield "mappings", State.FAIL, str(error)
        return
    lines = []
    for path in files:
        try:
            read_mapping(path)
        except ValueError as error:
            lines.append(str(error))
    if lines:
        yield "mappings", State.FAIL, "; ".join(lines)
    else:
        yield "mappings", State.OK if files else State.WARN, f"{folder}: {len(files)} mapping files"


def _names(settings: Settings) -> Iterator[Check]:
    """Unknown variables with the prefix of settings, with the most similar setting."""
    known = {f"ARB_{name}".upper() for name in type(settings).model_fields}
    for name, source in SOURCES.items():
        known |= {setting_of(name, key) for key in ("url", "token_url", *source.keys, *source.optional_keys)}
    if settings.alerts and settings.alerts.is_file():
        known |= set(SECRET.findall(settings.alerts.read_text("utf-8", errors="replace")))
    unknown = sorted(names_given() - known)
    if not unknown:
        yield "settings", State.OK, "every ARB_ variable is known"
        return
    notes = []
    for name in unknown:
        near = get_close_matches(name, known, n=1)
        notes.append(f"{name} is no setting{f': is {near[0]} meant?' if near else ''}")
    yield "settings", State.WARN, f"{'; '.join(notes)} (.env.example lists all)"


def _database(settings: Settings, now: datetime) -> Iterator[Check]:
    where = "ARB_DATABASE_URL" if settings.database_url else "embedded in ARB_HOME"
    if settings.database_url is None and not (settings.home / "postgres.json").exists():
        yield "database", State.WARN, f"{where}: not made yet; `arb db migrate` or `arb run` makes it"
        return
    was_running = settings.database_url is not None or EmbeddedPostgres(settings.home).url() is not None
    try:
        engine = connect(settings)
    except (DatabaseError, EmbeddedPostgresError) as error:
        yield "database", State.FAIL, str(error)
        return
    try:
        url = engine.url.render_as_string(hide_password=True)
        yield "database", State.OK, f"{where}: {url}{'' if was_running else ' (was stopped; started)'}"
        version = current(engine)
        if not serves(engine):
            note = f"at {version or 'nothing'}, this program needs {head()}: run `arb db migrate`"
            yield "schema", State.FAIL if settings.database_url else State.WARN, note
            return
        yield "schema", State.OK, f"at {version}"
        with engine.connect() as connection:
            yield from _freshness(connection, now)
    finally:
        engine.dispose()


def _freshness(connection: sa.Connection, now: datetime) -> Iterator[Check]:
    day = queries.latest_day(connection)
    if day is None:
        yield "analysis", State.WARN, "nothing valued yet: `arb run --data DIR`"
        return
    yield "analysis", *_age(day, ANALYSIS, now, f"newest valuations are of {day}")
    if overdue := count_overdue(connection, now):
        note = f"{overdue:,} active past their time: run a newer day, or `arb opportunity cleanup`"
        yield "opportunities", State.WARN, note
    else:
        yield "opportunities", State.OK, "no active one is past its time"
    for load in queries.loads(connection).iter_rows(named=True):
        note = f"{load['category']}: newest prices of {load['newest_day']}, {load['loads']} loads"
        note += f", {load['accepted']:,} accepted"
        note += f", {load['quarantined']:,} refused" if load["quarantined"] else ""
        yield load["source"], *_age(load["newest_day"], load["source"], now, note)


def _age(day: date, source: str, now: datetime, note: str) -> tuple[State, str]:
    """`source`: of prices, whose limit holds. The data of a day is complete at 20:00 UTC."""
    hours = (now - analysed_at(day)).total_seconds() / 3600
    is_stale = hours > SOURCES[LANDED_AS.get(source, source)].stale_hours
    return (State.WARN, f"{note}: stale by {(now.date() - day).days} days") if is_stale else (State.OK, note)
