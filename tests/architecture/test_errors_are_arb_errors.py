"""Errors that a user can meet derive from `ArbError`, the only type that cli and API translate."""

import ast
import inspect
import pkgutil
from importlib import import_module

import pytest
from rooms import PACKAGE, trees

import arb_pipeline
from arb_pipeline.contracts.errors import ArbError

CAUGHT_INSIDE = {
    "BrokenContractError": "an asset check reports it",
    "BoosterError": "a product's contents become unknown, with the message as a part of it",
    "VariableError": "the same",
    "ContentsError": "the same",
    "AbsurdCountError": "the same",
    "ImpossiblePackError": "the same",
    "SlotError": "a set's packs become unknown",
    "TooManyError": "the outcome is computed on a grid instead",
    "UpdateUnknownError": "a sensor skips its tick",
    "LayoutError": "a crawl's result, or the problem of a file",
    "InputError": "no exception: a part of the API's problem document",
    "ProblemError": "the API's own refusal of a request as HTTP: `api/problems.py` answers it, no command raises it",
    "SignInError": "the API answers it as one refusal, whatever the cause",
    "MergeError": "a fault of the program: a frame that does not fit its table",
}
"""Errors that are no `ArbError`, and why no user meets them."""


def declared() -> set[str]:
    """Names of the classes of errors in the package's source."""
    return {
        node.name
        for tree in trees(PACKAGE).values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
    }


def errors() -> dict[str, type[Exception]]:
    """Classes of errors by name, from every module but migrations."""
    result: dict[str, type[Exception]] = {}
    for module in pkgutil.walk_packages(arb_pipeline.__path__, "arb_pipeline."):
        if ".migrations" in module.name:
            continue
        members = inspect.getmembers(import_module(module.name), inspect.isclass)
        result |= {
            n: c for n, c in members if n.endswith("Error") and c.__module__.startswith("arb_pipeline")
        }
    return result


def unexpected(classes: dict[str, type[Exception]]) -> set[str]:
    return {name for name, error in classes.items() if not issubclass(error, ArbError)} - CAUGHT_INSIDE.keys()


@pytest.fixture(scope="module")
def classes() -> dict[str, type[Exception]]:
    return errors()


def test_every_error_that_a_user_can_meet_is_an_arb_error(classes):
    assert unexpected(classes) == set()


def test_every_error_in_the_source_is_looked_at(classes):
    assert declared() - classes.keys() == set()
    assert not CAUGHT_INSIDE.keys() - classes.keys()


def test_an_error_of_another_kind_is_noticed():
    class StrayError(ValueError):
        pass

    assert unexpected({"StrayError": StrayError}) == {"StrayError"}


def test_the_entry_point_names_no_error_of_ours_but_the_one():
    tree = trees(PACKAGE / "cli")["arb_pipeline/cli/main.py"]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert {name for name in names | texts if name.endswith("Error")} <= {"ArbError", "OSError"}
