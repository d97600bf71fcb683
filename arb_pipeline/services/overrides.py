"""Parameters and alert rules that users enter. They override shipped values; a file overrides both."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import JsonValue
from sqlalchemy.dialects.postgresql import insert

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError
from arb_pipeline.core.alerting.rules import Rule
from arb_pipeline.notifications.alert_rules import read_rules
from arb_pipeline.services.view import View, json_value
from arb_pipeline.settings import Settings
from arb_pipeline.storage import params
from arb_pipeline.storage.postgres.buyer_tables import alert_rules as rules_table
from arb_pipeline.storage.postgres.buyer_tables import parameter_values
from arb_pipeline.storage.postgres.parameter_values import dated_values, sources

TABLE = parameter_values


class LayeredParameterView(View):
    """A parameter's value as it holds on a day, and where it comes from."""

    group: str
    key: str
    value: JsonValue
    unit: str
    source: str
    checked_on: date | None
    origin: Literal["shipped", "database", "file"]
    """Layer that the value comes from."""
    shipped_value: JsonValue
    database_value: JsonValue
    """None where the database holds none."""
    valid_from: date | None
    """First day of the database's value; None where it holds none."""


class AlertRuleView(View):
    """A rule of alerts, and where it comes from."""

    name: str
    origin: Literal["database", "file"]
    is_active: bool
    rule: Mapping[str, JsonValue]
    updated_at: datetime | None


class AlertRulesView(View):
    """All rules, and the names of the targets that they can deliver to."""

    targets: tuple[str, ...]
    items: tuple[AlertRuleView, ...]


def parameters_on(
    connection: sa.Connection, settings: Settings, day: date
) -> tuple[LayeredParameterView, ...]:
    """Parameters on a day: value in force with its origin, shipped value and value of the database."""
    layer, origins = dated_values(connection), sources(connection)
    with params.layered({}):
        shipped = {(e.group, e.key): e for e in params.entries(day)}
    with params.layered(layer):
        entered = {(e.group, e.key): e for e in params.entries(day)}
        own = params.entries(day, params.own_files(settings))
    layered = []
    for entry in own:
        name = (entry.group, entry.key)
        since = max((d for d in layer.get(entry.group, {}).get(entry.key, {}) if d <= day), default=None)
        is_entered = since is not None and not entry.is_own
        layered.append(
            LayeredParameterView(
                group=entry.group,
                key=entry.key,
                value=json_value(entry.value),
                unit=entry.unit,
                source=origins[(*name, since)] if is_entered and since else entry.source,
                checked_on=None if is_entered else entry.checked_on,
                origin="file" if entry.is_own else "database" if is_entered else "shipped",
                shipped_value=json_value(shipped[name].value) if name in shipped else None,
                database_value=json_value(entered[name].value) if since is not None else None,
                valid_from=since,
            )
        )
    return tuple(layered)


def add_parameter_value(
    connection: sa.Connection,
    actor: Actor,
    settings: Settings,
    *,
    group: str,
    key: str,
    value: JsonValue,
    valid_from: date,
    source: str,
) -> LayeredParameterView:
    """Adds a dated value; one of the same day is replaced. Refuses unknown names and values out of bounds."""
    with params.layered({}):
        known = {(e.group, e.key) for e in params.entries(valid_from)}
    if (group, key) not in known:
        thing = "parameter"
        step = "GET /api/v1/parameters lists all."
        raise NotFoundError(thing, value=f"{group}.{key}", next_step=step)
    before = _one(parameters_on(connection, settings, valid_from), group, key)
    same = (TABLE.c.group_name == group) & (TABLE.c.key == key) & (TABLE.c.valid_from == valid_from)
    withdrawn = sa.update(TABLE).where(same, TABLE.c.withdrawn_at.is_(None))
    connection.execute(withdrawn.values(withdrawn_at=sa.func.now()))
    values = {
        "group_name": group,
        "key": key,
        "value": value,
        "valid_from": valid_from,
        "source": source,
        "user_id": UUID(actor.user_id or ""),
    }
    connection.execute(sa.insert(TABLE).values(**values))
    try:
        after = parameters_on(connection, settings, valid_from)
    except params.ParameterError as error:
        raise InvalidInputError(f"{group}.{key} = {value!r} is refused: {error}"[:1000]) from None
    parameter = _one(after, group, key)
    record(
        connection,
        actor,
        "create_parameter_value",
        "parameter",
        f"{group}.{key}",
        before={"value": before.database_value},
        after={"value": value, "valid_from": valid_from, "source": source},
    )
    return parameter


def _one(parameters: Sequence[LayeredParameterView], group: str, key: str) -> LayeredParameterView:
    return next(view for view in parameters if (view.group, view.key) == (group, key))


def alert_rules(connection: sa.Connection, settings: Settings) -> AlertRulesView:
    """All rules: the file's, and those of the database that it does not name."""
    file = read_rules(settings.alerts) if settings.alerts else None
    items: list[AlertRuleView] = []
    for rule in file.rules if file else ():
        values = rule.model_dump(mode="json", exclude_defaults=True)
        items.append(_item(values.pop("name"), "file", values))
    named = {item.name for item in items}
    for row in connection.execute(sa.select(rules_table).order_by(rules_table.c.name)).mappings():
        if row["name"] not in named:
            items.append(_item(row["name"], "database", row["rule"], row))  # noqa: PERF401 - clearer so
    return AlertRulesView(targets=tuple(sorted(file.targets)) if file else (), items=tuple(items))


def _item(
    name: str,
    origin: Literal["database", "file"],
    rule: Mapping[str, JsonValue],
    row: sa.RowMapping | None = None,
) -> AlertRuleView:
    return AlertRuleView(
        name=name,
        origin=origin,
        is_active=True if row is None else row["is_active"],
        rule=rule,
        updated_at=None if row is None else row["updated_at"],
    )


def put_alert_rule(
    connection: sa.Connection,
    actor: Actor,
    settings: Settings,
    name: str,
    *,
    rule: Mapping[str, JsonValue],
    is_active: bool,
) -> AlertRuleView:
    """Creates or replaces a rule. Its targets are the file's: they name secrets, which no database holds."""
    if settings.alerts is None:
        message = "Alerts have no targets"
        raise ConflictError(
            message, next_step="Name a rule file with targets in ARB_ALERTS (docs/alerts.md)."
        )
    file = read_rules(settings.alerts)
    try:
        parsed = Rule.model_validate({**rule, "name": name})
    except ValueError as error:
        raise InvalidInputError(f"The rule {name!r} is refused: {_first(error)}") from None
    if unknown := [target for target in parsed.targets if target not in file.targets]:
        raise InvalidInputError("target", value=unknown[0], allowed=", ".join(file.targets))
    if name in {known.name for known in file.rules}:
        message = f"The rule file has a rule {name!r}, which wins"
        raise ConflictError(message, next_step="Change it there, or choose another name.")
    old = (
        connection.execute(sa.select(rules_table).where(rules_table.c.name == name).with_for_update())
        .mappings()
        .first()
    )
    values = {"rule": dict(rule), "is_active": is_active, "user_id": UUID(actor.user_id or "")}
    statement = insert(rules_table).values(name=name, **values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={**values, "updated_at": sa.func.clock_timestamp()}
        )
    )
    before = None if old is None else {"rule": old["rule"], "is_active": old["is_active"]}
    after = {"rule": dict(rule), "is_active": is_active}
    record(connection, actor, "put_alert_rule", "alert_rule", name, before=before, after=after)
    row = connection.execute(sa.select(rules_table).where(rules_table.c.name == name)).mappings().one()
    return _item(name, "database", row["rule"], row)


def _first(error: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    fault = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


def delete_alert_rule(connection: sa.Connection, actor: Actor, name: str) -> None:
    """Deletes a rule of the database. Raises `NotFoundError`."""
    gone = connection.execute(
        sa.delete(rules_table).where(rules_table.c.name == name).returning(rules_table.c.rule)
    ).first()
    if gone is None:
        thing = "alert rule of the database"
        raise NotFoundError(thing, value=name, next_step="GET /api/v1/alert-rules lists them.")
    record(connection, actor, "delete_alert_rule", "alert_rule", name, before={"rule": gone.rule})
