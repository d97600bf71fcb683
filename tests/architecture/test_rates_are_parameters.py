"""A rate is dated data with unit, source and check date; none is a literal in Python."""

import ast
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from rooms import PACKAGE, trees

from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.channel_params import Channel
from arb_pipeline.games.pokemon.product_facts import FILE as POKEMON_PRODUCTS
from arb_pipeline.storage.params import CHANNELS, PULL_RATES, SHIPPED

CORE = trees(PACKAGE / "core")
FILES = {
    path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted((PACKAGE / "params").glob("*.yaml"))
}
ARITHMETIC = {0, 1e-6, 10_000}
"""Numbers that core/pricing/fees.py may use: zero, the width of a tie, and basis points in a whole."""
PARTS = {"unit", "values", "source", "checked_on"}


def leaves() -> Iterator[tuple[str, Any]]:
    for document in FILES.values():
        for group, entries in document.items():
            yield from ((f"{group}.{key}", leaf) for key, leaf in entries.items())


def fault(leaf: Any) -> str:
    """Missing part of a parameter; '' for none."""
    if not isinstance(leaf, dict) or leaf.keys() != PARTS:
        return f"its parts should be {sorted(PARTS)}, they are {sorted(leaf) if isinstance(leaf, dict) else leaf}"
    if not (isinstance(leaf["unit"], str) and isinstance(leaf["source"], str)):
        return "unit and source should be texts"
    if not leaf["unit"].strip() or not leaf["source"].strip():
        return "unit and source should say something"
    if not isinstance(leaf["checked_on"], date):
        return f"checked_on should be a day, it is {leaf['checked_on']!r}"
    values = leaf["values"]
    if not isinstance(values, dict) or not values or not all(isinstance(day, date) for day in values):
        return "values should map days to values"
    return ""


def undeclared(documents: list[dict[str, Any]], model: type[BaseModel]) -> set[str]:
    """Names that only one of the files and the model has."""
    written = {f"{group}.{key}" for document in documents for group, keys in document.items() for key in keys}
    declared = {
        f"{group}.{key}"
        for group, field in model.model_fields.items()
        if group != "channels"  # named by their file: each is a Channel
        for key in field.annotation.model_fields
    }
    return written ^ declared


def numbers(tree: ast.AST) -> set[float]:
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, int | float) and not isinstance(value, bool)}


def telling(unit: str, value: float) -> set[float]:
    """The ways to write a rate as a literal, less those too round to tell: 5, 0.5, 20, 500."""
    written = {float(value)}
    if unit.startswith(("bps", "cents")):
        written |= {value / 100, value / 10_000}
    digits = {n: f"{n:.6f}".rstrip("0") for n in written}
    return {
        n
        for n in written
        if (n >= 100 and len(digits[n].strip("0.")) > 1) or len(digits[n].partition(".")[2]) > 1
    }


def rates() -> set[float]:
    """Fees, postage and guards in every way to write them."""
    result: set[float] = set()
    for document in (FILES[CHANNELS], FILES["trade.yaml"]):
        for entries in document.values():
            for leaf in entries.values():
                plain = [v for v in leaf["values"].values() if isinstance(v, int | float)]
                result |= {n for value in plain for n in telling(leaf["unit"], value)}
    return result


@pytest.mark.parametrize(
    ("name", "leaf"), list(leaves()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_parameter_has_unit_dated_values_source_and_check_date(name, leaf):
    assert fault(leaf) == "", name


def test_every_file_of_parameters_is_read():
    assert set(FILES) == {*SHIPPED, PULL_RATES, POKEMON_PRODUCTS}


def test_files_and_models_name_the_same_parameters():
    others = [FILES[name] for name in SHIPPED if name != CHANNELS]

    assert undeclared(others, Parameters) == set()


def test_every_key_of_a_channel_is_read_and_every_field_is_some_channels():
    written = {key for leaves in FILES[CHANNELS].values() for key in leaves}

    assert written == Channel.model_fields.keys()


def test_fees_count_with_parameters_alone():
    assert numbers(CORE["arb_pipeline/core/pricing/fees.py"]) <= ARITHMETIC


def test_no_rate_is_a_literal_in_the_core():
    result = {file: numbers(tree) & rates() for file, tree in CORE.items()}

    assert not {file: literals for file, literals in result.items() if literals}


@pytest.mark.parametrize(
    "literal", ["1075", "0.1075", "10.75", "250", "0.025", "895", "112", "1.12", "550", "0.82"]
)
def test_a_rate_written_as_a_literal_is_noticed(literal):
    tree = ast.parse(f"def fee(price):\n    return price * {literal}\n")

    assert numbers(tree) & rates()
    assert not numbers(tree) <= ARITHMETIC


@pytest.mark.parametrize(
    "leaf",
    [
        10.75,
        {"unit": "bps", "values": {date(2025, 1, 1): 1}, "source": "x"},
        {"unit": "bps", "values": {date(2025, 1, 1): 1}, "source": " ", "checked_on": date(2026, 1, 1)},
        {"unit": "bps", "values": {date(2025, 1, 1): 1}, "source": "x", "checked_on": "lately"},
        {"unit": "bps", "values": 1075, "source": "x", "checked_on": date(2026, 1, 1)},
        {"unit": "bps", "values": {"2025": 1}, "source": "x", "checked_on": date(2026, 1, 1)},
    ],
)
def test_a_parameter_without_one_of_them_is_noticed(leaf):
    assert fault(leaf)


def test_a_parameter_that_no_model_reads_is_noticed():
    class Fees(BaseModel):
        commission: int

    class Some(BaseModel):
        shop: Fees

    assert undeclared([{"shop": {"commission": {}, "surcharge": {}}}], Some) == {"shop.surcharge"}
    assert undeclared([{"shop": {}}], Some) == {"shop.commission"}
