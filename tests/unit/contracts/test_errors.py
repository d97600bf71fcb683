"""An `ArbError` names the thing, its value, what was allowed and the next step; its kind decides the codes."""

import pickle

import pytest

from arb_pipeline.contracts import errors
from arb_pipeline.contracts.errors import ArbError, InvalidInputError, NotFoundError
from arb_pipeline.services.catalogue import SeveralMatchesError
from arb_pipeline.storage.lake import NotInLakeError


def kinds(base: type[ArbError] = ArbError) -> list[type[ArbError]]:
    result = [base, *(kind for child in base.__subclasses__() for kind in kinds(child))]
    return [kind for kind in result if kind.__module__ == errors.__name__]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ArbError("The disk is full."), "The disk is full."),
        (ArbError("no such thing"), "no such thing"),
        (
            InvalidInputError("--margin", value="ten", allowed="a number above 0", next_step="Write 10."),
            "--margin is 'ten'; allowed: a number above 0. Write 10.",
        ),
        (NotFoundError("Product", value=7), "Product is 7."),
        (
            ArbError("No price has landed", next_step="Run `arb fetch tcgcsv`."),
            "No price has landed. Run `arb fetch tcgcsv`.",
        ),
        (ArbError("It fails.", next_step="Try again."), "It fails. Try again."),
    ],
)
def test_a_message_is_composed_of_the_parts_that_are_given(error, message):
    assert str(error) == message


def test_a_long_value_is_cut():
    assert len(str(ArbError("value", value="x" * 5_000))) < 250


def test_the_parts_are_there_for_a_machine():
    error = InvalidInputError("--margin", value=object, allowed="a number")

    assert error.fields() == {
        "kind": "invalid_input",
        "message": "--margin is <class 'object'>; allowed: a number.",
        "thing": "--margin",
        "value": "<class 'object'>",
        "allowed": "a number",
        "next_step": None,
    }


def test_a_kind_has_its_own_name_and_codes_that_are_documented():
    result = [kind for kind in kinds() if kind is not errors.FailedError]  # the plain failure, named

    assert len({kind.kind for kind in result}) == len(result) > 5
    assert {kind.exit_code for kind in result} == {1, 2}
    assert all(400 <= kind.status <= 599 for kind in result)


def test_a_value_that_is_left_out_is_not_shown():
    assert "secret" not in repr(ArbError("The password is wrong").fields())


def test_an_error_crosses_processes_whole():
    error = pickle.loads(pickle.dumps(NotFoundError("product", next_step="Search.")))

    assert (str(error), error.status) == ("product. Search.", 404)


def test_an_error_with_arguments_of_its_own_crosses_processes_too():
    error = pickle.loads(pickle.dumps(SeveralMatchesError("2 products:", [("Box", "a"), ("Case", "b")])))

    assert (type(error), error.candidates) == (SeveralMatchesError, (("Box", "a"), ("Case", "b")))
    assert str(error).splitlines() == ["2 products:", "  Box  a", "  Case  b"]


def test_an_error_that_is_also_one_of_the_file_system_crosses_processes():
    error = pickle.loads(pickle.dumps(NotInLakeError("no frame", next_step="Run it.")))

    assert (type(error), str(error)) == (NotInLakeError, "no frame. Run it.")
