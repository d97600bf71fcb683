"""`arb doctor`: what is configured, reachable, migrated, stale."""

import json as jsonlib
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import typer

from arb_pipeline.cli.options import Json

STALE = timedelta(days=3)


def doctor(json: Json = False) -> None:
    """Checks settings, database, parameters and data. Exit code 1 when something keeps a run from working."""
    from arb_pipeline.settings import settings

    given = settings()
    checks = [*_places(given), *_parameters(given), *_alerts(given), *_mappings()]
    checks += [*_names(given), *_database(given)]
    if json:
        typer.echo(
            jsonlib.dumps([dict(zip(("check", "state", "note"), c, strict=True)) for c in checks], indent=1)
        )
    else:
        for name, state, note in checks:
            colour = {"ok": typer.colors.GREEN, "warn": typer.colors.YELLOW, "fail": typer.colors.RED}[state]
            typer.echo(f"{typer.style(f'{state:<5}', fg=colour)}{name:<14} {note}")
    if any(state == "fail" for _, state, _ in checks):
        raise typer.Exit(1)


Check = tuple[str, str, str]


def _places(settings: Any) -> list[Check]:
    from arb_pipeline.storage.data_folder import DataFolder

    checks = [
        ("home", "ok", f"{settings.home} (ARB_HOME){'' if settings.home.exists() else ', made on first use'}")
    ]
    if settings.data is None:
        return [*checks, ("data", "ok", "no ARB_DATA: name a folder with --data")]
    try:
        days = DataFolder(settings.data).days()
    except FileNotFoundError as error:
        return [*checks, ("data", "fail", str(error))]
    note = f"{settings.data}: {len(days)} days of prices" + (f", {days[0]} to {days[-1]}" if days else "")
    return [*checks, ("data", "ok" if days else "warn", note)]


def _parameters(settings: Any) -> list[Check]:
    from arb_pipeline.storage.params import ParameterError, faults, parameters

    today = datetime.now(UTC).date()
    if settings.params is None:
        try:
            parameters(today)
        except ParameterError as error:
            return [("parameters", "fail", str(error))]
        return [("parameters", "ok", "shipped")]
    if found := faults(today, settings.params):
        return [("parameters", "fail", " ".join(found))]
    return [("parameters", "ok", f"shipped, with {settings.params}")]


def _alerts(settings: Any) -> list[Check]:
    if settings.alerts is None:
        return [("alerts", "ok", "no ARB_ALERTS: nobody is told")]
    from arb_pipeline.notifications.alert_rules import AlertRuleError, read_rules
    from arb_pipeline.notifications.apprise_sender import AppriseSender

    try:
        rules = read_rules(settings.alerts)
        sender = AppriseSender(rules)
        for name in rules.targets:
            sender.check(name)
    except AlertRuleError as error:
        return [("alerts", "fail", str(error))]
    note = f"{settings.alerts}: {len(rules.targets)} targets, {len(rules.deliveries)} rules"
    return [("alerts", "ok", note)]


def _mappings() -> list[Check]:
    from arb_pipeline.settings import source_access
    from arb_pipeline.sources.mappings import mapping_files, read_mapping

    try:
        access = source_access("distributor")
        if access.missing:
            return [("mappings", "ok", f"no {', '.join(access.missing)}: no price lists of distributors")]
        folder = Path(access.key("mappings")).expanduser()
        files = mapping_files(folder)
    except ValueError as error:
        return [("mappings", "fail", str(error))]
    faults = []
    for path in files:
        try:
            read_mapping(path)
        except ValueError as error:
            faults.append(str(error))
    if faults:
        return [("mappings", "fail", "; ".join(faults))]
    return [("mappings", "ok" if files else "warn", f"{folder}: {len(files)} mapping files")]


def _names(settings: Any) -> list[Check]:
    """Variables that look like settings and are none, with what may be meant."""
    from arb_pipeline.contracts.sources import SOURCES
    from arb_pipeline.core.alerting.rules import SECRET
    from arb_pipeline.settings import names_given, setting_of

    known = {f"ARB_{name}".upper() for name in type(settings).model_fields}
    for name, source in SOURCES.items():
        known |= {setting_of(name, key) for key in ("url", "token_url", *source.keys, *source.optional_keys)}
    if settings.alerts and settings.alerts.is_file():
        known |= set(SECRET.findall(settings.alerts.read_text("utf-8", errors="replace")))
    unknown = sorted(names_given() - known)
    if not unknown:
        return [("settings", "ok", "every ARB_ variable is known")]
    told = []
    for name in unknown:
        near = get_close_matches(name, known, n=1)
        told.append(f"{name} is no setting{f': is {near[0]} meant?' if near else ''}")
    return [("settings", "warn", f"{'; '.join(told)} (.env.example lists all)")]


def _database(settings: Any) -> list[Check]:
    from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError
    from arb_pipeline.storage.postgres.engine import DatabaseError, connect
    from arb_pipeline.storage.postgres.migrate import current, head

    where = "ARB_DATABASE_URL" if settings.database_url else "embedded in ARB_HOME"
    if settings.database_url is None and not (settings.home / "postgres.json").exists():
        return [("database", "warn", f"{where}: not made yet; `arb db migrate` or `arb run` makes it")]
    running = settings.database_url is not None or EmbeddedPostgres(settings.home).url() is not None
    try:
        engine = connect(settings)
    except (DatabaseError, EmbeddedPostgresError) as error:
        return [("database", "fail", str(error))]
    try:
        url = engine.url.render_as_string(hide_password=True)
        checks = [("database", "ok", f"{where}: {url}{'' if running else ' (was stopped; started)'}")]
        version = current(engine)
        if version != head():
            note = f"at {version or 'nothing'}, this program needs {head()}: run `arb db migrate`"
            return [*checks, ("schema", "fail" if settings.database_url else "warn", note)]
        checks.append(("schema", "ok", f"at {version}"))
        with engine.connect() as connection:
            return [*checks, *_freshness(connection)]
    finally:
        engine.dispose()


def _freshness(connection: Any) -> list[Check]:
    from arb_pipeline.storage.postgres import queries
    from arb_pipeline.storage.postgres.opportunities import count_overdue

    today = datetime.now(UTC).date()
    day = queries.latest_day(connection)
    if day is None:
        return [("analysis", "warn", "nothing valued yet: `arb run --data DIR`")]
    checks = [("analysis", *_age(day, today, f"newest valuations are of {day}"))]
    if overdue := count_overdue(connection, datetime.now(UTC)):
        note = f"{overdue:,} active past their time: run a newer day, or `arb opportunity cleanup`"
        checks.append(("opportunities", "warn", note))
    else:
        checks.append(("opportunities", "ok", "no active one is past its time"))
    for load in queries.loads(connection).iter_rows(named=True):
        note = f"{load['category']}: newest prices of {load['newest_day']}, {load['loads']} loads"
        note += f", {load['accepted']:,} accepted"
        note += f", {load['quarantined']:,} refused" if load["quarantined"] else ""
        checks.append((load["source"], *_age(load["newest_day"], today, note)))
    return checks


def _age(day: date, today: date, note: str) -> tuple[str, str]:
    age = today - day
    return ("warn", f"{note}: stale by {age.days} days") if age > STALE else ("ok", note)
