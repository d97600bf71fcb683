"""Services are typed, their views frozen; commands are short and reach storage through services."""

import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Iterator
from typing import Any

import pydantic
import pytest

import arb_pipeline.services
from arb_pipeline.services.view import View

LONGEST_COMMAND = 40
"""Lines, with the declaration of its options and its help."""
NOT_TYPED = {"backup", "supervisor"}
"""Modules of processes and archives: they have no views."""
OF_STORAGE = ("opportunities", "outbox")
"""Modules of `storage.postgres` that hand rows to services."""
MODULES = sorted(
    name for _, name, _ in pkgutil.iter_modules(arb_pipeline.services.__path__) if name not in NOT_TYPED
)


def module(name: str) -> types.ModuleType:
    return importlib.import_module(f"arb_pipeline.services.{name}")


def functions(name: str) -> Iterator[tuple[str, types.FunctionType]]:
    """Public functions that a module of services defines."""
    for label, member in vars(module(name)).items():
        is_own = getattr(member, "__module__", "") == f"arb_pipeline.services.{name}"
        if inspect.isfunction(member) and is_own and not label.startswith("_"):
            yield label, member


def names_any(annotation: object) -> bool:
    """An annotation that is `Any`, a bare dictionary, or holds one of them."""
    if annotation in (Any, dict, inspect.Parameter.empty):
        return True
    return any(names_any(part) for part in typing.get_args(annotation) if part not in ((), ...))


def untyped(name: str) -> list[str]:
    result = []
    for label, function in functions(name):
        try:
            hints = typing.get_type_hints(function)
        except NameError:  # a name that only type checkers import
            result.append(label)
            continue
        parameters = [hints.get(parameter, inspect.Parameter.empty) for parameter in signature(function)]
        if any(map(names_any, [*parameters, hints.get("return", inspect.Parameter.empty)])):
            result.append(label)
    return result


def signature(function: types.FunctionType) -> list[str]:
    return list(inspect.signature(function).parameters)


@pytest.mark.parametrize("name", [name for name in MODULES if name != "view"])
def test_no_untyped_dictionary_crosses_the_room(name: str) -> None:
    assert untyped(name) == []


@pytest.mark.parametrize("name", OF_STORAGE)
def test_storage_hands_out_frames_and_typed_rows(name: str) -> None:
    storage = importlib.import_module(f"arb_pipeline.storage.postgres.{name}")
    own = [member for _, member in inspect.getmembers(storage, inspect.isfunction)]
    returned = {
        member.__name__: typing.get_type_hints(member)["return"]
        for member in own
        if member.__module__ == storage.__name__ and not member.__name__.startswith("_")
    }
    assert len(returned) >= 4
    assert {label: kind for label, kind in returned.items() if names_any(kind)} == {}


def test_an_untyped_dictionary_is_noticed() -> None:
    def loose(_row: dict[str, Any]) -> None: ...
    def nested() -> list[dict[str, Any]]: ...
    def strict(_row: dict[str, int], _at: "int | None") -> tuple[int, ...]: ...

    result = [
        names_any(typing.get_type_hints(function)[key])
        for function, key in ((loose, "_row"), (nested, "return"), (strict, "_row"), (strict, "return"))
    ]
    assert result == [True, True, False, False]


def models() -> Iterator[type[pydantic.BaseModel]]:
    """All Pydantic models of services."""
    for name in MODULES:
        for member in vars(module(name)).values():
            is_model = inspect.isclass(member) and issubclass(member, pydantic.BaseModel)
            if is_model and member.__module__.startswith("arb_pipeline.services."):
                yield member


def test_every_view_is_frozen_and_refuses_unknown_fields() -> None:
    result = set(models())
    assert len(result) > 20
    assert View in result
    for model in result:
        assert model.model_config.get("frozen"), model
        assert model.model_config.get("extra") == "forbid", model


def commands(app: Any) -> Iterator[tuple[str, Any]]:
    """Name and function of each command of an app, and of those below it."""
    for command in app.registered_commands:
        yield command.callback.__module__ + "." + command.callback.__name__, command.callback
    for group in app.registered_groups:
        yield from commands(group.typer_instance)


@pytest.mark.filterwarnings("ignore:'click:DeprecationWarning")
def test_every_command_is_short() -> None:
    from arb_pipeline.cli.main import app

    result = dict(commands(app))
    assert len(result) > 30
    lines = {name: len(inspect.getsource(function).splitlines()) for name, function in result.items()}
    assert {name: length for name, length in lines.items() if length > LONGEST_COMMAND} == {}
